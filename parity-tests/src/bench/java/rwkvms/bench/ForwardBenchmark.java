package rwkvms.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.GgmlBackend;
import rwkvms.nativeruntime.NativeForward;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/**
 * Microseconds of one forward pass of one layer, deltas only, on one thread: the reference, the C++ runtime, and the bare
 * matrix products of the same shapes in ggml. {@link BenchmarkTable} converts them to tokens per second.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ForwardBenchmark {
    /** The reference in Java. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // set by open()
    public static class Reference {
        @Param({"1", "64", "2048"})
        private int tokens;
        private Sidecar sidecar;
        private LoadedMemory memory;
        private MemorySession session;
        private ForwardInput input;

        @Setup(Level.Trial)
        public void open() throws Exception {
            sidecar = BenchCase.open();
            memory = new ReferenceRuntime().load(MemoryModel.of(sidecar));
            session = memory.newSession();
            input = ForwardInput.of(BenchCase.hidden(sidecar, tokens)).withTaps(Taps.DELTAS);
        }

        @TearDown(Level.Trial)
        public void close() {
            session.close();
            memory.close();
            sidecar.close();
        }
    }

    /** The C++ runtime. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // set by open()
    public static class Native {
        @Param({"1", "64", "2048"})
        private int tokens;
        private Sidecar sidecar;
        private NativeRuntime runtime;
        private NativeMemory memory;
        private NativeSession session;
        private NativeForward forward;

        @Setup(Level.Trial)
        public void open() throws Exception {
            sidecar = BenchCase.open();
            runtime = NativeRuntime.open();
            memory = runtime.load(MemoryModel.of(sidecar));
            session = memory.newSession();
            forward = session.forward(sidecar.layers().getFirst(), tokens);
            Tensor hidden = BenchCase.hidden(sidecar, tokens);
            forward.hidden().copyFrom(hidden.bytes());
        }

        @TearDown(Level.Trial)
        public void close() {
            forward.close();
            session.close();
            memory.close();
            runtime.close();
            sidecar.close();
        }
    }

    /** The products alone. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // set by open()
    public static class Products {
        @Param({"1", "64", "2048"})
        private int tokens;
        private GgmlBackend backend;
        private BareProducts products;

        @Setup(Level.Trial)
        public void open() throws Exception {
            backend = GgmlBackend.cpu(Ggml.open(), 1);
            try (Sidecar sidecar = BenchCase.open()) {
                products = new BareProducts(backend, sidecar, sidecar.layers().getFirst(), tokens);
            }
        }

        @TearDown(Level.Trial)
        public void close() {
            products.close();
            backend.close();
        }
    }

    @Benchmark
    public TensorSet reference(Reference state) {
        return state.session.forward(state.sidecar.layers().getFirst(), state.input);
    }

    @Benchmark
    public void cpp(Native state) {
        state.forward.run();
    }

    @Benchmark
    public void bareProducts(Products state) {
        state.products.compute();
    }
}
