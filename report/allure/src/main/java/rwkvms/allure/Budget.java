package rwkvms.allure;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the test classes of each module took, beside what they may take on two quiet cores ({@code budget.csv}): a build that grows is
 * seen when it happens. A busy machine takes longer, so nothing fails for it.
 */
record Budget(List<Row> rows) {
    private static final Pattern SUITE = Pattern
            .compile("<testsuite [^>]*?\\bname=\"([^\"]*)\"[^>]*?\\btime=\"([0-9.,]+)\"");

    /**
     * A module.
     *
     * @param spent   seconds of its test classes, added up; two run at once
     * @param slowest the class that took longest, with its seconds
     */
    record Row(String module, double spent, double allowed, String slowest) {
        boolean isOver() {
            return spent > allowed;
        }
    }

    Budget {
        rows = List.copyOf(rows);
    }

    /** Of the modules that have run tests; a module without a budget may take nothing. */
    static Budget of(List<Module> modules, String budgets) throws IOException {
        Map<String, Double> allowed = new LinkedHashMap<>();
        budgets.lines().skip(1).map(line -> line.split(","))
                .forEach(line -> allowed.put(line[0], Double.valueOf(line[1])));
        List<Row> rows = new ArrayList<>();
        for (Module module : modules) {
            Path folder = module.root().resolve(module.name()).resolve("target/surefire-reports");
            if (Files.isDirectory(folder)) {
                rows.add(row(module.name(), folder, allowed.getOrDefault(module.name(), 0.0)));
            }
        }
        return new Budget(rows);
    }

    private static Row row(String module, Path folder, double allowed) throws IOException {
        double spent = 0;
        double most = 0;
        String slowest = "-";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "TEST-*.xml")) {
            for (Path file : files) {
                Matcher suite = SUITE.matcher(Files.readString(file));
                double seconds = suite.find() ? Double.parseDouble(suite.group(2).replace(",", "")) : 0;
                spent += seconds;
                if (seconds > most) {
                    most = seconds;
                    slowest = suite.group(1).replaceFirst(".*\\.", "") + String.format(Locale.ROOT, " %.0f", seconds);
                }
            }
        }
        return new Row(module, spent, allowed, slowest);
    }

    /** A table; what is over its budget is marked. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%-18s %6s %6s  %s", "seconds of tests", "spent", "budget",
                "slowest class"));
        rows.forEach(row -> lines.add(String.format(Locale.ROOT, "%-18s %6.0f %6.0f  %s%s", row.module(), row.spent(),
                row.allowed(), row.slowest(), row.isOver() ? "  OVER BUDGET" : "")));
        lines.add(String.format(Locale.ROOT, "%-18s %6.0f %6.0f", "all, side by side",
                rows.stream().mapToDouble(Row::spent).sum(), rows.stream().mapToDouble(Row::allowed).sum()));
        return lines;
    }

    /** The same in one line. */
    String line() {
        return rows.stream().map(row -> String.format(Locale.ROOT, "%s %.0f of %.0f%s", row.module(), row.spent(),
                row.allowed(), row.isOver() ? " (OVER BUDGET)" : "")).collect(Collectors.joining(", "));
    }
}
