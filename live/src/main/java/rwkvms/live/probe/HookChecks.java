package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.ATTACHED;
import static rwkvms.live.probe.HeaderStatus.HOST_STEP;
import static rwkvms.live.probe.HeaderStatus.NO_LAYER;
import static rwkvms.live.probe.HeaderStatus.NO_TAP;
import static rwkvms.live.probe.HeaderStatus.SESSION_LENGTH;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rwkvms.llama.LlamaContext;
import rwkvms.nativeruntime.Layouts;

/** Checks of the hook and its sessions: the order of calls, and the arguments that they must refuse. */
final class HookChecks {
    private static final int LAYER = 2;
    private static final int NOT_A_LAYER = 1;
    private static final long ROOM = 4096;
    private static final long MAX_CAPTURED = 1 << 20;

    private HookChecks() {
    }

    static void create(HookSubject subject, Trial trial) {
        MemorySegment out = trial.handle();
        Call good = Call.of(subject.library(), "rwkv_ms_hook_create", subject.context(), MemorySegment.NULL, out);
        trial.refusesHandle(ATTACHED, "a second hook", good, out);
        subject.library().action("rwkv_ms_hook_destroy", subject.hook());
        trial.refuses(ARGUMENT, "out NULL", good.withNull(2));
        for (String field : List.of("flags", "reserved")) {
            MemorySegment params = trial.arena().allocate(Layouts.HOOK_PARAMS);
            Layouts.setInt(params, Layouts.HOOK_PARAMS, field, 1);
            trial.refusesHandle(ARGUMENT, field + " 1", good.with(1, params), out);
        }
        trial.takes("a hook after the first was destroyed", good);
        subject.library().action("rwkv_ms_hook_destroy", out.get(ADDRESS, 0));
    }

    /** Calls of every function of a hook, with other arguments that are right. */
    private static List<Call> all(HeaderCalls library, Trial trial, MemorySegment hook, LlamaContext llama) {
        MemorySegment room = trial.room(ROOM);
        MemorySegment none = MemorySegment.NULL;
        MemorySegment name = trial.arena().allocateFrom("hidden");
        List<Call> calls = new ArrayList<>(sessions(library, trial, hook));
        calls.add(Call.of(library, "rwkv_ms_hook_check", hook));
        calls.add(Call.of(library, "rwkv_ms_hook_error", hook, room, ROOM, none));
        calls.add(Call.of(library, "rwkv_ms_hook_attach", hook, llama.handle(), none));
        calls.add(Call.of(library, "rwkv_ms_hook_detach", hook));
        calls.add(Call.of(library, "rwkv_ms_hook_counters", hook, LAYER, room));
        calls.add(Call.of(library, "rwkv_ms_hook_capture", hook, 1L));
        calls.add(Call.of(library, "rwkv_ms_hook_captured", hook, LAYER, name, none, 0L, none, none));
        return calls;
    }

    private static List<Call> sessions(HeaderCalls library, Trial trial, MemorySegment hook) {
        MemorySegment room = trial.room(ROOM);
        MemorySegment none = MemorySegment.NULL;
        MemorySegment path = trial.arena().allocateFrom("no-such-folder/session");
        return List.of(Call.of(library, "rwkv_ms_session_size", hook, 0L, room),
                Call.of(library, "rwkv_ms_session_save", hook, none, 0L, room, ROOM, none),
                Call.of(library, "rwkv_ms_session_load", hook, room, ROOM, none, 0L, none),
                Call.of(library, "rwkv_ms_session_save_file", hook, path, none, 0L),
                Call.of(library, "rwkv_ms_session_load_file", hook, path, none, 0L, none));
    }

    /** Hooks that are NULL, destroyed, or handles of another kind. */
    static void handles(HookSubject subject, Trial trial) {
        HeaderCalls library = subject.library();
        LlamaContext llama = subject.llamaWithoutCallback();
        library.action("rwkv_ms_hook_destroy", subject.hook());
        Map<String, MemorySegment> hooks = new LinkedHashMap<>();
        hooks.put("NULL", MemorySegment.NULL);
        hooks.put("destroyed", subject.hook());
        hooks.put("a context", subject.context());
        hooks.put("a sidecar", subject.sidecar());
        hooks.forEach((what, hook) -> {
            all(library, trial, hook, llama)
                    .forEach(call -> trial.refuses(ARGUMENT, what + ": " + call.function(), call));
            library.action("rwkv_ms_hook_destroy", hook);
            for (int ask = 0; ask < 2; ask++) {
                boolean answer = library.flag("rwkv_ms_hook_eval", MemorySegment.NULL, ask == 1, hook);
                trial.require(answer == (ask == 0), what + ": rwkv_ms_hook_eval, ask " + (ask == 1),
                        "expected " + (ask == 0) + ", found " + answer);
            }
        });
    }

