package rwkvms.parity;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** A runtime that computes nothing and returns the tensors of an earlier run, one session per batch row. */
final class Replay implements MemoryRuntime {
    private final TensorSet tensors;

    Replay(TensorSet tensors) {
        this.tensors = tensors;
    }

    @Override
    public String name() {
        return "replay";
    }

    @Override
    public SortedMap<String, String> provenance() {
        return Collections.unmodifiableSortedMap(new TreeMap<>());
    }

    @Override
    public LoadedMemory load(MemoryModel model) {
        return new LoadedMemory() {
            private int rows;

            @Override
            public MemorySession newSession() {
                return new Row(row(rows++));
            }

            @Override
            public void close() {
                // nothing to close
            }
        };
    }

    private TensorSet row(int row) {
        Map<MathTensor, Tensor> one = new EnumMap<>(MathTensor.class);
        tensors.names().forEach(name -> one.put(name, tensors.get(name).rows(row, row + 1)));
        return TensorSet.of(one);
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput input) {
        return row(0);
    }

    @Override
    public void close() {
        // nothing to close
    }

    private record Row(TensorSet tensors) implements MemorySession {
        @Override
        public TensorSet forward(int layer, ForwardInput input) {
            return tensors;
        }

        @Override
        public LayerState state(int layer) {
            throw new UnsupportedOperationException("a replay has no state");
        }

        @Override
        public void setState(int layer, LayerState state) {
            // the earlier run has fixed the outputs
        }

        @Override
        public void reset() {
            // there is no state
        }

        @Override
        public void close() {
            // nothing to close
        }
    }
}
