package rwkvms.faults;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A part of {@code mvn verify} that judges a faulty library; the order is that of the matrix. */
enum Suite {
    /** The golden cases, judged as by {@code gate check}; a divergence names the stage itself. */
    GOLDEN("the golden cases, as gate check judges them", null),
    NATIVE("the bindings' tests", null, "rwkvms.nativeruntime.NativeBindingTests",
            "rwkvms.nativeruntime.NativeRuntimeTests", "rwkvms.nativeruntime.StatusTests"),
    /** Every malformed class, as the differential test judges the C++ runtime. */
    SIDECAR("every malformed sidecar of the corpus, and valid ones", FaultStage.SIDECAR),
    STATE("payloads, refusals, host memory, splits", FaultStage.STATE, "rwkvms.state.tests.SessionStateTests",
            "rwkvms.state.tests.StateChecksTests", "rwkvms.state.tests.RefusalTextTests",
            "rwkvms.state.tests.StatePairTests"),
    HOOK("inside an unmodified llama.cpp", FaultStage.HOOK, "rwkvms.nativeruntime.NativeHookTests",
            "rwkvms.state.live.LiveParityTests", "rwkvms.state.live.LiveWitnessTests",
            "rwkvms.state.live.LiveRollbackTests",
            "rwkvms.state.live.LiveStateTests"),
    /** The C++ programs of ctest, but json_test and product_test, which do not use the library. */
    CPP("ctest's programs", null);

    private static final Set<String> LONG = Set.of("rwkvms.state.live.LiveParityTests",
            "rwkvms.state.live.LiveStateTests");

    private final String title;
    private final Optional<FaultStage> stage;
    private final List<String> classes;

    Suite(String title, @Nullable FaultStage stage, String... classes) {
        this.title = title;
        this.stage = Optional.ofNullable(stage);
        this.classes = List.of(classes);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String title() {
        return title;
    }

    /** What it compares with what, for whoever asks why it noticed nothing. */
    String compares() {
        return switch (this) {
            case GOLDEN ->
                "every tensor of the golden cases with PyTorch's, one thread, one context, at most 64 tokens";
            case NATIVE -> "what the bindings return and refuse, word for word";
            case SIDECAR -> "the status of each malformed file with the Java validator's findings";
            case STATE -> "payloads, refusals and continued states with those of the Java reference";
            case HOOK -> "hidden states, deltas and sessions of a tiny Gemma4 inside llama.cpp with the Java reference";
            case CPP -> "the C interface with its header, word for word: " + String.join(", ", programs().keySet());
        };
    }

    /** The stage that any failure of this suite names; empty if it depends on the failure. */
    Optional<FaultStage> stage() {
        return stage;
    }

    /** Names of the test classes; empty for the other suites. */
    List<String> classes() {
        return classes;
    }

    /**
     * Those of them that judge the faults of the default run. The two that are left out take half of the suite's time on a library
     * without a mistake, and notice no fault of that run that the others do not.
     */
    List<String> few() {
        return classes.stream().filter(name -> !LONG.contains(name)).toList();
    }

    /** Programs of {@link #CPP}, the slowest last, each with the stage that it is about, if there is one. */
    static Map<String, Optional<FaultStage>> programs() {
        Map<String, Optional<FaultStage>> programs = new LinkedHashMap<>();
        programs.put("scan_test", Optional.of(FaultStage.SCAN));
        programs.put("api_test", Optional.empty());
        programs.put("bounds_test", Optional.empty());
        programs.put("semantics_test", Optional.of(FaultStage.SIDECAR));
        programs.put("open_test", Optional.of(FaultStage.SIDECAR));
        programs.put("state_test", Optional.of(FaultStage.STATE));
        programs.put("hook_test", Optional.of(FaultStage.HOOK));
        programs.put("container_test", Optional.of(FaultStage.SIDECAR));
        programs.put("device_test", Optional.empty());
        programs.put("forward_test", Optional.empty());
        programs.put("nodes_test", Optional.of(FaultStage.HOOK));
        programs.put("session_test", Optional.of(FaultStage.STATE));
        programs.put("process_test", Optional.of(FaultStage.PROCESS));
        programs.put("threads_test", Optional.of(FaultStage.PROCESS));
        return programs;
    }

    /** Tests that are about one stage, of programs that are about several or about another. */
    static Map<String, FaultStage> tests() {
        return Map.ofEntries(
                Map.entry("api_test: a_context_outlives_its_sidecar", FaultStage.PROCESS),
                Map.entry("api_test: attach_in_a_process_without_libllama", FaultStage.HOOK),
                Map.entry("api_test: buffers_beside_each_other_and_longer_ones", FaultStage.STATE),
                Map.entry("api_test: deltas_of_more_values_than_32_bits_count", FaultStage.PROCESS),
                Map.entry("api_test: memory_that_runs_out", FaultStage.PROCESS),
                Map.entry("api_test: names_that_only_resemble_a_tensor", FaultStage.FEATURES),
                Map.entry("device_test: a_device_that_writes_outputs_alone", FaultStage.PROJECTION),
                Map.entry("device_test: precise_products_are_of_two_tokens", FaultStage.PROJECTION),
                Map.entry("forward_test: buffers_of_an_earlier_call_are_left_alone", FaultStage.DELTA),
                Map.entry("forward_test: equal_scores_keep_the_lowest_slots", FaultStage.SCAN),
                Map.entry("forward_test: large_states_agree_with_the_reference", FaultStage.SCAN),
                Map.entry("forward_test: scan_of_large_states_agrees_with_the_reference", FaultStage.SCAN),
                Map.entry("hook_test: payloads_and_raw_state_keep_the_position_of_the_host", FaultStage.STATE),
                Map.entry("session_test: no_child_process_inherits_a_sidecar", FaultStage.PROCESS));
    }
}