    static void notAttached(HookSubject subject, Trial trial) {
        HeaderCalls library = subject.library();
        MemorySegment hook = subject.hook();
        for (int round = 0; round < 2; round++) {
            String when = round == 0 ? "before an attachment: " : "after one: ";
            trial.refuses(ATTACHED, when + "rwkv_ms_hook_check", Call.of(library, "rwkv_ms_hook_check", hook));
            sessions(library, trial, hook)
                    .forEach(call -> trial.refuses(ATTACHED, when + call.function(), call));
            trial.takes(when + "rwkv_ms_hook_detach", Call.of(library, "rwkv_ms_hook_detach", hook));
            if (round == 0) {
                LlamaContext llama = subject.llama(hook);
                trial.takes("rwkv_ms_hook_attach", subject.attaching(llama));
                trial.takes("rwkv_ms_hook_detach", Call.of(library, "rwkv_ms_hook_detach", hook));
                HookSubject.decode(llama, 0);
            }
        }
        trial.refuses(ARGUMENT, "rwkv_ms_hook_attach: llama NULL",
                Call.of(library, "rwkv_ms_hook_attach", hook, MemorySegment.NULL, MemorySegment.NULL));
    }

    static void attachedTwice(HookSubject subject, HookSubject other, Trial trial) {
        LlamaContext llama = subject.llama(subject.hook());
        trial.takes("rwkv_ms_hook_attach", subject.attaching(llama));
        trial.refuses(ATTACHED, "attached twice", subject.attaching(llama));
        trial.refuses(ATTACHED, "attached to another llama_context too",
                subject.attaching(subject.llama(subject.hook())));
        trial.refuses(ATTACHED, "another hook on the llama_context", other.attaching(llama));
        Call reset = Call.of(subject.library(), "rwkv_ms_context_reset", subject.context());
        trial.refuses(ATTACHED, "rwkv_ms_context_reset while attached", reset);
        HookSubject.decode(llama, 0);
        trial.takes("rwkv_ms_hook_check after a decode",
                Call.of(subject.library(), "rwkv_ms_hook_check", subject.hook()));
    }

    /** User data that is not the hook of the context: nothing is watched, and the check of the attached hook says so. */
    static void userData(HookSubject subject, HookSubject other, Trial trial) {
        MemorySegment destroyed = other.hook();
        Map<String, LlamaContext> llamas = new LinkedHashMap<>();
        llamas.put("no callback", subject.llamaWithoutCallback());
        llamas.put("user data NULL", subject.llama(MemorySegment.NULL));
        llamas.put("user data a context", subject.llama(subject.context()));
        llamas.put("user data the hook of another context", subject.llama(other.hook()));
        llamas.put("user data a destroyed hook", subject.llama(destroyed));
        llamas.forEach((what, llama) -> {
            if (what.endsWith("destroyed hook")) {
                other.library().action("rwkv_ms_hook_destroy", destroyed);
            }
            trial.takes(what + ": rwkv_ms_hook_attach", subject.attaching(llama));
            HookSubject.decode(llama, 0);
            trial.refuses(HOST_STEP, what + ": rwkv_ms_hook_check after a decode",
                    Call.of(subject.library(), "rwkv_ms_hook_check", subject.hook()));
            trial.takes(what + ": rwkv_ms_hook_detach",
                    Call.of(subject.library(), "rwkv_ms_hook_detach", subject.hook()));
        });
    }

    static void destroyedEarly(HookSubject subject, Trial trial) {
        HeaderCalls library = subject.library();
        LlamaContext llama = subject.llama(subject.hook());
        trial.takes("rwkv_ms_hook_attach", subject.attaching(llama));
        HookSubject.decode(llama, 0);
        library.action("rwkv_ms_context_destroy", subject.context());
        HookSubject.decode(llama, 3);
        trial.takes("rwkv_ms_hook_check where the context was destroyed",
                Call.of(library, "rwkv_ms_hook_check", subject.hook()));
        library.action("rwkv_ms_hook_destroy", subject.hook());
        HookSubject.decode(llama, 6);
        all(library, trial, subject.hook(), llama).forEach(
                call -> trial.refuses(ARGUMENT, "destroyed while attached: " + call.function(), call));
    }

    static void arguments(HookSubject subject, Trial trial) {
        HeaderCalls library = subject.library();
        MemorySegment hook = subject.hook();
        LlamaContext llama = subject.llama(hook);
        trial.takes("rwkv_ms_hook_attach", subject.attaching(llama));
        trial.refusesEach(ARGUMENT, "rwkv_ms_hook_capture: capacity ",
                Call.of(library, "rwkv_ms_hook_capture", hook, 0L), 1, -1L, Long.MIN_VALUE, MAX_CAPTURED + 1,
                Long.MAX_VALUE);
        counters(library, hook, trial);
        captured(subject, llama, trial);
        session(library, hook, trial);
    }

    private static void counters(HeaderCalls library, MemorySegment hook, Trial trial) {
        MemorySegment counts = trial.output("counts", Layouts.HOOK_COUNTS.byteSize());
        Call good = Call.of(library, "rwkv_ms_hook_counters", hook, LAYER, counts);
        trial.refuses(ARGUMENT, "rwkv_ms_hook_counters: counts NULL", good.withNull(2));
        trial.refusesEach(NO_LAYER, "rwkv_ms_hook_counters: layer ", good, 1, NOT_A_LAYER, -1, Integer.MAX_VALUE);
    }

