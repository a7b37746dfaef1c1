package rwkvms.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Scans that break one rule of math.md §4. The reference scan stays sound and gets other input, for example with a and b
 * exchanged. If such a scan gives the tensors of a fixture too, the fixture cannot tell it from the right one.
 */
enum WrongScan {
    A_AND_B_SWAPPED("a and b swapped",
            (config, in) -> scan(config,
                    new ScanInput(in.r(), in.w(), in.k(), in.v(), in.b(), in.a(), in.beta(), in.lambda(),
                            in.state(), in.mask(), in.position()))),
    K_AND_V_SWAPPED("k and v swapped",
            (config, in) -> scan(config,
                    new ScanInput(in.r(), in.w(), in.v(), in.k(), in.a(), in.b(), in.beta(), in.lambda(),
                            in.state(), in.mask(), in.position()))),
    BETA_AND_LAMBDA_SWAPPED("beta and lambda swapped",
            (config, in) -> scan(config,
                    new ScanInput(in.r(), in.w(), in.k(), in.v(), in.a(), in.b(), /* beta= */in.lambda(),
                            /* lambda= */in.beta(), in.state(), in.mask(), in.position()))),
    STATE_TRANSPOSED("the initial state transposed", (config, in) -> hasNonZero(in.state()),
            (config, in) -> scan(config, withState(in, transposed(in.state())))),
    STATE_LOST("the initial state lost", (config, in) -> hasNonZero(in.state()), (config, in) -> scan(config,
            withState(in, Tensor.ofFloats(in.state().shape(), new float[in.state().count()])))),
    READ_AFTER_WRITE("the read after the write", (config, in) -> readingAnother(config, in, WrongScan::written)),
    READ_OF_DECAYED_STATE("the read of the decayed state",
            (config, in) -> readingAnother(config, in, (any, token) -> decayed(token))),
    NEXT_SLOT("the next slot written", (config, in) -> config.numStates() > 1,
            (config, in) -> scan(config,
                    new ScanInput(in.r(), in.w(), in.k(), in.v(), in.a(), in.b(), in.beta(), in.lambda(),
                            in.state(), in.mask(), in.position() + config.chunkSize()))),
    MASK_IGNORED("the token mask ignored", (config, in) -> in.mask().isPresent() && hasFalse(in.mask().get()),
            (config, in) -> scan(config,
                    new ScanInput(in.r(), in.w(), in.k(), in.v(), in.a(), in.b(), in.beta(), in.lambda(),
                            in.state(), Optional.empty(), in.position()))),
    TOP_K_IGNORED("top-k ignored", (config, in) -> config.masksSlots(),
            (config, in) -> scan(config.withReadTopK(0), in));

    private final String description;
    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final BiPredicate<MemoryConfig, ScanInput> breaks;
    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final BiFunction<MemoryConfig, ScanInput, TensorSet> scan;

    /** Gives the state that a token reads instead of its own. */
    private interface OtherState {
        Tensor of(MemoryConfig config, ScanInput token);
    }

    WrongScan(String description, BiFunction<MemoryConfig, ScanInput, TensorSet> scan) {
        this(description, (config, in) -> true, scan);
    }

    WrongScan(String description, BiPredicate<MemoryConfig, ScanInput> breaks,
            BiFunction<MemoryConfig, ScanInput, TensorSet> scan) {
        this.description = description;
        this.breaks = breaks;
        this.scan = scan;
    }

    /** The mistake, in a few words. */
    String description() {
        return description;
    }

    /** Whether there is a rule to break: without top-k, ignoring it is no fault. */
    boolean breaksARule(MemoryConfig config, ScanInput in) {
        return breaks.test(config, in);
    }

    /** The tensors that it gives for one sequence, as {@link rwkvms.runtime.MemoryRuntime#scan}. */
    TensorSet run(MemoryConfig config, ScanInput in) {
        return scan.apply(config, in);
    }

    private static TensorSet scan(MemoryConfig config, ScanInput in) {
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            return reference.scan(config, in);
        }
    }

    /** The scan with the reads and routes of each token taken from another state. */
    private static TensorSet readingAnother(MemoryConfig config, ScanInput in, OtherState other) {
        TensorSet sound = ReferenceRuntime.scanWithStepTrace(config, in);
        Tensor before = sound.get(MathTensor.STATE_BEFORE);
        Tensor states = before.reshape(in.state().shape().prepend(in.tokens()));
        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        MathTensor.WITHOUT_WEIGHTS.forEach(name -> out.put(name, sound.get(name)));
        List<TensorSet> reads = new ArrayList<>();
        for (int t = 0; t < in.tokens(); t++) {
            ScanInput token = token(in, t, states.rows(t, t + 1).reshape(in.state().shape()),
                    sound.get(MathTensor.POSITIONS_BEFORE).longAt(t));
            reads.add(scan(config, withState(token, other.of(config, token))));
        }
        for (MathTensor name : List.of(MathTensor.READ_ROUTES_PER_HEAD, MathTensor.READ_ROUTES, MathTensor.RAW_READS)) {
            Shape shape = sound.get(name).shape();
            Tensor[] rows = reads.stream().map(read -> read.get(name))
                    .map(one -> one.reshape(one.shape().withoutFirst())).toArray(Tensor[]::new);
            out.put(name, Tensor.concatenate(rows).reshape(shape));
        }
        return TensorSet.of(out);
    }

    private static ScanInput token(ScanInput in, int t, Tensor state, long position) {
        return new ScanInput(in.r().rows(t, t + 1), in.w().rows(t, t + 1), in.k().rows(t, t + 1),
                in.v().rows(t, t + 1), in.a().rows(t, t + 1), in.b().rows(t, t + 1), in.beta().rows(t, t + 1),
                in.lambda().rows(t, t + 1), state, in.mask().map(all -> all.rows(t, t + 1)), position);
    }

    /** The state after a token's write. */
    private static Tensor written(MemoryConfig config, ScanInput token) {
        return scan(config, token).get(MathTensor.FINAL_STATE).reshape(token.state().shape());
    }

    /** {@code S[i, j]·exp(−exp(w[j]))} in every slot. */
    private static Tensor decayed(ScanInput token) {
        Shape shape = token.state().shape();
        int r = shape.dim(3);
        int perHead = shape.dim(1) * r * r;
        double[] values = token.state().toDoubles();
        for (int at = 0; at < values.length; at++) {
            values[at] *= Math.exp(-Math.exp(token.w().at(at / perHead * r + at % r)));
        }
        return Tensor.ofRounded(shape, values);
    }

    private static Tensor transposed(Tensor state) {
        int r = state.shape().dim(3);
        double[] values = new double[state.count()];
        for (int at = 0; at < values.length; at++) {
            int matrix = at / (r * r);
            values[at] = state.at(matrix * r * r + at % r * r + at / r % r);
        }
        return Tensor.ofRounded(state.shape(), values);
    }

    private static ScanInput withState(ScanInput in, Tensor state) {
        return new ScanInput(in.r(), in.w(), in.k(), in.v(), in.a(), in.b(), in.beta(), in.lambda(), state, in.mask(),
                in.position());
    }

    private static boolean hasNonZero(Tensor tensor) {
        return Arrays.stream(tensor.toDoubles()).anyMatch(value -> value != 0);
    }

    private static boolean hasFalse(Tensor mask) {
        return Arrays.stream(mask.toLongs()).anyMatch(valid -> valid == 0);
    }
}
