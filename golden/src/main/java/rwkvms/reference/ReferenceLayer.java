package rwkvms.reference;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** One layer's memory: the stages of math.md in their order. */
final class ReferenceLayer {
    private final MemoryConfig config;
    private final Projections projections;
    private final Features features;
    private final Readout readout;
    private final Deltas deltas;

    ReferenceLayer(MemoryConfig config, LayerWeights weights) {
        this.config = config;
        this.projections = new Projections(config, weights);
        this.features = new Features(config, weights);
        this.readout = new Readout(config, weights);
        this.deltas = new Deltas(config, weights);
    }

    /** Runs the tokens, advancing {@code sequence} in place. */
    TensorSet forward(ForwardInput input, SequenceState sequence) {
        TokenMask mask = TokenMask.of(input.mask());
        Projections.Values projected = projections.apply(Block.of(input.hiddenStates()));
        Block source = projected.source();
        Block predecessor = input.legacyPredecessor()
                ? Predecessors.legacy(source)
                : Predecessors.streaming(source, mask, sequence.previousSource());
        Features.Values f = features.apply(source, predecessor);
        Coefficients coefficients = Coefficients.of(config, projected.beta(), projected.lambda(), f.w());
        StepTrace trace = input.taps() == Taps.STEP_TRACE ? new StepTrace(config, input.tokens()) : null;
        Scan.Outputs scanned = new Scan(config).run(
                new Scan.Inputs(f.r(), f.k(), f.v(), f.a(), f.b(), coefficients), mask, sequence, trace);
        sequence.setPreviousSource(Predecessors.last(source, mask, sequence.previousSource()));
        Block reads = readout.apply(scanned.rawReads, f.g());

        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        deltas.apply(reads).forEach((head, delta) -> out.put(head.delta(), delta.tensor(delta.width())));
        if (input.taps() != Taps.DELTAS) {
            putProjected(out, projected, sequence);
            putFeatures(out, f);
            putScanned(config, out, coefficients, scanned, sequence, trace);
            out.put(MathTensor.READS, reads.tensor(config.readDim()));
        }
        return TensorSet.of(out);
    }

    private void putProjected(Map<MathTensor, Tensor> out, Projections.Values projected, SequenceState sequence) {
        int d = config.readDim();
        out.put(MathTensor.MEMORY_Q, projected.memoryQ().tensor(d));
        out.put(MathTensor.MEMORY_K, projected.memoryK().tensor(d));
        out.put(MathTensor.MEMORY_V, projected.memoryV().tensor(d));
        out.put(MathTensor.MEMORY_SOURCE, projected.source().tensor(d));
        out.put(MathTensor.FINAL_PREVIOUS_SOURCE, Tensor.ofRounded(Shape.of(1, d), sequence.previousSource()));
        out.put(MathTensor.BETA, projected.beta().tensor(config.gateWidth(), 1));
        out.put(MathTensor.LAMBDA, projected.lambda().tensor(config.gateWidth(), 1));
    }

    private void putFeatures(Map<MathTensor, Tensor> out, Features.Values f) {
        putFeature(out, MathTensor.FEATURE_R, MathTensor.R_HEADS, f.r());
        putFeature(out, MathTensor.FEATURE_W, MathTensor.W_HEADS, f.w());
        putFeature(out, MathTensor.FEATURE_K, MathTensor.K_HEADS, f.k());
        putFeature(out, MathTensor.FEATURE_V, MathTensor.V_HEADS, f.v());
        putFeature(out, MathTensor.FEATURE_A, MathTensor.A_HEADS, f.a());
        putFeature(out, MathTensor.FEATURE_B, MathTensor.B_HEADS, f.b());
        out.put(MathTensor.FEATURE_G, f.g().tensor(config.readDim()));
    }

    private void putFeature(Map<MathTensor, Tensor> out, MathTensor feature, MathTensor heads, Block values) {
        out.put(feature, values.tensor(config.readDim()));
        out.put(heads, values.tensor(config.numStateHeads(), config.rank()));
    }

    /** The tensors of §3 and §4; those of {@link MathTensor#WITHOUT_WEIGHTS} are among them. */
    private static void putScanned(MemoryConfig config, Map<MathTensor, Tensor> out, Coefficients coefficients,
            Scan.Outputs scanned, SequenceState sequence, @Nullable StepTrace trace) {
        int n = config.numStateHeads();
        int k = config.numStates();
        int r = config.rank();
        out.put(MathTensor.KEEP, coefficients.keep().tensor(n, r));
        out.put(MathTensor.ERASE, coefficients.erase().tensor(n, r));
        out.put(MathTensor.WRITE, coefficients.write().tensor(n, r));
        out.put(MathTensor.W_DECAY, coefficients.decay().tensor(n, r));
        out.put(MathTensor.SLOT_INDICES,
                Tensor.ofLongs(Shape.of(1, scanned.slotIndices.length), scanned.slotIndices));
        out.put(MathTensor.WRITE_ROUTES, scanned.writeRoutes.tensor(k));
        out.put(MathTensor.READ_ROUTES_PER_HEAD, scanned.readRoutesPerHead.tensor(n, k));
        out.put(MathTensor.READ_ROUTES, scanned.readRoutes.tensor(k));
        out.put(MathTensor.RAW_READS, scanned.rawReads.tensor(config.readDim()));
        out.put(MathTensor.FINAL_STATE, Tensor.ofFloats(Shape.of(1, n, k, r, r), sequence.values()));
        out.put(MathTensor.FINAL_POSITIONS, Tensor.ofLongs(Shape.of(1), sequence.position()));
        if (trace != null) {
            out.putAll(trace.tensors());
        }
    }

    /** Coefficients and scan alone, from recorded features. */
    static TensorSet scan(MemoryConfig config, ScanInput input, boolean stepTrace) {
        SequenceState sequence = new SequenceState(input.state().toFloats(), input.position(),
                new double[config.readDim()]);
        Coefficients coefficients = Coefficients.of(config, Block.of(input.beta()), Block.of(input.lambda()),
                Block.of(input.w()));
        StepTrace trace = stepTrace ? new StepTrace(config, input.tokens()) : null;
        Scan.Outputs scanned = new Scan(config).run(
                new Scan.Inputs(Block.of(input.r()), Block.of(input.k()), Block.of(input.v()), Block.of(input.a()),
                        Block.of(input.b()), coefficients),
                TokenMask.of(input.mask()), sequence, trace);
        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        putScanned(config, out, coefficients, scanned, sequence, trace);
        return TensorSet.of(out);
    }
}