    private static void captured(HookSubject subject, LlamaContext llama, Trial trial) {
        HeaderCalls library = subject.library();
        MemorySegment tokens = trial.room(Long.BYTES);
        MemorySegment width = trial.room(Long.BYTES);
        MemorySegment name = trial.arena().allocateFrom("hidden");
        Call asking = Call.of(library, "rwkv_ms_hook_captured", subject.hook(), LAYER, name, MemorySegment.NULL, 0L,
                tokens,
                width);
        trial.refuses(NO_TAP, "rwkv_ms_hook_captured: nothing is recorded", asking);
        trial.takes("rwkv_ms_hook_capture", Call.of(library, "rwkv_ms_hook_capture", subject.hook(), 2L));
        HookSubject.decode(llama, 0);
        trial.takes("rwkv_ms_hook_captured: data NULL", asking);
        long needed = tokens.get(JAVA_LONG, 0) * width.get(JAVA_LONG, 0);
        MemorySegment data = trial.output("data", needed * Float.BYTES);
        Call good = asking.with(3, data).with(4, needed);
        trial.takes("rwkv_ms_hook_captured", good);
        trial.refuses(ARGUMENT, "rwkv_ms_hook_captured: name NULL", good.withNull(2));
        trial.refuses(ARGUMENT, "rwkv_ms_hook_captured: data NULL with a count", good.withNull(3));
        for (String wrong : List.of("", "hidden ", "delta_k", "before_")) {
            trial.refuses(NO_TAP, "rwkv_ms_hook_captured: '" + wrong + "'",
                    good.with(2, trial.arena().allocateFrom(wrong)));
        }
        trial.refuses(NO_LAYER, "rwkv_ms_hook_captured: layer " + NOT_A_LAYER, good.with(1, NOT_A_LAYER));
        trial.refusesShort(needed, "rwkv_ms_hook_captured: count ", good, 4, 0, needed - 1);
    }

    private static void session(HeaderCalls library, MemorySegment hook, Trial trial) {
        MemorySegment number = trial.room(Long.BYTES);
        Call size = Call.of(library, "rwkv_ms_session_size", hook, 2L, number);
        trial.takes("rwkv_ms_session_size", size);
        long needed = number.get(JAVA_LONG, 0);
        trial.refuses(ARGUMENT, "rwkv_ms_session_size: size NULL", size.withNull(2));
        for (long count : new long[]{1L << 31, -1}) {
            trial.refuses(ARGUMENT, "rwkv_ms_session_size: n_tokens " + Long.toUnsignedString(count),
                    size.with(1, count));
        }
        MemorySegment tokens = trial.arena().allocateFrom(JAVA_INT, 7, 8);
        MemorySegment data = trial.output("data", needed);
        MemorySegment written = trial.output("written", Long.BYTES);
        Call save = Call.of(library, "rwkv_ms_session_save", hook, tokens, 2L, data, needed, written);
        trial.refuses(ARGUMENT, "rwkv_ms_session_save: tokens NULL", save.withNull(1));
        trial.refuses(ARGUMENT, "rwkv_ms_session_save: data NULL", save.withNull(3));
        trial.refusesShort(needed, "rwkv_ms_session_save: size ", save, 4, 0, needed - 1);
        MemorySegment saved = trial.room(needed);
        trial.takes("rwkv_ms_session_save", save.with(3, saved).withNull(5));
        trial.refuses(ARGUMENT, "rwkv_ms_session_save_file: path NULL",
                Call.of(library, "rwkv_ms_session_save_file", hook, MemorySegment.NULL, tokens, 2L));
        load(library, hook, saved, trial);
    }

    private static void load(HeaderCalls library, MemorySegment hook, MemorySegment saved, Trial trial) {
        long needed = saved.byteSize();
        MemorySegment ids = trial.output("tokens", 2L * Integer.BYTES);
        MemorySegment count = trial.room(Long.BYTES);
        Call load = Call.of(library, "rwkv_ms_session_load", hook, saved, needed, ids, 2L, count);
        trial.refuses(ARGUMENT, "rwkv_ms_session_load: data NULL", load.withNull(1));
        trial.refuses(ARGUMENT, "rwkv_ms_session_load: tokens NULL with a capacity", load.withNull(3));
        trial.refusesEach(SESSION_LENGTH, "rwkv_ms_session_load: size ", load, 2, 0L, 1L, needed - 1);
        trial.refusesShort(2, "rwkv_ms_session_load: capacity 1", load.with(4, 1L));
        trial.require(count.get(JAVA_LONG, 0) == 2, "rwkv_ms_session_load: n_tokens where capacity is 1",
                "expected 2, found " + count.get(JAVA_LONG, 0));
        trial.takes("rwkv_ms_session_load", load);
        trial.refuses(ARGUMENT, "rwkv_ms_session_load_file: path NULL",
                Call.of(library, "rwkv_ms_session_load_file", hook,
                        MemorySegment.NULL, MemorySegment.NULL, 0L, MemorySegment.NULL));
    }
}
