package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import rwkvms.allure.JudgedTest.Status;

/**
 * What commands of the gate judged beside the build's tests, such as a device of another machine or drift: each
 * {@code verdict.json} below a folder ({@code -Drelease.verdicts=DIR}). A verdict of another commit says nothing of this build.
 */
final class VerdictFiles {
    static final String NAME = "verdict.json";

    /** Of an edited checkout nobody knows what was judged. */
    private static final Pattern CLEAN = Pattern.compile("[0-9a-f]{40,64}");

    private VerdictFiles() {
    }

    /** Returns the cases of all verdicts, and what they could not judge. */
    static List<JudgedTest> below(Path folder, String commit) throws IOException {
        List<JudgedTest> tests = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            throw new IOException("-Drelease.verdicts: " + folder + ": expected a folder, found none");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(each -> each.endsWith(NAME)).sorted().toList()) {
                tests.addAll(
                        of(folder.relativize(file).toString(), new ObjectMapper().readTree(file.toFile()), commit));
            }
        }
        if (tests.isEmpty()) {
            throw new IOException("-Drelease.verdicts: " + folder + ": expected " + NAME + " below it, found none");
        }
        return tests;
    }

    /** Returns what one verdict says; {@code name} is that of its file. */
    static List<JudgedTest> of(String name, JsonNode verdict, String commit) {
        String suite = verdict.path("suite").asText("gate");
        String its = verdict.at("/provenance/commit").asText("unknown");
        if (!its.equals(commit) || !CLEAN.matcher(commit).matches()) {
            return List.of(test(suite, name, Status.NOT_EVALUATED,
                    "expected a verdict of this build's commit, and a clean checkout, found " + its + " and "
                            + commit,
                    Map.of()));
        }
        List<JudgedTest> tests = new ArrayList<>();
        for (JsonNode each : verdict.path("cases")) {
            tests.add(ofCase(suite, each, verdict.at("/provenance/device").asText("CPU")));
        }
        for (JsonNode each : verdict.path("not_evaluated")) {
            tests.add(test(suite, each.path("case").asText() + " on " + each.path("runtime").asText(),
                    Status.NOT_EVALUATED, each.path("reason").asText(), Map.of()));
        }
        boolean ok = verdict.path("ok").asBoolean();
        tests.add(test(suite, name, ok ? Status.PASSED : Status.FAILED, ok ? "" : texts(verdict.path("errors")),
                drift(verdict.path("comparison"))));
        return tests;
    }

    private static JudgedTest ofCase(String suite, JsonNode each, String device) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("case", each.path("case").asText());
        parameters.put("runtime", each.path("runtime").asText());
        parameters.put("device", device);
        parameters.put("of limit", each.path("max_of_limit").asText());
        return test(suite, each.path("case").asText() + " on " + each.path("runtime").asText(),
                each.path("ok").asBoolean() ? Status.PASSED : Status.FAILED, texts(each.path("errors")), parameters);
    }

    private static Map<String, String> drift(JsonNode comparison) {
        return comparison.isObject()
                ? Map.of("drift: against the baseline",
                        "accuracy " + comparison.path("accuracy").asText() + " since "
                                + comparison.path("since").asText()
                                + "; tensors that drifted: " + comparison.path("drift").size()
                                + ", losses of coverage: " + comparison.path("lost").size() + ", new failures: "
                                + comparison.path("failed").size())
                : Map.of();
    }

    private static JudgedTest test(String suite, String name, Status status, String message,
            Map<String, String> parameters) {
        return new JudgedTest(suite, name, status, message, "Verdicts given beside the tests", suite, 0, parameters);
    }

    private static String texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText)
                .collect(Collectors.joining("; "));
    }
}
