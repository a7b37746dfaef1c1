package rwkvms.golden;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** Judges runtimes by one fixture: every tensor if it has a sidecar, else the eleven that need no weights. */
public final class FixtureCheck {
    private final GoldenCase golden;
    private final MemoryConfig config;
    private final Tolerance tolerance;
    /** The same for every runtime, and slower to find than judging a small case. */
    private @Nullable List<String> mistrusted;
    private @Nullable KnownValues known;
    /** Whether the sidecar has been found to be the fixture's, for which all of it is hashed. */
    private boolean bound;
    private final Map<String, Judged> last = new HashMap<>(); // by runtime
    private final StepCheck steps;
    private final Witness witness;

    public FixtureCheck(GoldenCase golden, Tolerance tolerance) {
        this(golden, tolerance, Witness.NONE);
    }

    /** The same, with somebody who sees what was judged. */
    public FixtureCheck(GoldenCase golden, Tolerance tolerance, Witness witness) {
        this.golden = golden;
        this.witness = witness;
        this.config = golden.fixture().config();
        this.tolerance = tolerance;
        this.steps = new StepCheck(golden, tolerance, witness);
    }

    /**
     * Runs a runtime and compares its tensors.
     *
     * @throws BindingException if the sidecar is not the fixture's
     */
    public CaseResult on(MemoryRuntime runtime) throws BindingException {
        return on(runtime, Calls.WHOLE);
    }

    /** The same with the tokens put into calls in another way. */
    public CaseResult on(MemoryRuntime runtime, Calls calls) throws BindingException {
        try {
            requireHonoured();
            requireBound();
            CaseResult judged = judged(runtime.name(), calls, run(runtime, calls));
            return judged instanceof CheckResult result && runtime.dtype().bytes() < DType.FLOAT32.bytes()
                    ? figuresOnly(result, "the runtime computes in " + runtime.dtype().label())
                    : judged;
        } catch (NotEvaluatedException e) {
            return new CaseNotEvaluated(calls.of(golden.name()), runtime.name(), e.reason());
        }
    }

    /**
     * What a runtime computes for this fixture, not judged yet. This part may run in another process.
     *
     * @throws NotEvaluatedException if the runtime does not support the fixture
     */
    public TensorSet run(MemoryRuntime runtime) throws NotEvaluatedException {
        return run(runtime, Calls.WHOLE);
    }

    /** The same with the tokens put into calls in another way. */
    public TensorSet run(MemoryRuntime runtime, Calls calls) throws NotEvaluatedException {
        try {
            return run(calls, runtime);
        } catch (NotOfferedFailure e) {
            throw new NotEvaluatedException(String.valueOf(e.getMessage()));
        }
    }

    private TensorSet run(Calls calls, MemoryRuntime runtime) throws NotEvaluatedException {
        requireHonoured();
        int tokens = golden.fixture().pass().seqLen();
        if (calls.kind() == Calls.Kind.CHUNKS && calls.tokens() >= tokens) {
            throw new NotEvaluatedException("the fixture has " + tokens + " tokens, which are one such chunk");
        }
        FixtureRun run = new FixtureRun(golden.fixture());
        if (golden.sidecar().isEmpty()) {
            return switch (calls.kind()) {
                case WHOLE -> run.scan(runtime);
                case CHUNKS -> run.scan(runtime, calls.tokens());
                case STEPS ->
                    throw new NotEvaluatedException("without a sidecar the states to begin from are not known");
                case MICROBATCHES ->
                    throw new NotEvaluatedException("without a sidecar there is nothing for a device to compute");
            };
        }
        try (LoadedMemory memory = runtime.load(new MemoryModel(golden.sidecar().get(), golden.base(), config))) {
            return switch (calls.kind()) {
                case WHOLE, MICROBATCHES -> run.forward(memory);
                case CHUNKS -> run.forward(memory, calls.tokens());
                case STEPS -> steps.run(memory, calls.tokens());
            };
        }
    }

    /** Of what {@link #run} gave in chunks or microbatches, the rows that are compared: a thousandth of all values. */
    public TensorSet kept(Calls calls, TensorSet whole) {
        return calls.keptAlone() ? Kept.rows(golden.fixture(), whole) : whole;
    }

    /** Those rows among zeros. */
    public TensorSet whole(Calls calls, TensorSet kept) {
        return calls.keptAlone() ? Kept.whole(golden.fixture(), kept) : kept;
    }

