package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What failed, as the last lines of a build: the modules' own output has scrolled away, and CI often keeps only the end. */
final class FailedTests {
    private static final int MAX_TESTS = 25;
    /** A comparison's message has its first points and its reproduce line. */
    private static final int MAX_LINES = 14;

    private FailedTests() {
    }

    /** Returns lines for the console; none if every test passed or was not evaluated. */
    static List<String> lines(Map<Module, List<JsonNode>> tests) {
        var failed = new TreeSet<String>();
        tests.forEach((module, results) -> {
            for (JsonNode result : results) {
                String status = result.path("status").asText();
                if (status.equals("failed") || status.equals("broken")) {
                    failed.add(text(module, result));
                }
            }
        });
        if (failed.isEmpty()) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        lines.add(failed.size() + " failed:");
        failed.stream().limit(MAX_TESTS).flatMap(String::lines).forEach(lines::add);
        if (failed.size() > MAX_TESTS) {
            lines.add("and " + (failed.size() - MAX_TESTS) + " more, see the report");
        }
        return lines;
    }

    private static String text(Module module, JsonNode result) {
        var message = result.path("statusDetails").path("message").asText().strip().lines().limit(MAX_LINES)
                .map(line -> "    " + line).toList();
        return module.name() + ": " + result.path("fullName").asText(result.path("name").asText()) + " ["
                + result.path("name").asText() + "]\n" + String.join("\n", message);
    }
}
