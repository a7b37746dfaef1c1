package rwkvms.golden;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import rwkvms.math.MathTensor;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What calls one after the other gave, each with a batch dimension of 1. */
final class CallResults {
    private final List<TensorSet> calls = new ArrayList<>();

    /** Takes the result of a call of so many tokens. */
    void add(TensorSet result, int tokens) {
        add(result, tokens, UnaryOperator.identity());
    }

    /** The same, to be joined as something else. */
    void add(TensorSet result, int tokens, UnaryOperator<TensorSet> joinedAs) {
        for (MathTensor name : result.names()) {
            Shape shape = result.get(name).shape();
            boolean rows = shape.rank() >= 2 && shape.dim(0) == 1 && shape.dim(1) == tokens;
            // Of a single call the judge says it, who knows the whole shape.
            if (!calls.isEmpty() && name.hasTokens() && !rows) {
                throw new RuntimeFailure(name.label() + ": expected [1, " + tokens + ", ...] in a call of " + tokens
                        + " tokens, found " + shape);
            }
        }
        calls.add(joinedAs.apply(result));
    }

    TensorSet last() {
        return calls.getLast();
    }

    /** The same scan, going on from where the last call ended. */
    ScanInput continued(ScanInput input) {
        return input.from(last().get(MathTensor.FINAL_STATE).reshape(input.state().shape()),
                last().get(MathTensor.FINAL_POSITIONS).longAt(0));
    }

    /** The tensors of all tokens, and of those that a call has once the last. */
    TensorSet joined() {
        if (calls.size() == 1) {
            return calls.getFirst();
        }
        Map<MathTensor, Tensor> joined = new EnumMap<>(MathTensor.class);
        for (MathTensor name : calls.getFirst().names()) {
            joined.put(name, name.hasTokens()
                    ? joined(name, calls.stream().map(call -> call.get(name)).toList())
                    : last().get(name));
        }
        return TensorSet.of(joined);
    }

    /** Tensors [1, t, …] one after the other along their second axis. */
    static Tensor joined(MathTensor name, List<Tensor> parts) {
        try {
            Tensor rows = Tensor.concatenate(
                    parts.stream().map(part -> part.reshape(part.shape().withoutFirst())).toArray(Tensor[]::new));
            return rows.reshape(rows.shape().prepend(1));
        } catch (IllegalArgumentException e) {
            throw new RuntimeFailure(name.label() + ": calls of one run differ in shape or type: " + e.getMessage(), e);
        }
    }
}
