package rwkvms.hypotheses;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.UnaryOperator;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.DType;

/** Weights taken for others, or read in another way. */
final class Weights {
    private static final Set<MemoryTensor> OF_HIDDEN = EnumSet.of(MemoryTensor.MEM_Q, MemoryTensor.MEM_K,
            MemoryTensor.MEM_V, MemoryTensor.BETA, MemoryTensor.LAMBDA);
    private static final Set<MemoryTensor> MUS = EnumSet.of(MemoryTensor.X_R, MemoryTensor.X_W, MemoryTensor.X_K,
            MemoryTensor.X_V, MemoryTensor.X_A, MemoryTensor.X_G);
    private static final Set<MemoryTensor> DELTAS = EnumSet.of(MemoryTensor.DELTA_Q, MemoryTensor.DELTA_K,
            MemoryTensor.DELTA_V, MemoryTensor.DELTA_O);
    /** Sums that a vector unit makes at a time. */
    private static final int LANES = 8;

    private Weights() {
    }

    /** Gives a weight, made of what the rule that is changed gives. */
    private interface Change {
        double[] weight(Rule base, Layer layer, MemoryTensor name);
    }

    private static UnaryOperator<Rule> change(Change change) {
        return base -> new Changed(base) {
            @Override
            public double[] weight(Layer layer, MemoryTensor name) {
                return change.weight(base, layer, name);
            }
        };
    }

    /** One weight in the place of another. */
    static UnaryOperator<Rule> instead(MemoryTensor of, MemoryTensor other) {
        return change((base, layer, name) -> base.weight(layer, name == of ? other : name));
    }

    static UnaryOperator<Rule> swapped(MemoryTensor one, MemoryTensor other) {
        return change((base, layer, name) -> base.weight(layer, name == one ? other : name == other ? one : name));
    }

    static UnaryOperator<Rule> changed(UnaryOperator<double[]> function, MemoryTensor... names) {
        List<MemoryTensor> all = List.of(names);
        return change((base, layer, name) -> all.contains(name)
                ? function.apply(base.weight(layer, name))
                : base.weight(layer, name));
    }

    static UnaryOperator<Rule> allMusOfR() {
        return change((base, layer, name) -> base.weight(layer, MUS.contains(name) ? MemoryTensor.X_R : name));
    }

    /** Square weights with rows and columns exchanged. */
    static UnaryOperator<Rule> transposed(MemoryTensor... names) {
        return changed(weight -> Vectors.transposed(weight, (int) Math.round(Math.sqrt(weight.length))), names);
    }

    /**
     * A low-rank weight [in, out] of which each row is taken for an output.
     *
     * @param second whether it leads back to the width D
     */
    static UnaryOperator<Rule> asItLies(MemoryTensor low, boolean second) {
        return change((base, layer, name) -> {
            double[] weight = base.weight(layer, name);
            if (name != low) {
                return weight;
            }
            int width = layer.config().readDim();
            return flat(weight, second ? width : weight.length / width);
        });
    }

    /** The delta projections [out, D] read as [D, out]. */
    static Rule deltasAsTheyLie(Rule rule) {
        return change((base, layer, name) -> DELTAS.contains(name)
                ? flat(base.weight(layer, name), layer.config().readDim())
                : base.weight(layer, name)).apply(rule);
    }

    /** A matrix [rows, width] filled with the numbers of a matrix [width, rows], transposed: what reading it by columns gives. */
    private static double[] flat(double[] weight, int width) {
        int rows = weight.length / width;
        double[] out = new double[weight.length];
        for (int at = 0; at < out.length; at++) {
            out[at] = weight[at % width * rows + at / width];
        }
        return out;
    }

    /** beta and lambda with the row before each of their own, in the order mem_q, mem_k, mem_v, beta, lambda. */
    static Rule earlyGates(Rule rule) {
        return change((base, layer, name) -> switch (name) {
            case BETA -> early(base.weight(layer, MemoryTensor.MEM_V), base.weight(layer, name), layer);
            case LAMBDA -> early(base.weight(layer, MemoryTensor.BETA), base.weight(layer, name), layer);
            default -> base.weight(layer, name);
        }).apply(rule);
    }

    private static double[] early(double[] before, double[] rows, Layer layer) {
        int hidden = rows.length / layer.config().gateWidth();
        double[] early = new double[rows.length];
        System.arraycopy(before, before.length - hidden, early, 0, hidden);
        System.arraycopy(rows, 0, early, hidden, rows.length - hidden);
        return early;
    }

    /** The last of every eight inputs counts nothing. */
    static Rule laneLost(Rule rule) {
        return change((base, layer, name) -> {
            double[] weight = base.weight(layer, name);
            if (!OF_HIDDEN.contains(name)) {
                return weight;
            }
            double[] out = weight.clone();
            int hidden = layer.config().hiddenSize();
            for (int at = 0; at < out.length; at++) {
                out[at] = at % hidden % LANES == LANES - 1 && at % hidden < hidden - hidden % LANES ? 0 : out[at];
            }
            return out;
        }).apply(rule);
    }

    /** Weights of one stored type, each made anew of its bits as a float32. */
    static UnaryOperator<Rule> reread(DType stored, IntToDoubleFunction read) {
        return change((base, layer, name) -> {
            double[] weight = base.weight(layer, name);
            return layer.dtype(name) == stored
                    ? Vectors.each(weight, value -> read.applyAsDouble(Float.floatToRawIntBits((float) value)))
                    : weight;
        });
    }
}
