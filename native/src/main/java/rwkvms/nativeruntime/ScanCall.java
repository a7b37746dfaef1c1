package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The buffers of one {@code rwkv_ms_scan}. */
final class ScanCall {
    private static final List<MathTensor> FLOAT_OUTPUTS = List.of(MathTensor.W_DECAY, MathTensor.KEEP,
            MathTensor.ERASE, MathTensor.WRITE, MathTensor.RAW_READS, MathTensor.READ_ROUTES_PER_HEAD,
            MathTensor.READ_ROUTES, MathTensor.WRITE_ROUTES, MathTensor.FINAL_STATE);

    private final MemoryConfig config;
    private final int tokens;
    private final MemorySegment input;
    private final MemorySegment output;
    private final Map<MathTensor, GuardedBuffer> buffers = new EnumMap<>(MathTensor.class);
    private final GuardedBuffer slotIndices;

    ScanCall(Arena arena, MemoryConfig config, ScanInput scan) {
        this.config = config;
        this.tokens = scan.tokens();
        this.input = arena.allocate(Layouts.SCAN_INPUT);
        this.output = arena.allocate(Layouts.SCAN_OUTPUT);
        this.slotIndices = new GuardedBuffer(arena, "slot_indices", (long) tokens * Long.BYTES);
        fillInput(arena, scan);
        fillOutput(arena);
    }

    private void fillInput(Arena arena, ScanInput scan) {
        Layouts.setInt(input, Layouts.SCAN_INPUT, "n_tokens", tokens);
        setFloats(arena, "r", scan.r());
        setFloats(arena, "w", scan.w());
        setFloats(arena, "k", scan.k());
        setFloats(arena, "v", scan.v());
        setFloats(arena, "a", scan.a());
        setFloats(arena, "b", scan.b());
        setFloats(arena, "beta", scan.beta());
        setFloats(arena, "lambda", scan.lambda());
        setFloats(arena, "state", scan.state());
        Layouts.setAddress(input, Layouts.SCAN_INPUT, "mask",
                scan.mask().map(mask -> Native.copy(arena, mask)).orElse(MemorySegment.NULL));
        Layouts.setLong(input, Layouts.SCAN_INPUT, "position", scan.position());
    }

    private void setFloats(Arena arena, String field, Tensor tensor) {
        Layouts.setBuffer(input, Layouts.SCAN_INPUT, field, Native.copy(arena, tensor), tensor.count());
    }

    private void fillOutput(Arena arena) {
        for (MathTensor name : FLOAT_OUTPUTS) {
            GuardedBuffer buffer = new GuardedBuffer(arena, name.label(), (long) shape(name).count() * Float.BYTES);
            buffers.put(name, buffer);
            Layouts.setBuffer(output, Layouts.SCAN_OUTPUT, name.label(), buffer.segment(), buffer.floats());
        }
        Layouts.setAddress(output, Layouts.SCAN_OUTPUT, "slot_indices", slotIndices.segment());
        Layouts.setLong(output, Layouts.SCAN_OUTPUT, "slot_indices_count", tokens);
    }

    private Shape shape(MathTensor name) {
        int n = config.numStateHeads();
        int k = config.numStates();
        int r = config.rank();
        return switch (name) {
            case RAW_READS -> Shape.of(1, tokens, config.readDim());
            case READ_ROUTES_PER_HEAD -> Shape.of(1, tokens, n, k);
            case READ_ROUTES, WRITE_ROUTES -> Shape.of(1, tokens, k);
            case FINAL_STATE -> Shape.of(1, n, k, r, r);
            default -> Shape.of(1, tokens, n, r);
        };
    }

    MemorySegment input() {
        return input;
    }

    MemorySegment output() {
        return output;
    }

    TensorSet results() {
        Map<MathTensor, Tensor> results = new EnumMap<>(MathTensor.class);
        buffers.forEach((name, buffer) -> {
            buffer.checkGuards();
            results.put(name, Native.floats(shape(name), buffer));
        });
        slotIndices.checkGuards();
        results.put(MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, tokens),
                slotIndices.segment().toArray(JAVA_LONG)));
        results.put(MathTensor.FINAL_POSITIONS,
                Tensor.ofLongs(Shape.of(1), Layouts.getLong(output, Layouts.SCAN_OUTPUT, "final_position")));
        return TensorSet.of(results);
    }
}
