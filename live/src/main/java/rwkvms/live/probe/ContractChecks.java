package rwkvms.live.probe;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.ProbeCheck.Part;
import rwkvms.report.Outcome;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.sidecar.synthesis.SyntheticSidecar;

/** The checks of what {@code rwkv_ms.h} promises to refuse, function by function. */
final class ContractChecks {
    private final Path library;
    private final List<CaseFiles> golden;
    private final Supplier<MemorySegment> runtime;
    private final Path work;
    private final List<ProbeCheck> all = new ArrayList<>();
    private @Nullable HookHost host;

    /**
     * The checks of a library, none of them run.
     *
     * @param golden  cases with sidecars, which may be bound to a base
     * @param runtime the library's runtime, which the first check that needs it asks for
     * @param work    a folder for files
     */
    ContractChecks(Path library, List<CaseFiles> golden, Supplier<MemorySegment> runtime, Path work) {
        this.library = library;
        this.golden = List.copyOf(golden);
        this.runtime = runtime;
        this.work = work;
    }

    /** All checks; those whose arguments may end the process come last. */
    List<ProbeCheck> all() {
        base("the base that the sidecar names is taken", BaseChecks::right);
        base("another base is refused", BaseChecks::wrong);
        base("a base that cannot be read is refused", BaseChecks::unreadable);
        add(Part.BASE, "golden sidecars are bound to their base", this::goldenBases);
        identity();
        sidecar();
        context();
        scan();
        handles();
        hooks();
        return List.copyOf(all);
    }

    private void identity() {
        plain("rwkv_ms_status_name", RuntimeArguments::names);
        plain("rwkv_ms_layout", (calls, trial) -> RuntimeArguments.text(trial,
                Call.of(calls, "rwkv_ms_layout", MemorySegment.NULL, 0L, MemorySegment.NULL)));
        plain("rwkv_ms_runtime_create", RuntimeArguments::create);
        ofRuntime("rwkv_ms_build_info", (calls, handle, trial) -> RuntimeArguments.text(trial,
                Call.of(calls, "rwkv_ms_build_info", handle, MemorySegment.NULL, 0L, MemorySegment.NULL)));
    }

    private void sidecar() {
        onSubject("rwkv_ms_sidecar_open", Subject.SIZES,
                (subject, trial) -> SidecarArguments.open(subject, runtime.get(), work, trial),
                "rwkv_ms_runtime_error");
        onSubject("rwkv_ms_sidecar_config, _fingerprint, _layers and _delta_width", Subject.SIZES,
                SidecarArguments::questions, "rwkv_ms_sidecar_error");
        onSubject("rwkv_ms_context_create", Subject.SIZES, SidecarArguments::context, "rwkv_ms_sidecar_error");
    }

    private void context() {
        onContext("rwkv_ms_forward: NULL", ForwardArguments::nulls);
        onContext("rwkv_ms_forward: lengths", ForwardArguments::lengths);
        onContext("rwkv_ms_forward: values", ForwardArguments::values);
        onContext("rwkv_ms_forward: buffers that overlap", ForwardArguments::overlaps);
        onSubject("rwkv_ms_forward: semantics 2", ForwardArguments.sizesOfSemantics2(), ForwardArguments::semantics2,
                "rwkv_ms_context_error");
        onContext("rwkv_ms_tap", StateArguments::taps);
        onContext("rwkv_ms_state_get", StateArguments::get);
        onContext("rwkv_ms_state_set", StateArguments::set);
        onContext("rwkv_ms_state_size, _save and _load", StateArguments::payloads);
        onContext("rwkv_ms_state_save: values that no load takes", StateArguments::notFinite);
        onContext("rwkv_ms_memory", StateArguments::memory);
    }

    private void scan() {
        ofRuntime("rwkv_ms_scan: NULL", ScanArguments::nulls);
        ofRuntime("rwkv_ms_scan: lengths", ScanArguments::lengths);
        ofRuntime("rwkv_ms_scan: values", ScanArguments::values);
        ofRuntime("rwkv_ms_scan: settings", ScanArguments::settings);
        ofRuntime("rwkv_ms_scan: buffers that overlap", ScanArguments::overlaps);
    }

    private void handles() {
        plain("handles that are NULL", HandleChecks::nulls);
        onSubject("what a handle was made from goes first", Subject.SIZES, HandleChecks::inAnyOrder, "");
        onSubject("handles that were destroyed", Subject.SIZES, HandleChecks::destroyed, "");
        onSubject("handles of another kind", Subject.SIZES,
                (subject, trial) -> HandleChecks.ofAnotherKind(subject, runtime.get(), trial), "");
    }

    private void hooks() {
        onHook("rwkv_ms_hook_create", HookChecks::create);
        onHook("arguments of hooks and sessions", HookChecks::arguments);
        onHook("a hook that is not attached", HookChecks::notAttached);
        onTwoHooks("two attachments", HookChecks::attachedTwice);
        onTwoHooks("user data that is no hook of the context", HookChecks::userData);
        onHook("a hook that is destroyed while attached", HookChecks::destroyedEarly);
        onHook("hooks that are NULL, destroyed or of another kind", HookChecks::handles);
    }

    @FunctionalInterface
    private interface OnTwoHooks {
        void run(HookSubject subject, HookSubject other, Trial trial);
    }