    /** Judges the tensors that {@link #run} gave on the runtime of that name. */
    public CaseResult judge(String runtime, TensorSet actual) {
        return judge(runtime, Calls.WHOLE, actual);
    }

    /** The same with the tokens put into calls in another way. */
    public CaseResult judge(String runtime, Calls calls, TensorSet actual) {
        try {
            requireHonoured();
            return judged(runtime, calls, actual);
        } catch (NotEvaluatedException e) {
            return new CaseNotEvaluated(calls.of(golden.name()), runtime, e.reason());
        }
    }

    private void requireHonoured() throws NotEvaluatedException {
        if (golden.fixture().pass().trainableDeltaScale()) {
            throw new NotEvaluatedException("delta_mem_config.trainable_delta_scale is true; no runtime honours it");
        }
    }

    private CaseResult judged(String runtime, Calls calls, TensorSet actual) {
        if (golden.fixture().pass().dtype() == DType.FLOAT32 && calls.kind() == Calls.Kind.STEPS) {
            return steps.judge(runtime, calls, actual);
        }
        CheckResult result = judgedOnce(runtime, actual).named(calls.of(golden.name()));
        DType dtype = golden.fixture().pass().dtype();
        if (dtype == DType.FLOAT32) {
            CaseResult judged = result.orNotEvaluated();
            if (judged instanceof CheckResult) {
                witness.saw(golden, calls, result, Kept.rows(golden.fixture(), actual));
            }
            return judged;
        }
        return figuresOnly(result, "the fixture was computed in " + dtype.label()
                + ", which differs between PyTorch builds by far more than the tolerance");
    }

    /** What gives the bits that were judged last is not judged again: a sound runtime gives the same in every chunk. */
    private CheckResult judgedOnce(String runtime, TensorSet actual) {
        TensorSet rows = Kept.rows(golden.fixture(), actual);
        Judged known = last.get(runtime);
        if (known == null || !known.rows.sameBits(rows)) {
            known = new Judged(rows, result(runtime, actual));
            last.put(runtime, known);
        }
        return known.result;
    }

    /** The rows that were compared, with the result. */
    private record Judged(TensorSet rows, CheckResult result) {
    }

    /**
     * Refuses a sidecar of another fixture.
     *
     * @throws BindingException if the sidecar is not the fixture's
     */
    public void requireBound() throws BindingException {
        if (!bound && golden.sidecar().isPresent()) {
            SidecarBinding.check(golden.fixture(), golden.sidecar().get());
        }
        bound = true;
    }

    /** A narrower type is measured and not judged. */
    private static CaseNotEvaluated figuresOnly(CheckResult result, String why) {
        return new CaseNotEvaluated(result.caseName(), result.runtime(), why + "; float32 is judged. Measured, for"
                + " information: max abs diff " + result.maxAbsDiff()
                + result.worst().map(worst -> " (" + worst.tensor().label() + worst.maxAbsIndex() + ")").orElse("")
                + " over " + result.comparisons().size() + " tensors");
    }

    private CheckResult result(String runtime, TensorSet actual) {
        if (golden.sidecar().isEmpty()) {
            String note = "no sidecar: only the " + MathTensor.WITHOUT_WEIGHTS.size()
                    + " tensors that need no weights are compared";
            return result(runtime, actual, EnumSet.copyOf(MathTensor.WITHOUT_WEIGHTS), List.of(note));
        }
        List<String> notes = new ArrayList<>();
        for (String difference : config.differencesFrom(golden.sidecar().get().config())) {
            notes.add("fixture and sidecar differ, the fixture's holds (fixture, sidecar): " + difference);
        }
        return result(runtime, actual, wanted(), notes);
    }

    /** The tensors to compare: all that such a fixture must have, and all that this one has. */
    private Set<MathTensor> wanted() {
        Fixture fixture = golden.fixture();
        Set<MathTensor> wanted = EnumSet.allOf(MathTensor.class);
        wanted.removeIf(MathTensor::isInput);
        if (!fixture.pass().includeStepTrace()) {
            wanted.removeIf(MathTensor::inStepTrace);
        }
        if (fixture.optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isEmpty()) {
            wanted.remove(MathTensor.FINAL_PREVIOUS_SOURCE);
        }
        for (DeltaHead head : DeltaHead.values()) {
            if (!config.deltaHeads().contains(head)) {
                wanted.remove(head.delta());
            }
        }
        for (String name : fixture.expected().keySet()) {
            MathTensor.ofLabel(name).ifPresent(wanted::add);
        }
        return wanted;
    }

