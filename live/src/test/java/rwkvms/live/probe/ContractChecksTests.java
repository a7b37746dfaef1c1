package rwkvms.live.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.ProbeCheck.Part;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;

/** The header's promises about arguments: libraries that keep them, and one that breaks the promise it is told to. */
@Timeout(120)
final class ContractChecksTests {
    private static final List<CaseFiles> GOLDEN = List.of(CaseFiles
            .in(Path.of(System.getProperty("rwkvms.root"), "golden", "data", "basic")).orElseThrow());
    private static final Path SHIM = NativeFiles.folder().resolveSibling("shim");

    @TempDir
    private Path work = Path.of("");

    private final List<String> missed = new ArrayList<>();

    /** What the checks of base binding and arguments find, each as its label and its problem; not evaluated without one. */
    private List<String> problems(Path library, String begin) throws Exception {
        List<String> problems = new ArrayList<>();
        try (ProbeChecks checks = new ProbeChecks(library, GOLDEN, work)) {
            for (ProbeCheck check : checks.all()) {
                if (check.part().compareTo(Part.STATE) > 0 && check.label().startsWith(begin)) {
                    try {
                        check.body().run().reasons().forEach(problem -> problems.add(check.label() + ": " + problem));
                    } catch (NotEvaluatedException e) {
                        missed.add(check.label() + ": " + e.reason());
                    } catch (RuntimeFailure e) {
                        problems.add(check.label() + ": " + e.getMessage());
                    }
                }
            }
        }
        return problems;
    }

    private static Path library(String name) {
        return SHIM.resolve(System.mapLibraryName(name));
    }

    @Test
    void ourLibraryKeepsThemAll() throws Exception {
        assertThat(problems(NativeFiles.library(), "")).isEmpty();
        assertThat(missed).isEmpty();
    }

