package rwkvms.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rwkvms.comparison.TensorComparison;

/** Largest differences seen, by subject and case, for the report and for the figures of the README. */
final class Figures {
    private static final Path FILE = Path.of("target", "figures.csv");
    private static final Map<String, Map<String, Row>> ROWS = new TreeMap<>();

    /** Largest difference over some tensors, absolute and relative to the tolerance, and where. */
    private record Row(double maxAbsDiff, double maxRatio, String tensor, int tensors) {
        Row and(Row other) {
            Row larger = other.maxAbsDiff > maxAbsDiff ? other : this;
            return new Row(larger.maxAbsDiff, Math.max(maxRatio, other.maxRatio), larger.tensor,
                    tensors + other.tensors);
        }
    }

    private Figures() {
    }

    static synchronized void add(String subject, String caseName, List<TensorComparison> comparisons) {
        Map<String, Row> rows = ROWS.computeIfAbsent(subject, first -> new TreeMap<>());
        for (TensorComparison comparison : comparisons) {
            rows.merge(caseName, new Row(comparison.maxAbsDiff(), comparison.maxRatio(), comparison.tensor().label(),
                    1), Row::and);
        }
    }

    /** Writes what has been gathered so far: {@code target/figures.csv}. */
    static synchronized void write() throws IOException {
        List<String> lines = new ArrayList<>(
                List.of("subject,case,max_abs_diff,max_ratio_to_tolerance,tensor,tensors"));
        ROWS.forEach((subject, rows) -> rows.forEach((caseName, row) -> lines.add(String.join(",", subject, caseName,
                Double.toString(row.maxAbsDiff), Double.toString(row.maxRatio), row.tensor,
                Integer.toString(row.tensors)))));
        Files.createDirectories(FILE.toAbsolutePath().getParent());
        Files.write(FILE, lines);
    }
}