    private HookHost host(HeaderCalls calls) throws IOException, NotEvaluatedException {
        HookHost open = host;
        if (open == null) {
            open = HookHost.open(calls, runtime.get(), work);
            host = open;
        }
        return open;
    }

    private void onHook(String name, BiConsumer<HookSubject, Trial> body) {
        add(Part.HOOK, name, () -> {
            HeaderCalls calls = new HeaderCalls(library);
            try (HookSubject subject = new HookSubject(calls, host(calls)); Trial trial = of(subject)) {
                body.accept(subject, trial);
                return trial.outcome();
            }
        });
    }

    private void onTwoHooks(String name, OnTwoHooks body) {
        add(Part.HOOK, name, () -> {
            HeaderCalls calls = new HeaderCalls(library);
            try (HookSubject subject = new HookSubject(calls, host(calls));
                    HookSubject other = new HookSubject(calls, host(calls));
                    Trial trial = Trial.withoutHandle()) {
                body.run(subject, other, trial);
                return trial.outcome();
            }
        });
    }

    /** A trial of calls that leave their error text with the runtime. */
    private static Trial of(HeaderCalls calls, MemorySegment runtime) {
        return new Trial(() -> calls.error("rwkv_ms_runtime_error", runtime), () -> new byte[0]);
    }

    /** A trial whose error text is that of the hook; a refused call may have left its text with the context instead. */
    private static Trial of(HookSubject subject) {
        return new Trial(() -> {
            String text = subject.error();
            return text.isEmpty() ? Trial.NO_TEXT : text;
        }, () -> new byte[0]);
    }

    @FunctionalInterface
    private interface OnRuntime {
        void run(HeaderCalls calls, MemorySegment runtime, Trial trial) throws NotEvaluatedException;
    }

    @FunctionalInterface
    private interface OnBase {
        void run(Subject subject, MemorySegment runtime, Path base, Trial trial) throws IOException;
    }

    private void add(Part part, String name, ProbeCheck.Body body) {
        all.add(new ProbeCheck(part, name, body));
    }

    private void plain(String name, BiConsumer<HeaderCalls, Trial> body) {
        add(Part.ARGUMENTS, name, () -> {
            try (Trial trial = Trial.withoutHandle()) {
                body.accept(new HeaderCalls(library), trial);
                return trial.outcome();
            }
        });
    }

    private void ofRuntime(String name, OnRuntime body) {
        add(Part.ARGUMENTS, name, () -> {
            HeaderCalls calls = new HeaderCalls(library);
            MemorySegment handle = runtime.get();
            try (Trial trial = of(calls, handle)) {
                body.run(calls, handle, trial);
                return trial.outcome();
            }
        });
    }

    /**
     * Adds a check that watches the context's error text and state; after all calls the context must compute what a
     * fresh one computes.
     */
    private void onContext(String name, BiConsumer<Subject, Trial> body) {
        onSubject(name, Subject.SIZES, body, "rwkv_ms_context_error");
    }

    private void onSubject(String name, SyntheticSidecar sizes, BiConsumer<Subject, Trial> body, String errorFunction) {
        add(Part.ARGUMENTS, name, () -> {
            HeaderCalls calls = new HeaderCalls(library);
            try (Subject subject = new Subject(calls, runtime.get(), sizes);
                    Trial trial = new Trial(() -> text(subject, errorFunction),
                            () -> subject.state(subject.context()))) {
                subject.advance(subject.context());
                body.accept(subject, trial);
                requireUndisturbed(subject, trial);
                return trial.outcome();
            }
        });
    }

    private String text(Subject subject, String errorFunction) {
        return switch (errorFunction) {
            case "rwkv_ms_runtime_error" -> subject.library().error(errorFunction, runtime.get());
            case "rwkv_ms_sidecar_error" -> subject.library().error(errorFunction, subject.sidecar());
            case "rwkv_ms_context_error" -> subject.contextError();
            default -> Trial.NO_TEXT;
        };
    }

    private static void requireUndisturbed(Subject subject, Trial trial) {
        MemorySegment other = subject.newContext();
        for (MemorySegment each : List.of(subject.context(), other)) {
            trial.takes("a reset", Call.of(subject.library(), "rwkv_ms_context_reset", each));
        }
        trial.require(Arrays.equals(subject.advance(subject.context()), subject.advance(other)),
                "the context after all calls", "the deltas are not those of a context without them");
        subject.library().action("rwkv_ms_context_destroy", other);
    }

    private Outcome goldenBases() {
        HeaderCalls calls = new HeaderCalls(library);
        MemorySegment handle = runtime.get();
        try (Trial trial = of(calls, handle)) {
            return BaseChecks.golden(calls, handle, golden, trial);
        }
    }

    private void base(String name, OnBase body) {
        add(Part.BASE, name, () -> {
            HeaderCalls calls = new HeaderCalls(library);
            MemorySegment handle = runtime.get();
            Path folder = Files.createTempDirectory(work, "base");
            Path base = BaseChecks.write(folder);
            try (Subject subject = new Subject(calls, handle, BaseChecks.sizes(base));
                    Trial trial = of(calls, handle)) {
                body.run(subject, handle, base, trial);
                return trial.outcome();
            }
        });
    }
}
