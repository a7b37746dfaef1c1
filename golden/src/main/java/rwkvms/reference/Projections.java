package rwkvms.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * Memory projections (math.md §1; semantics.md for version 2): from hidden states [T, H] to memory_q, memory_k, memory_v,
 * memory_source [T, D] and the gates beta and lambda [T, G].
 */
final class Projections {
    /** Smallest norm that q, k and the source of semantics 2 are divided by. */
    private static final double QK_NORM_EPS = 1e-6;

    private final MemoryConfig config;
    private final Linear stacked;
    private final double[] betaBias;
    private final double @Nullable [] lambdaBias;

    /** The tensors of §1, float32. */
    record Values(Block memoryQ, Block memoryK, Block memoryV, Block source, Block beta, Block lambda) {
    }

    Projections(MemoryConfig config, LayerWeights weights) {
        this.config = config;
        this.betaBias = weights.betaB().toDoubles();
        List<Tensor> maps = new ArrayList<>(List.of(weights.memQ(), weights.memK(), weights.memV(), weights.beta()));
        if (hasFreeLambda(config)) {
            maps.add(Objects.requireNonNull(weights.lambda(), "a free lambda needs the tensor lambda"));
            this.lambdaBias = Objects.requireNonNull(weights.lambdaB(), "a free lambda needs lambda_b").toDoubles();
        } else {
            this.lambdaBias = null;
        }
        this.stacked = Linear.of(maps.toArray(Tensor[]::new));
    }

    static boolean hasFreeLambda(MemoryConfig config) {
        return config.updateMode() != UpdateMode.NO_LAMBDA && !config.coupleLambda();
    }

    Values apply(Block hidden) {
        int tokens = hidden.tokens();
        int d = config.readDim();
        int g = config.gateWidth();
        Values out = new Values(new Block(tokens, d), new Block(tokens, d), new Block(tokens, d),
                new Block(tokens, d), new Block(tokens, g), new Block(tokens, g));
        for (int t = 0; t < tokens; t++) {
            double[] raw = stacked.apply(hidden.row(t));
            memory(t, raw, out);
            gates(t, raw, 3 * d, out);
        }
        return out;
    }

    private void memory(int t, double[] raw, Values out) {
        int d = config.readDim();
        double[] q = head(raw, 0);
        double[] k = head(raw, d);
        double[] v = head(raw, 2 * d);
        if (config.semanticsVersion() == 2) {
            tanhAndNormalize(v);
            q = v;
            k = v;
        } else if (config.normalizeQk()) {
            tanhAndNormalize(q);
            tanhAndNormalize(k);
        }
        out.memoryQ.setRow(t, q, 0);
        out.memoryK.setRow(t, k, 0);
        out.memoryV.setRow(t, v, 0);
        out.source.setRow(t, v, 0);
    }

    private double[] head(double[] raw, int first) {
        double[] part = new double[config.readDim()];
        System.arraycopy(raw, first, part, 0, part.length);
        return part;
    }

    private void tanhAndNormalize(double[] u) {
        for (int i = 0; i < u.length; i++) {
            u[i] = Math.tanh(u[i]);
        }
        Scalars.normalizeHeads(u, config.rank(), QK_NORM_EPS);
    }

    private void gates(int t, double[] raw, int first, Values out) {
        int g = config.gateWidth();
        for (int i = 0; i < g; i++) {
            out.beta.set(t, i, Scalars.sigmoid(raw[first + i] + betaBias[i]));
            double lambda;
            if (config.updateMode() == UpdateMode.NO_LAMBDA) {
                lambda = 1;
            } else if (lambdaBias == null) {
                lambda = 1 - (double) out.beta.at(t, i);
            } else {
                lambda = Scalars.sigmoid(raw[first + g + i] + lambdaBias[i]);
            }
            out.lambda.set(t, i, lambda);
        }
    }
}
