package rwkvms.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** One sequence run in several calls, and its tensors joined as those of a single call. */
final class Chunks {
    /** The tensors of the whole sequence and the state after it. */
    record Run(TensorSet tensors, LayerState state) {
    }

    private Chunks() {
    }

    /** Runs {@code input} in calls that end before each of {@code ends}, the last of which is its length. */
    static Run run(LoadedMemory memory, int layer, LayerState initial, ForwardInput input, List<Integer> ends) {
        try (MemorySession session = memory.newSession()) {
            session.setState(layer, initial);
            List<TensorSet> calls = new ArrayList<>();
            int from = 0;
            for (int end : ends) {
                calls.add(session.forward(layer, input.tokens(from, end)));
                from = end;
            }
            return new Run(join(calls), session.state(layer));
        }
    }

    /** Ends of calls of {@code size} tokens; the last may be shorter. */
    static List<Integer> ofSize(int size, int tokens) {
        List<Integer> ends = new ArrayList<>();
        for (int end = size; end < tokens; end += size) {
            ends.add(end);
        }
        ends.add(tokens);
        return ends;
    }

    private static TensorSet join(List<TensorSet> calls) {
        Map<MathTensor, Tensor> joined = new EnumMap<>(MathTensor.class);
        for (MathTensor name : calls.getFirst().names()) {
            if (name.hasTokens()) {
                Tensor all = Tensor.concatenate(
                        calls.stream().map(call -> withoutBatch(call.get(name))).toArray(Tensor[]::new));
                joined.put(name, all.reshape(all.shape().prepend(1)));
            } else {
                joined.put(name, calls.getLast().get(name));
            }
        }
        return TensorSet.of(joined);
    }

    /** A tensor without its first axis, which is 1. */
    static Tensor withoutBatch(Tensor tensor) {
        long[] dims = tensor.shape().dims();
        return tensor.reshape(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)));
    }
}
