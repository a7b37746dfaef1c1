package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a test is known by from build to build: module, method and display name. JUnit numbers dynamic and parameterised tests by
 * their position, so that one inserted in the middle would give all behind it the history of another test.
 */
final class Identities {
    private static final String LABEL = "junit.platform.uniqueid";
    private static final Pattern POSITION = Pattern.compile("#(\\d+)");
    private static final int DIGITS = 8;
    /** JUnit's number of an invocation, in front of its arguments. */
    private static final Pattern INVOCATION = Pattern.compile("^\\[\\d+\\] ");

    private record Positioned(String position, ObjectNode result) {
    }

    private Identities() {
    }

    /** Sets the identities of a module's results; those without JUnit's label keep theirs. Tests of one name are counted. */
    static void assign(String module, List<ObjectNode> results) {
        Map<String, Integer> seen = new HashMap<>();
        results.stream().map(result -> new Positioned(position(result), result))
                .filter(each -> !each.position().isEmpty()).sorted(Comparator.comparing(Positioned::position))
                .map(Positioned::result).forEach(result -> {
                    String name = INVOCATION.matcher(result.path("name").asText()).replaceFirst("");
                    String key = module + "/" + result.path("fullName").asText() + "/" + name;
                    int number = seen.merge(key, 1, Integer::sum);
                    result.put("historyId", SinglePage
                            .hash((number == 1 ? key : key + "/" + number).getBytes(StandardCharsets.UTF_8)));
                });
    }

    /** JUnit's unique id, with numbers that sort; empty if there is none. */
    private static String position(JsonNode result) {
        for (JsonNode label : result.path("labels")) {
            if (label.path("name").asText().equals(LABEL)) {
                Matcher numbers = POSITION.matcher(label.path("value").asText());
                return numbers.replaceAll(number -> "#" + "0".repeat(Math.max(0, DIGITS - number.group(1).length()))
                        + number.group(1));
            }
        }
        return "";
    }
}