    @Test
    void theTemplateKeepsThemAll() throws Exception {
        assertThat(problems(library("rwkv_ms_ours"), "")).isEmpty();
        assertThat(missed).hasSize(7).allSatisfy(each -> assertThat(each).startsWith("hook: ")
                .endsWith(": rwkv_ms_hook_create: this runtime has no hook"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            status-names | arguments: rwkv_ms_status_name | rwkv_ms_status_name(-1): expected unknown, found ''
            needed-of-a-success-alone | arguments: rwkv_ms_layout | needed: expected the size of the text, found 0
            threads-clamped | arguments: rwkv_ms_runtime_create | n_threads 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            reserved-ignored | arguments: rwkv_ms_runtime_create | reserved 1: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            error-not-cut | arguments: rwkv_ms_runtime_create | error_size 8: expected nothing written behind error_size
            out-left-alone | arguments: rwkv_ms_runtime_create | params NULL: expected *out to be NULL after it
            base-ignored | base: another base is refused | the first bit flipped: expected RWKV_MS_E_BASE_SHA256_DIFFERS, found RWKV_MS_OK
            open-flags-ignored | arguments: rwkv_ms_sidecar_open | flags 1: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            base-refused | base: the base that the sidecar names is taken | the base that the sidecar names: expected RWKV_MS_OK, found RWKV_MS_E_BASE_SHA256_DIFFERS
            base-without-reason | base: a base that cannot be read is refused | a file that is not there: expected RWKV_MS_E_BASE_UNREADABLE, found RWKV_MS_E_BASE_SHA256_DIFFERS
            short-fingerprint | arguments: rwkv_ms_sidecar_config, _fingerprint, _layers and _delta_width | rwkv_ms_sidecar_fingerprint: size 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            short-layers | arguments: rwkv_ms_sidecar_config, _fingerprint, _layers and _delta_width | rwkv_ms_sidecar_layers: count 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            any-head | arguments: rwkv_ms_sidecar_config, _fingerprint, _layers and _delta_width | rwkv_ms_sidecar_delta_width: head 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            any-sequences | arguments: rwkv_ms_context_create | n_sequences 0: expected RWKV_MS_E_SEQUENCES, found RWKV_MS_OK
            destroyed-contexts-live-on | arguments: handles that were destroyed | rwkv_ms_context_error: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            no-text | arguments: rwkv_ms_forward: NULL | hidden NULL: expected an error text of one line, found ''
            two-lines | arguments: rwkv_ms_forward: NULL | hidden NULL: expected an error text of one line, found 'a\\nb 30'
            text-without-size | arguments: rwkv_ms_forward: lengths | deltas.q_count 0: expected a text with the needed size 30, found 'short'
            reset-keeps-taps | arguments: rwkv_ms_tap | after a reset: expected RWKV_MS_E_NO_TAP, found RWKV_MS_OK
            short-deltas | arguments: rwkv_ms_forward: lengths | deltas.q_count 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            inactive-heads | arguments: rwkv_ms_forward: values | a delta of a head that is not active: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            negative-tokens | arguments: rwkv_ms_forward: values | n_tokens 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            hidden-count-ignored | arguments: rwkv_ms_forward: lengths | hidden_count 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            forward-flags-ignored | arguments: rwkv_ms_forward: values | flags 16: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            mask-unchecked | arguments: rwkv_ms_forward: values | a byte 2 in mask: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            layer-clamped | arguments: rwkv_ms_forward: values | layer 3: expected RWKV_MS_E_NO_LAYER, found RWKV_MS_OK
            overlap-taken | arguments: rwkv_ms_forward: buffers that overlap | hidden on deltas.q: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            refusal-resets | arguments: rwkv_ms_forward: NULL | hidden NULL: the refused call changed what it must leave
            short-is-an-argument | arguments: rwkv_ms_forward: lengths | deltas.q_count 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_E_ARGUMENT
            writes-then-refuses | arguments: rwkv_ms_forward: NULL | hidden NULL: the refused call wrote to delta_q
            short-tap | arguments: rwkv_ms_tap | size 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            short-state | arguments: rwkv_ms_state_get | state_count 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            state-before-source | arguments: rwkv_ms_state_get | source_count 0: the refused call wrote to state
            set-takes-any-count | arguments: rwkv_ms_state_set | state_count 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            set-takes-nan | arguments: rwkv_ms_state_set | NaN at the end of state: expected RWKV_MS_E_STATE_VALUE, found RWKV_MS_OK
            short-payload | arguments: rwkv_ms_state_size, _save and _load | rwkv_ms_state_save: size 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            load-takes-any-length | arguments: rwkv_ms_state_size, _save and _load | rwkv_ms_state_load: size 0: expected RWKV_MS_E_STATE_LENGTH, found RWKV_MS_OK
            any-sequence | arguments: rwkv_ms_memory | rwkv_ms_memory_seq_rm: sequence 1: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            keep-taken | arguments: rwkv_ms_memory | rwkv_ms_memory_seq_keep: expected RWKV_MS_E_MUTATION, found RWKV_MS_OK
            scan-chunk-unchecked | arguments: rwkv_ms_scan: settings | chunk_size 0: expected RWKV_MS_E_CHUNK_SIZE, found RWKV_MS_OK
            scan-settings-unchecked | arguments: rwkv_ms_scan: settings | read_top_k -1: expected RWKV_MS_E_SETTING_RANGE, found RWKV_MS_OK
            scan-negative-tokens | arguments: rwkv_ms_scan: values | n_tokens -1: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            scan-position-unchecked | arguments: rwkv_ms_scan: values | position -1: expected RWKV_MS_E_STATE_VALUE, found RWKV_MS_OK
            scan-short-inputs | arguments: rwkv_ms_scan: lengths | r of 0: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            scan-short-outputs | arguments: rwkv_ms_scan: lengths | w_decay of 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            scan-overlap-taken | arguments: rwkv_ms_scan: buffers that overlap | erase on keep: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            scan-position-written | arguments: rwkv_ms_scan: lengths | r of 0: the refused call changed what it must leave
            second-hook-taken | hook: rwkv_ms_hook_create | a second hook: expected RWKV_MS_E_ATTACHED, found RWKV_MS_OK
            attached-twice | hook: two attachments | attached twice: expected RWKV_MS_E_ATTACHED, found RWKV_MS_OK
            attached-twice | hook: two attachments | another hook on the llama_context: expected RWKV_MS_E_ATTACHED, found RWKV_MS_OK
            eval-ends-the-graph | hook: hooks that are NULL, destroyed or of another kind | NULL: rwkv_ms_hook_eval, ask false: expected true, found false
            check-never-fails | hook: user data that is no hook of the context | user data NULL: rwkv_ms_hook_check after a decode: expected RWKV_MS_E_HOST_STEP, found RWKV_MS_OK
            destroyed-hooks-live-on | hook: a hook that is destroyed while attached | destroyed while attached: rwkv_ms_hook_capture: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            any-capacity | hook: arguments of hooks and sessions | rwkv_ms_hook_capture: capacity -1: expected RWKV_MS_E_ARGUMENT, found RWKV_MS_OK
            short-session | hook: arguments of hooks and sessions | rwkv_ms_session_save: size 0: expected RWKV_MS_E_SHORT_BUFFER, found RWKV_MS_OK
            base-ignored | base: golden sidecars are bound to their base | basic with itself for a base: expected RWKV_MS_E_BASE_SHA256_DIFFERS, found RWKV_MS_OK
            """)
    void aBrokenPromiseIsFoundByName(String fault, String check, String problem) throws Exception {
        choose(fault);
        assertThat(problems(library("faulty_contract"), check)).contains(check + ": " + problem);
    }

    /** If no fault is chosen, the faulty library keeps all promises. */
    @Test
    void theFaultyLibraryIsSoundButForItsFault() throws Exception {
        choose("none");
        assertThat(problems(library("faulty_contract"), "")).isEmpty();
    }

    private static void choose(String fault) {
        try (Arena arena = Arena.ofConfined()) {
            new HeaderCalls(library("faulty_contract")).action("faulty_choose", arena.allocateFrom(fault));
        }
    }
}
