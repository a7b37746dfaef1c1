package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** An {@code rwkv_ms_context}: the state of one sequence. */
public final class NativeSession implements MemorySession {
    static final String ERROR = "rwkv_ms_context_error";
    private static final int READ_ONLY = 1;
    private static final int LEGACY_PREDECESSOR = 2;
    private static final int TAPS = 4;
    private static final int STEP_TRACE = 8;

    private final RwkvMs library;
    private final MemorySegment context;
    private final NativeMemory memory;
    private final MemoryConfig config;
    private final Optional<Place> place;

    NativeSession(RwkvMs library, MemorySegment context, NativeMemory memory, MemoryConfig config,
            Optional<Place> place) {
        this.place = place;
        this.library = library;
        this.context = context;
        this.memory = memory;
        this.config = config;
    }

    /** Forward passes of {@code tokens} tokens on shared native buffers; close it before this session. */
    public NativeForward forward(int layer, int tokens) {
        return new NativeForward(library, context, memory, config, layer, tokens);
    }

    @Override
    public TensorSet forward(int layer, ForwardInput input) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment deltas = arena.allocate(Layouts.DELTAS);
            Map<DeltaHead, GuardedBuffer> buffers = NativeForward.deltas(arena, deltas, memory, config, layer,
                    input.tokens());
            Tensor hidden = input.hiddenStates();
            check("rwkv_ms_forward", library.forward(context, layer, Native.copy(arena, hidden), hidden.count(),
                    input.mask().map(mask -> Native.copy(arena, mask)).orElse(MemorySegment.NULL), input.tokens(),
                    flags(input), deltas));
            Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
            buffers.forEach((head, buffer) -> {
                buffer.checkGuards();
                out.put(head.delta(), Native.floats(Shape.of(1, input.tokens(), width(buffer, input)), buffer));
            });
            if (input.taps() != Taps.DELTAS) {
                putTaps(arena, input, out);
            }
            place.ifPresent(there -> there.requireAll(library.text(Place.PLACES, context)));
            return TensorSet.of(out);
        }
    }

    private static long width(GuardedBuffer buffer, ForwardInput input) {
        return buffer.floats() / input.tokens();
    }

    private static int flags(ForwardInput input) {
        return (input.readOnly() ? READ_ONLY : 0) | (input.legacyPredecessor() ? LEGACY_PREDECESSOR : 0)
                | switch (input.taps()) {
                    case DELTAS -> 0;
                    case ALL -> TAPS;
                    case STEP_TRACE -> TAPS | STEP_TRACE;
                };
    }

    private void putTaps(Arena arena, ForwardInput input, Map<MathTensor, Tensor> out) {
        for (MathTensor name : MathTensor.values()) {
            if (name.isInput() || (name.inStepTrace() && input.taps() != Taps.STEP_TRACE)) {
                continue;
            }
            if (name.stage().orElseThrow() != Stage.DELTA) {
                out.put(name, tap(arena, name));
            } else if (out.containsKey(name)) {
                requireSame(name, tap(arena, name), out.get(name));
            }
        }
    }

    /** Requires that the tap of a delta is what the caller's buffer received: otherwise taps are not what was computed. */
    private static void requireSame(MathTensor name, Tensor tap, @Nullable Tensor buffer) {
        if (buffer == null || !tap.sameBits(buffer)) {
            throw new RuntimeFailure(name.label() + ": the tap differs from the delta that forward returned");
        }
    }

    private Tensor tap(Arena arena, MathTensor name) {
        MemorySegment label = arena.allocateFrom(name.label());
        MemorySegment info = arena.allocate(Layouts.TAP_INFO);
        String call = "rwkv_ms_tap(" + name.label() + ")";
        check(call, library.status("rwkv_ms_tap", context, label, info, MemorySegment.NULL, 0L));
        TapInfo tap = TapInfo.of(info, call);
        GuardedBuffer data = new GuardedBuffer(arena, name.label(), tap.bytes());
        check(call, library.status("rwkv_ms_tap", context, label, info, data.segment(), data.segment().byteSize()));
        data.checkGuards();
        return Tensor.view(tap.type(), tap.shape(), MemorySegment.ofArray(data.toBytes()));
    }

    @Override
    public LayerState state(int layer) {
        try (Arena arena = Arena.ofConfined()) {
            GuardedBuffer state = new GuardedBuffer(arena, "state", (long) config.stateCount() * Float.BYTES);
            GuardedBuffer source = new GuardedBuffer(arena, "previous_source", (long) config.readDim() * Float.BYTES);
            MemorySegment position = arena.allocate(JAVA_LONG);
            call("rwkv_ms_state_get", layer, state.segment(), state.floats(), source.segment(), source.floats(),
                    position);
            state.checkGuards();
            source.checkGuards();
            int r = config.rank();
            return new LayerState(
                    Native.floats(Shape.of(config.numStateHeads(), config.numStates(), r, r), state),
                    position.get(JAVA_LONG, 0), Native.floats(Shape.of(config.readDim()), source));
        }
    }

    @Override
    public void setState(int layer, LayerState state) {
        try (Arena arena = Arena.ofConfined()) {
            call("rwkv_ms_state_set", layer, Native.copy(arena, state.state()), (long) state.state().count(),
                    Native.copy(arena, state.previousSource()), (long) state.previousSource().count(),
                    arena.allocateFrom(JAVA_LONG, state.position()));
        }
    }

    @Override
    public void reset() {
        call("rwkv_ms_context_reset");
    }

    @Override
    public byte[] saveState() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            call("rwkv_ms_state_size", size);
            GuardedBuffer data = new GuardedBuffer(arena, "payload", size.get(JAVA_LONG, 0));
            call("rwkv_ms_state_save", data.segment(), data.segment().byteSize(), size);
            data.checkGuards();
            return data.toBytes();
        }
    }

    @Override
    public void loadState(byte[] payload) {
        try (Arena arena = Arena.ofConfined()) {
            call("rwkv_ms_state_load", arena.allocateFrom(JAVA_BYTE, payload), (long) payload.length);
        }
    }

    @Override
    public void clear() {
        call("rwkv_ms_memory_clear");
    }

    @Override
    public void remove(int sequence, long from, long to) {
        call("rwkv_ms_memory_seq_rm", sequence, from, to);
    }

    @Override
    public void copy(int source, int target, long from, long to) {
        call("rwkv_ms_memory_seq_cp", source, target, from, to);
    }

    @Override
    public void keep(int sequence) {
        call("rwkv_ms_memory_seq_keep", sequence);
    }

    @Override
    public void shift(int sequence, long from, long to, long delta) {
        call("rwkv_ms_memory_seq_add", sequence, from, to, delta);
    }

    @Override
    public void divide(int sequence, long from, long to, int divisor) {
        call("rwkv_ms_memory_seq_div", sequence, from, to, divisor);
    }

    /** A hook for a llama.cpp context; close it before this session. */
    public NativeHook hook() {
        return NativeHook.create(library, context, 0);
    }

    /** A hook whose deltas the processor adds, also where llama.cpp computes on a device. */
    public NativeHook hookOfTheProcessor() {
        return NativeHook.create(library, context, NativeHook.PROCESSOR_ADDS);
    }

    private void call(String function, Object... arguments) {
        check(function, library.status(function, context, arguments));
    }

    private void check(String call, int status) {
        library.check(call, status, ERROR, context);
    }

    @Override
    public void close() {
        library.destroy("rwkv_ms_context_destroy", context);
    }
}
