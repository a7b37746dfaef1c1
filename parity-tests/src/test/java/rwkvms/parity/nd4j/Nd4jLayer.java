package rwkvms.parity.nd4j;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/** The memory of one layer in float64: all sections of math.md. */
final class Nd4jLayer {
    private final MemoryConfig config;
    private final Nd4jProjections projections;
    private final Nd4jCore core;
    private final Nd4jReadout readout;

    /** The state that a layer carries from one call to the next, in float64. */
    record State(INDArray state, long position, INDArray previousSource) {
    }

    record Result(TensorSet tensors, State state) {
    }

    Nd4jLayer(MemoryConfig config, LayerWeights weights) {
        this.config = config;
        Weights64 arrays = new Weights64(weights);
        this.projections = new Nd4jProjections(config, arrays);
        this.core = new Nd4jCore(config, arrays);
        this.readout = new Nd4jReadout(config, arrays);
    }

    Result forward(ForwardInput input, State before) {
        TokenMask mask = TokenMask.of(input.mask());
        int tokens = input.tokens();
        Nd4jProjections.Values projected = projections.of(Arrays64.of(input.hiddenStates()));
        INDArray source = projected.source();
        Nd4jCore.Features f = core.features(source, predecessors(input, mask, source, before.previousSource));
        Nd4jScan scan = new Nd4jScan(config, before.state, before.position);
        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        out.putAll(scan.run(new Nd4jScan.Inputs(f.r(), f.w(), f.k(), f.v(), f.a(), f.b(), projected.beta(),
                projected.lambda()), mask, input.taps() == Taps.STEP_TRACE));

        int d = config.readDim();
        int n = config.numStateHeads();
        INDArray raw = Arrays64.of(Objects.requireNonNull(out.get(MathTensor.RAW_READS))).reshape('c', tokens, d);
        INDArray reads = readout.reads(raw, f.g());
        INDArray last = lastValid(mask, source, before.previousSource);
        Map<MathTensor, Tensor> deltas = readout.deltas(reads);
        State after = new State(scan.state(), scan.position(), last);
        if (input.taps() == Taps.DELTAS) {
            return new Result(TensorSet.of(deltas), after);
        }
        out.putAll(deltas);
        out.put(MathTensor.READS, Arrays64.tensor(reads, 1, tokens, d));
        out.put(MathTensor.MEMORY_Q, Arrays64.tensor(projected.q(), 1, tokens, d));
        out.put(MathTensor.MEMORY_K, Arrays64.tensor(projected.k(), 1, tokens, d));
        out.put(MathTensor.MEMORY_V, Arrays64.tensor(source, 1, tokens, d));
        out.put(MathTensor.MEMORY_SOURCE, Arrays64.tensor(source, 1, tokens, d));
        out.put(MathTensor.FINAL_PREVIOUS_SOURCE, Arrays64.tensor(last, 1, d));
        out.put(MathTensor.BETA, Arrays64.tensor(projected.beta(), 1, tokens, config.gateWidth(), 1));
        out.put(MathTensor.LAMBDA, Arrays64.tensor(projected.lambda(), 1, tokens, config.gateWidth(), 1));
        Map<MathTensor, INDArray> features = new EnumMap<>(Map.of(MathTensor.FEATURE_R, f.r(), MathTensor.FEATURE_W,
                f.w(), MathTensor.FEATURE_K, f.k(), MathTensor.FEATURE_V, f.v(), MathTensor.FEATURE_A, f.a(),
                MathTensor.FEATURE_B, f.b()));
        features.forEach((name, values) -> {
            out.put(name, Arrays64.tensor(values, 1, tokens, d));
            out.put(heads(name), Arrays64.tensor(values, 1, tokens, n, config.rank()));
        });
        out.put(MathTensor.FEATURE_G, Arrays64.tensor(f.g(), 1, tokens, d));
        return new Result(TensorSet.of(out), after);
    }

    /** The tensor {@code r_heads} for {@code feature_r}, and so on. */
    private static MathTensor heads(MathTensor feature) {
        return MathTensor.valueOf(feature.name().replace("FEATURE_", "") + "_HEADS");
    }

    private INDArray predecessors(ForwardInput input, TokenMask mask, INDArray source, INDArray previous) {
        INDArray before = Arrays64.zeros(source.shape());
        INDArray last = input.legacyPredecessor() ? previous.mul(0) : previous;
        for (int t = 0; t < source.size(0); t++) {
            before.putRow(t, last);
            if (mask.valid(t) || input.legacyPredecessor()) {
                last = source.getRow(t).dup();
            }
        }
        return before;
    }

    private static INDArray lastValid(TokenMask mask, INDArray source, INDArray previous) {
        for (int t = (int) source.size(0) - 1; t >= 0; t--) {
            if (mask.valid(t)) {
                return source.getRow(t).dup();
            }
        }
        return previous;
    }
}
