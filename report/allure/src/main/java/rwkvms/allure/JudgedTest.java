package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A test's result as the release page reads it.
 *
 * @param parameters what the test says of itself; names are those of {@code Headroom} and {@code AllureReport.figure} in the module
 *                   report
 */
record JudgedTest(String module, String name, Status status, String message, String promise, String part, long millis,
        Map<String, String> parameters) {
    enum Status {
        PASSED, FAILED, NOT_EVALUATED
    }

    static JudgedTest of(String module, JsonNode result) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (JsonNode parameter : result.path("parameters")) {
            parameters.put(parameter.path("name").asText(), parameter.path("value").asText());
        }
        return new JudgedTest(module, result.path("name").asText(), status(result.path("status").asText()),
                result.at("/statusDetails/message").asText(), label(result, "epic").orElse("Other tests"),
                label(result, "feature").orElse(module),
                result.path("stop").asLong() - result.path("start").asLong(), parameters);
    }

    /** A test that broke is a test that failed: nobody knows what it would have said. */
    private static Status status(String allure) {
        return switch (allure) {
            case "passed" -> Status.PASSED;
            case "skipped" -> Status.NOT_EVALUATED;
            default -> Status.FAILED;
        };
    }

    private static Optional<String> label(JsonNode result, String name) {
        for (JsonNode label : result.path("labels")) {
            if (label.path("name").asText().equals(name)) {
                return Optional.of(label.path("value").asText());
            }
        }
        return Optional.empty();
    }

    boolean passed() {
        return status == Status.PASSED;
    }

    boolean failed() {
        return status == Status.FAILED;
    }

    boolean missed() {
        return status == Status.NOT_EVALUATED;
    }
}
