package rwkvms.sidecar.validation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.file.FileHash;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;

/** Collects findings while the rules run, up to a bound per code that no honest file reaches. */
final class Findings {
    /** A hostile file can be wrong in 65,536 tensors; more findings than this of one code help nobody. */
    static final int MAX_PER_CODE = 100;

    private final List<Finding> all = new ArrayList<>();
    private final Map<FindingCode, Integer> counts = new EnumMap<>(FindingCode.class);
    private @Nullable FileHash base;

    /** A finding whose code says what the profiles make of it. */
    void add(FindingCode code, String place, long byteOffset, String expected, String found) {
        Rulings rulings = code.rulings()
                .orElseThrow(
                        () -> new IllegalArgumentException(code + ": expected the rulings of its case, found none"));
        add(new Finding(code, place, byteOffset, expected, found, rulings));
    }

    void add(Finding finding) {
        if (counts.merge(finding.code(), 1, Integer::sum) <= MAX_PER_CODE) {
            all.add(finding);
        }
    }

    /** A finding about a key's value. */
    void add(FindingCode code, SidecarFile file, SidecarKey key, String expected, String found) {
        add(code, SidecarFile.place(key), file.offset(key), expected, found);
    }

    /** Keeps the hash of the base file for the report. */
    void base(FileHash hash) {
        base = hash;
    }

    ValidationReport report(Path path) {
        int omitted = counts.values().stream().mapToInt(count -> Math.max(0, count - MAX_PER_CODE)).sum();
        return new ValidationReport(path, all, omitted, Optional.ofNullable(base));
    }
}
