package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the project promises, by test class: the tree of Allure's page "Behaviors" ({@code promises.txt}). */
record Promises(List<Rule> rules) {
    /** Labels that the tests' framework sets and nobody reads: they would be a tenth of the page. */
    private static final Set<String> UNREAD = Set.of("host", "thread", "module", "junit.platform.uniqueid",
            "language", "framework", "testMethod");

    private static final Pattern LINE = Pattern.compile("(\\S+) *= ([^/]+) / (.+)");
    private static final String PROMISE = "epic";

    /** A promise and its part, for the classes whose names begin so. */
    record Rule(String beginning, String promise, String part) {
    }

    Promises {
        rules = List.copyOf(rules);
    }

    static Promises read() throws IOException {
        return new Promises(SinglePage.resource("promises.txt").lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#")).map(Promises::rule).toList());
    }

    private static Rule rule(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "promises.txt: expected \"beginning = promise / part\", found \"" + line + "\"");
        }
        return new Rule(parts.group(1), parts.group(2), parts.group(3));
    }

    Optional<Rule> of(String testClass) {
        return rules.stream().filter(rule -> testClass.startsWith(rule.beginning()))
                .max(Comparator.comparingInt(rule -> rule.beginning().length()));
    }

    /** Labels a result with its promise and, for the timeline, with its module in place of a process of a host. */
    void label(ObjectNode result, String module) {
        ArrayNode labels = result.withArray("/labels");
        if (labels.findValuesAsText("name").contains(PROMISE)) {
            return;
        }
        String testClass = "";
        for (int i = labels.size() - 1; i >= 0; i--) {
            JsonNode label = labels.get(i);
            String name = label.path("name").asText();
            if (name.equals("testClass") || (testClass.isEmpty() && name.equals("package"))) {
                testClass = label.path("value").asText();
            }
            if (UNREAD.contains(name)) {
                labels.remove(i);
            }
        }
        labels.addObject().put("name", "host").put("value", "build");
        labels.addObject().put("name", "thread").put("value", module);
        of(testClass).ifPresent(rule -> {
            labels.addObject().put("name", PROMISE).put("value", rule.promise());
            labels.addObject().put("name", "feature").put("value", rule.part());
        });
    }
}
