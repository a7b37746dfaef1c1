package rwkvms.parity.budget;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/** The budget of one case: for every floating tensor its exact values and their bounds, row-major with the batch in front. */
public final class ErrorBudget {
    private final Map<MathTensor, List<Bound>> tensors = new EnumMap<>(MathTensor.class);

    private ErrorBudget() {
    }

    /** From the case's inputs: every stage gets the errors of those before it. */
    public static ErrorBudget fromTheStart(GoldenCase golden, Sums sums) throws NotEvaluatedException {
        return of(golden, sums, Optional.empty());
    }

    /** Of each stage alone: from what the stages before it gave in a run, taken as exact. */
    public static ErrorBudget ofEachStage(GoldenCase golden, Sums sums, TensorSet run) throws NotEvaluatedException {
        return of(golden, sums, Optional.of(run));
    }

    /** From the start, of one call in any settings. */
    public static ErrorBudget fromTheStart(MemoryConfig config, LayerWeights weights, LayerState initial,
            ForwardInput input, Sums sums) {
        return of(config, weights, initial, input, sums, Optional.empty());
    }

    /** Of each stage alone, of one call in any settings. */
    public static ErrorBudget ofEachStage(MemoryConfig config, LayerWeights weights, LayerState initial,
            ForwardInput input, Sums sums, TensorSet run) {
        return of(config, weights, initial, input, sums, Optional.of(run));
    }

    private static ErrorBudget of(MemoryConfig config, LayerWeights weights, LayerState initial, ForwardInput input,
            Sums sums, Optional<TensorSet> given) {
        ErrorBudget budget = new ErrorBudget();
        budget.new Layer(new Float32(sums), config, weights).run(input, initial,
                new StageInputs(given, 0, input.tokens()));
        return budget;
    }

    private static ErrorBudget of(GoldenCase golden, Sums sums, Optional<TensorSet> given)
            throws NotEvaluatedException {
        MemoryConfig config = golden.fixture().config();
        FixtureRun run = new FixtureRun(golden.fixture());
        LayerWeights weights = golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer());
        ErrorBudget budget = new ErrorBudget();
        Layer layer = budget.new Layer(new Float32(sums), config, weights);
        int tokens = golden.fixture().pass().seqLen();
        for (int row = 0; row < golden.fixture().pass().batchSize(); row++) {
            layer.run(run.input(row), run.initialState(row), new StageInputs(given, row, tokens));
        }
        return budget;
    }

    /** The values and bounds of a tensor. */
    public Bound[] bounds(MathTensor name) {
        return tensors.getOrDefault(name, List.of()).toArray(Bound[]::new);
    }

    public Iterable<MathTensor> names() {
        return tensors.keySet();
    }

    private void add(MathTensor name, Bound[] values) {
        add(name, Arrays.asList(values));
    }

    private void add(MathTensor name, List<Bound> values) {
        tensors.computeIfAbsent(name, first -> new ArrayList<>()).addAll(values);
    }

    /** The stages of one layer, row after row of a batch. */
    private final class Layer {
        private final Float32 float32;
        private final MemoryConfig config;
        private final ProjectionBudget projections;
        private final FeaturesBudget features;
        private final CoefficientsBudget coefficients;
        private final ReadoutBudget readout;
        private final DeltaBudget deltas;

        Layer(Float32 float32, MemoryConfig config, LayerWeights weights) {
            this.float32 = float32;
            this.config = config;
            this.projections = new ProjectionBudget(float32, config, weights);
            this.features = new FeaturesBudget(float32, config, weights);
            this.coefficients = new CoefficientsBudget(float32, config);
            this.readout = new ReadoutBudget(float32, config, weights);
            this.deltas = new DeltaBudget(float32, config, weights);
        }

        void run(ForwardInput input, LayerState initial, StageInputs given) {
            TokenMask mask = TokenMask.of(input.mask());
            Bound[] hidden = exact(input.hiddenStates());
            Bound[] lastValid = exact(initial.previousSource());
            Bound[] before = input.legacyPredecessor() ? Bound.exact(new double[config.readDim()]) : lastValid;
            Bound[] last = lastValid;
            ScanBudget scan = new ScanBudget(float32, config, exact(initial.state()), initial.position());
            for (int t = 0; t < input.tokens(); t++) {
                ProjectionBudget.Bounds p = projections
                        .of(Float32.slice(hidden, t * config.hiddenSize(), config.hiddenSize()));
                add(p);
                last = mask.valid(t) ? p.source() : last;
                p = p.handedOn(given, t);
                FeaturesBudget.Features f = features.of(p.source(), before);
                add(f);
                f = f.handedOn(given, t);
                CoefficientsBudget.Coefficients c = coefficients.of(p.beta(), p.lambda(), f.w());
                add(c);
                Bound[] raw = scan.step(f, c.handedOn(given, t), mask.valid(t));
                Bound[] reads = readout.reads(given.next(MathTensor.RAW_READS, t, raw), f.g());
                ErrorBudget.this.add(MathTensor.READS, reads);
                deltas.of(given.next(MathTensor.READS, t, reads))
                        .forEach((head, delta) -> ErrorBudget.this.add(head.delta(), delta));
                lastValid = mask.valid(t) ? p.source() : lastValid;
                before = input.legacyPredecessor() ? p.source() : lastValid;
            }
            ErrorBudget.this.add(MathTensor.FINAL_PREVIOUS_SOURCE, last);
            scan.steps().forEach(ErrorBudget.this::add);
            ErrorBudget.this.add(MathTensor.FINAL_STATE, scan.state());
        }

        private void add(ProjectionBudget.Bounds p) {
            ErrorBudget.this.add(MathTensor.MEMORY_Q, p.q());
            ErrorBudget.this.add(MathTensor.MEMORY_K, p.k());
            ErrorBudget.this.add(MathTensor.MEMORY_V, p.source());
            ErrorBudget.this.add(MathTensor.MEMORY_SOURCE, p.source());
            ErrorBudget.this.add(MathTensor.BETA, p.beta());
            ErrorBudget.this.add(MathTensor.LAMBDA, p.lambda());
        }

        private void add(FeaturesBudget.Features f) {
            add(MathTensor.FEATURE_R, MathTensor.R_HEADS, f.r());
            add(MathTensor.FEATURE_W, MathTensor.W_HEADS, f.w());
            add(MathTensor.FEATURE_K, MathTensor.K_HEADS, f.k());
            add(MathTensor.FEATURE_V, MathTensor.V_HEADS, f.v());
            add(MathTensor.FEATURE_A, MathTensor.A_HEADS, f.a());
            add(MathTensor.FEATURE_B, MathTensor.B_HEADS, f.b());
            ErrorBudget.this.add(MathTensor.FEATURE_G, f.g());
        }

        private void add(MathTensor name, MathTensor heads, Bound[] values) {
            ErrorBudget.this.add(name, values);
            ErrorBudget.this.add(heads, values);
        }

        private void add(CoefficientsBudget.Coefficients c) {
            ErrorBudget.this.add(MathTensor.KEEP, c.keep());
            ErrorBudget.this.add(MathTensor.ERASE, c.erase());
            ErrorBudget.this.add(MathTensor.WRITE, c.write());
            ErrorBudget.this.add(MathTensor.W_DECAY, c.decay());
        }

        private static Bound[] exact(Tensor tensor) {
            return Bound.exact(tensor.toDoubles());
        }
    }
}
