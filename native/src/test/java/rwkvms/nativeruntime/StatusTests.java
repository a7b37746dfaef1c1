package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import rwkvms.sidecar.validation.FindingCode;

/** The C++ runtime names a sidecar's faults as the validator does; the exceptions are listed with their reasons. */
class StatusTests {
    private static final String PREFIX = "RWKV_MS_E_";

    /** Statuses of sidecars without a finding of that name. */
    private static final Map<String, String> ONLY_NATIVE = Map.of(
            "GGUF", "ggml refuses or misreads what all checks passed");

    /** Findings without a status. */
    private static final Map<FindingCode, String> ONLY_JAVA = Map.of(
            FindingCode.GGUF_ARRAY_DEPTH, "an array of arrays is GGUF_NESTED_ARRAY already",
            FindingCode.NAME_CLASH, "one of the two names has a NUL and is NAME_NUL already");

    private final RwkvMs library = RwkvMs.load(NativeFiles.library());

    @Test
    void everySidecarStatusIsAFindingOrListed() {
        Map<String, Integer> unknown = new TreeMap<>();
        sidecarStatuses().forEach((name, code) -> {
            if (Status.finding(PREFIX + name).isEmpty()) {
                unknown.put(name, code);
            }
        });
        assertThat(unknown.keySet()).containsExactlyInAnyOrderElementsOf(ONLY_NATIVE.keySet());
    }

    @Test
    void everyErrorOfTheValidatorHasAStatusOrIsListed() {
        Set<FindingCode> missing = EnumSet.allOf(FindingCode.class);
        missing.removeIf(code -> code.severity() == FindingCode.Severity.WARNING
                || sidecarStatuses().containsKey(code.name()));
        assertThat(missing).containsExactlyInAnyOrderElementsOf(ONLY_JAVA.keySet());
    }

    @Test
    void everyUnsupportedFindingIsToldApart() {
        Map<String, Integer> statuses = sidecarStatuses();
        Set<String> unsupported = new TreeSet<>();
        statuses.forEach((name, code) -> {
            if (Status.isUnsupported(library, code)) {
                unsupported.add(name);
            }
        });
        assertThat(unsupported).isEqualTo(Arrays.stream(FindingCode.values())
                .filter(code -> code.kind() == FindingCode.Kind.UNSUPPORTED)
                .map(FindingCode::name)
                .collect(Collectors.toCollection(TreeSet::new)));
        assertThat(Status.isUnsupported(library, Status.UNSUPPORTED)).isTrue();
        assertThat(Status.isUnsupported(library, Status.OK)).isFalse();
    }

    @Test
    void aNameThatIsNoFindingHasNone() {
        assertThat(Status.finding("RWKV_MS_E_RANK")).contains(FindingCode.RANK);
        assertThat(Status.finding("RANK")).isEqualTo(Optional.empty());
        assertThat(Status.finding("unknown")).isEmpty();
    }

    /** Names, without prefix, and codes of the statuses of {@code rwkv_ms_sidecar_open} (rwkv_ms.h). */
    private Map<String, Integer> sidecarStatuses() {
        Map<String, Integer> statuses = new TreeMap<>();
        for (int code = 0; code < 512; code++) {
            String name = library.statusName(code);
            if ((code >= 100 && code < 130 || code >= 200) && name.startsWith(PREFIX)) {
                statuses.put(name.substring(PREFIX.length()), code);
            }
        }
        assertThat(statuses).hasSizeGreaterThan(ONLY_NATIVE.size());
        return statuses;
    }
}
