package rwkvms.live.probe;

import static rwkvms.live.probe.HeaderStatus.ARGUMENT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rwkvms.nativeruntime.Layouts;

/**
 * Checks of handles that are NULL, destroyed or of another kind, and of handles that are destroyed before what was made
 * from them.
 */
final class HandleChecks {
    private static final long ROOM = 4096;

    private HandleChecks() {
    }

    static void nulls(HeaderCalls library, Trial trial) {
        trial.takeUnsupportedToo();
        all(library, trial, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL);
        destroy(library, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL);
    }

    static void ofAnotherKind(Subject subject, MemorySegment runtime, Trial trial) {
        MemorySegment first = subject.context();
        MemorySegment second = runtime;
        MemorySegment third = subject.sidecar();
        all(subject.library(), trial, first, second, third);
        destroy(subject.library(), first, second, third);
        byte[] state = subject.state(subject.context());
        trial.require(state.length > 0, "destroying handles of another kind", "destroyed them");
    }

    /** Also after new handles were made, which may have the same address. */
    static void destroyed(Subject subject, Trial trial) {
        HeaderCalls library = subject.library();
        MemorySegment runtime = RuntimeArguments.another(library, trial.arena());
        MemorySegment context = subject.newContext();
        MemorySegment sidecar = subject.another();
        destroy(library, runtime, sidecar, context);
        all(library, trial, runtime, sidecar, context);
        MemorySegment later = subject.newContext();
        all(library, trial, runtime, sidecar, context);
        destroy(library, runtime, sidecar, context);
        subject.state(later);
        library.action("rwkv_ms_context_destroy", later);
    }

    /** A context still computes after its sidecar and its runtime are destroyed. */
    static void inAnyOrder(Subject subject, Trial trial) {
        HeaderCalls library = subject.library();
        MemorySegment runtime = RuntimeArguments.another(library, trial.arena());
        MemorySegment sidecar = runtime.equals(MemorySegment.NULL) ? subject.another() : subject.open(runtime);
        MemorySegment context = library.newContext(sidecar);
        MemorySegment other = subject.newContext();
        library.action("rwkv_ms_runtime_destroy", runtime);
        library.action("rwkv_ms_sidecar_close", sidecar);
        trial.require(Arrays.equals(subject.advance(context), subject.advance(other)),
                "a context whose sidecar was closed", "the deltas are not those of another context");
        library.action("rwkv_ms_context_destroy", context);
        library.action("rwkv_ms_context_destroy", other);
    }

    private static void destroy(HeaderCalls library, MemorySegment runtime, MemorySegment sidecar,
            MemorySegment context) {
        library.action("rwkv_ms_context_destroy", context);
        library.action("rwkv_ms_sidecar_close", sidecar);
        library.action("rwkv_ms_runtime_destroy", runtime);
    }

    /** Calls every function that takes one of the three handles, with other arguments that are right. */
    private static void all(HeaderCalls library, Trial trial, MemorySegment runtime, MemorySegment sidecar,
            MemorySegment context) {
        MemorySegment room = trial.room(ROOM);
        MemorySegment hidden = Subject.hidden(trial.arena());
        MemorySegment name = trial.arena().allocateFrom("reads");
        MemorySegment none = MemorySegment.NULL;
        List<Call> calls = new ArrayList<>();
        for (String function : List.of("rwkv_ms_runtime_error", "rwkv_ms_build_info")) {
            calls.add(Call.of(library, function, runtime, room, ROOM, none));
        }
        calls.add(Call.of(library, "rwkv_ms_sidecar_open", runtime, name, none, 0, room));
        calls.add(Call.of(library, "rwkv_ms_scan", runtime, room, room, room));
        calls.add(Call.of(library, "rwkv_ms_sidecar_error", sidecar, room, ROOM, none));
        calls.add(Call.of(library, "rwkv_ms_sidecar_fingerprint", sidecar, room, ROOM));
        calls.add(Call.of(library, "rwkv_ms_sidecar_config", sidecar, room));
        calls.add(Call.of(library, "rwkv_ms_sidecar_layers", sidecar, room, 8L, none));
        calls.add(Call.of(library, "rwkv_ms_sidecar_delta_width", sidecar, Subject.LAYER, 1, room));
        calls.add(
                Call.of(library, "rwkv_ms_context_create", sidecar, Subject.contextParams(trial.arena(), 1, -1), room));
        calls.add(Call.of(library, "rwkv_ms_context_error", context, room, ROOM, none));
        calls.add(Call.of(library, "rwkv_ms_context_reset", context));
        calls.add(Call.of(library, "rwkv_ms_forward", context, Subject.LAYER, hidden, Subject.HIDDEN, none,
                Subject.TOKENS,
                0, trial.arena().allocate(Layouts.DELTAS)));
        calls.add(Call.of(library, "rwkv_ms_tap", context, name, none, none, 0L));
        for (String function : List.of("rwkv_ms_state_get", "rwkv_ms_state_set")) {
            calls.add(Call.of(library, function, context, Subject.LAYER, none, 0L, none, 0L, none));
        }
        calls.add(Call.of(library, "rwkv_ms_state_size", context, room));
        calls.add(Call.of(library, "rwkv_ms_state_save", context, room, ROOM, none));
        calls.add(Call.of(library, "rwkv_ms_state_load", context, room, ROOM));
        calls.add(Call.of(library, "rwkv_ms_memory_clear", context));
        calls.add(Call.of(library, "rwkv_ms_memory_seq_rm", context, 0, 0L, 0L));
        calls.add(Call.of(library, "rwkv_ms_memory_seq_cp", context, 0, 1, 0L, 0L));
        calls.add(Call.of(library, "rwkv_ms_memory_seq_keep", context, 0));
        calls.add(Call.of(library, "rwkv_ms_memory_seq_add", context, 0, 0L, 0L, 1L));
        calls.add(Call.of(library, "rwkv_ms_memory_seq_div", context, 0, 0L, 0L, 2));
        calls.add(Call.of(library, "rwkv_ms_hook_create", context, none, room));
        calls.forEach(call -> trial.refuses(ARGUMENT, call.function(), call));
    }
}
