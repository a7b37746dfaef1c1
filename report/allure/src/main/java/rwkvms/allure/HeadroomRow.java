package rwkvms.allure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How near a runtime came to its limits in a part of what was judged.
 *
 * @param tests that said how near they came
 */
record HeadroomRow(String part, String runtime, String llama, List<JudgedTest> tests) {
    private static final String RUNTIME = "runtime";
    private static final String DEVICE = "device";
    private static final String LLAMA = "llama.cpp";
    private static final String OF_LIMIT = "of limit";
    private static final String CASE = "case";
    /** The runtimes that compute with ggml begin so. */
    private static final String NATIVE = "native";

    /** Rows in the order of the parts; {@code llama} is the release that this build took, for tests that name no other. */
    static List<HeadroomRow> of(List<JudgedTest> tests, String llama) {
        Map<List<String>, List<JudgedTest>> rows = new LinkedHashMap<>();
        for (JudgedTest test : tests) {
            if (!test.missed() && test.parameters().containsKey(RUNTIME) && test.parameters().containsKey(OF_LIMIT)) {
                String runtime = test.parameters().get(RUNTIME);
                String release = test.parameters().getOrDefault(LLAMA, runtime.startsWith(NATIVE) ? llama : "-");
                rows.computeIfAbsent(List.of(test.promise() + ", " + test.part(), runtime, release),
                        key -> new ArrayList<>()).add(test);
            }
        }
        return rows.entrySet().stream()
                .map(row -> new HeadroomRow(row.getKey().get(0), row.getKey().get(1), row.getKey().get(2),
                        row.getValue()))
                .sorted(Comparator.comparing(HeadroomRow::part).thenComparing(HeadroomRow::runtime)
                        .thenComparing(HeadroomRow::llama))
                .toList();
    }

    long failed() {
        return tests.stream().filter(JudgedTest::failed).count();
    }

    String devices() {
        Set<String> devices = new TreeSet<>();
        tests.forEach(test -> devices.add(test.parameters().getOrDefault(DEVICE, "CPU")));
        return String.join(", ", devices);
    }

    /** Distinct cases if the tests name them, else how many tests there are. */
    String cases() {
        Set<String> cases = tests.stream().flatMap(test -> test.parameters().entrySet().stream())
                .filter(parameter -> parameter.getKey().equals(CASE)).map(Map.Entry::getValue)
                .collect(Collectors.toCollection(TreeSet::new));
        return cases.isEmpty() ? counted(tests.size(), "test") : counted(cases.size(), "case");
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** The share of its limit that the nearest test left, and that test. A number that is none leaves nothing. */
    String headroom() {
        JudgedTest nearest = tests.stream().max(Comparator.comparingDouble(HeadroomRow::ofLimit)).orElseThrow();
        double share = ofLimit(nearest);
        return (share <= 1 ? String.format(Locale.ROOT, "%.0f %%", 100 * (1 - share)) : "none") + ": " + nearest.name();
    }

    private static double ofLimit(JudgedTest test) {
        try {
            double share = Double.parseDouble(test.parameters().getOrDefault(OF_LIMIT, ""));
            return Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
        } catch (NumberFormatException e) {
            return Double.POSITIVE_INFINITY;
        }
    }
}