    private CheckResult result(String runtime, TensorSet actual, Set<MathTensor> wanted, List<String> notes) {
        Fixture fixture = golden.fixture();
        Ties ties = Ties.of(fixture);
        Map<MathTensor, Tensor> comparable = new EnumMap<>(MathTensor.class);
        List<String> errors = new ArrayList<>();
        List<String> allNotes = new ArrayList<>(notes);
        for (MathTensor name : wanted) {
            Optional<Tensor> expected = fixture.expected(name);
            Optional<Tensor> given = actual.find(name);
            if (expected.isEmpty()) {
                errors.add("expected." + name.label() + " is missing from the fixture; nothing to compare with");
            } else if (given.isEmpty()) {
                errors.add(name.label() + ": the runtime " + runtime + " gave no such tensor");
            } else if (!given.get().shape().equals(Kept.whole(fixture, name, expected.get()))) {
                errors.add(name.label() + ": expected shape " + Kept.whole(fixture, name, expected.get()) + ", found "
                        + given.get().shape() + " from the runtime " + runtime);
            } else if (given.get().dtype().kind() != expected.get().dtype().kind()) {
                errors.add(name.label() + ": expected " + expected.get().dtype().label() + ", found "
                        + given.get().dtype().label() + " from the runtime " + runtime);
            } else {
                comparable.put(name, given.get());
            }
        }
        for (String unknown : fixture.unknown()) {
            (unknown.startsWith("expected.") ? errors : allNotes).add(unknown + ": unknown, not compared");
        }
        allNotes.addAll(Kept.facts(fixture, wanted));
        if (ties.count() > 0) {
            allNotes.add(ties.count()
                    + " tokens tie at the k-th place of top-k: their read_scores and read_routes are not judged");
        }
        int unknownExpected = (int) fixture.unknown().stream().filter(name -> name.startsWith("expected.")).count();
        TensorComparer comparer = new TensorComparer(tolerance);
        List<TensorComparison> comparisons = compare(comparer, comparable, ties, allNotes);
        List<String> doubts = new ArrayList<>(mistrusted(comparer, ties, wanted));
        comparisons.forEach(each -> doubts.addAll(KnownWords.doubts(each)));
        List<TensorComparison> evaluated = comparisons.stream().filter(each -> !KnownWords.notEvaluated(each)).toList();
        return new CheckResult(golden.name(), runtime, fixture.pass().layer(), tolerance,
                golden.sidecar().isPresent(), wanted.size() + (golden.sidecar().isPresent() ? unknownExpected : 0)
                        - (comparisons.size() - evaluated.size()),
                evaluated, errors, allNotes, doubts);
    }

    /** At the tolerance; what misses it, at what float32 can know of it. */
    private List<TensorComparison> compare(TensorComparer comparer, Map<MathTensor, Tensor> found, Ties ties,
            List<String> notes) {
        Map<MathTensor, TensorComparison> comparisons = new EnumMap<>(MathTensor.class);
        Map<MathTensor, Tensor> missed = new EnumMap<>(MathTensor.class);
        found.forEach((name, given) -> {
            Tensor expected = golden.fixture().expected(name).orElseThrow();
            TensorComparison plain = Kept.compare(golden.fixture(), comparer, ties, name, given, expected,
                    KnownLimits.NONE);
            comparisons.put(name, plain);
            if (!plain.passed()) {
                missed.put(name, given);
            }
        });
        KnownValues.Answer known = missed.isEmpty() ? KnownValues.Answer.NONE : known(ties).of(missed);
        known.limits().forEach((name, limits) -> {
            Tensor expected = golden.fixture().expected(name).orElseThrow();
            TensorComparison again = Kept.compare(golden.fixture(), comparer, ties, name,
                    Objects.requireNonNull(missed.get(name)), expected, limits);
            comparisons.put(name, again);
            KnownWords.note(again, tolerance).ifPresent(notes::add);
        });
        known.note().ifPresent(notes::add);
        return List.copyOf(comparisons.values());
    }

    private KnownValues known(Ties ties) {
        KnownValues values = known;
        if (values == null) {
            values = new KnownValues(golden, tolerance, ties);
            known = values;
        }
        return values;
    }

    private List<String> mistrusted(TensorComparer comparer, Ties ties, Set<MathTensor> wanted) {
        List<String> known = mistrusted;
        if (known == null) {
            known = new Mistrust(golden.fixture(), comparer, ties).reasons(wanted);
            mistrusted = known;
        }
        return known;
    }
}
