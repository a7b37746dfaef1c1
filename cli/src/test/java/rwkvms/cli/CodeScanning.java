package rwkvms.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What GitHub's code scanning requires of a SARIF file, by its published page "SARIF support for code scanning": properties marked
 * as required, which may not be empty, lengths, and the numbers above which a file is rejected.
 */
final class CodeScanning {
    private static final int MAX_GZIP = 10_000_000;
    private static final int MAX_RUNS = 20;
    private static final int MAX_RESULTS = 25_000;
    private static final int MAX_RULES = 25_000;
    private static final int MAX_LOCATIONS = 1_000;
    private static final int MAX_TAGS = 20;
    private static final int MAX_DESCRIPTION = 1_024;
    private static final Set<String> LEVELS = Set.of("note", "warning", "error");
    private static final Set<String> PRECISIONS = Set.of("very-high", "high", "medium", "low");
    private static final Set<String> SEVERITIES = Set.of("error", "warning", "recommendation");

    private final List<String> problems = new ArrayList<>();

    private CodeScanning() {
    }

    /** Returns what it would reject or not show. */
    static List<String> problems(JsonNode log) {
        CodeScanning rules = new CodeScanning();
        rules.log(log);
        return rules.problems;
    }

    private void log(JsonNode log) {
        text(log, "/$schema", Integer.MAX_VALUE);
        require(log.path("version").asText().equals("2.1.0"), "version");
        require(gzip(log) <= MAX_GZIP, "size");
        require(!log.path("runs").isEmpty(), "/runs");
        atMost(log.path("runs"), MAX_RUNS, "runs");
        log.path("runs").forEach(this::run);
    }

    private void run(JsonNode run) {
        text(run, "/tool/driver/name", Integer.MAX_VALUE);
        JsonNode rules = run.at("/tool/driver/rules");
        require(rules.isArray(), "/tool/driver/rules");
        require(run.path("results").isArray(), "/results");
        atMost(rules, MAX_RULES, "rules");
        atMost(run.path("results"), MAX_RESULTS, "results");
        rules.forEach(this::rule);
        require(new HashSet<>(rules.findValuesAsText("id")).size() == rules.size(), "a rule twice");
        Set<String> alerts = new HashSet<>();
        for (JsonNode result : run.path("results")) {
            result(result, rules);
            require(alerts
                    .add(result.path("ruleId").asText() + result.at("/partialFingerprints/primaryLocationLineHash")),
                    "two results of one fingerprint");
        }
    }

    private void rule(JsonNode rule) {
        text(rule, "/id", 255);
        text(rule, "/shortDescription/text", MAX_DESCRIPTION);
        text(rule, "/fullDescription/text", MAX_DESCRIPTION);
        text(rule, "/help/text", Integer.MAX_VALUE);
        oneOf(rule, "/defaultConfiguration/level", LEVELS);
        oneOf(rule, "/properties/precision", PRECISIONS);
        oneOf(rule, "/properties/problem.severity", SEVERITIES);
        atMost(rule.at("/properties/tags"), MAX_TAGS, "tags");
    }

    private void result(JsonNode result, JsonNode rules) {
        text(result, "/message/text", MAX_DESCRIPTION);
        oneOf(result, "/level", LEVELS);
        JsonNode rule = rules.path(result.path("ruleIndex").asInt(-1));
        require(rule.path("id").equals(result.path("ruleId")), "ruleIndex");
        text(result, "/partialFingerprints/primaryLocationLineHash", Integer.MAX_VALUE);
        require(!result.path("locations").isEmpty(), "/locations");
        atMost(result.path("locations"), MAX_LOCATIONS, "locations");
        result.path("locations").forEach(this::location);
    }

    private void location(JsonNode location) {
        String uri = text(location, "/physicalLocation/artifactLocation/uri", Integer.MAX_VALUE);
        require(!uri.startsWith("../") && !uri.contains("/../") && !uri.contains(" ") && !uri.contains("\\"),
                "uri " + uri);
        JsonNode region = location.at("/physicalLocation/region");
        for (String name : new String[]{"startLine", "startColumn", "endLine", "endColumn"}) {
            require(region.path(name).isInt() && region.path(name).intValue() >= 1, "/region/" + name);
        }
        require(region.path("endLine").asInt() > region.path("startLine").asInt()
                || region.path("endColumn").asInt() > region.path("startColumn").asInt(), "an empty region");
    }

    private String text(JsonNode node, String pointer, int max) {
        String text = node.at(pointer).asText();
        require(node.at(pointer).isTextual() && !text.isBlank() && text.length() <= max, pointer);
        return text;
    }

    private void oneOf(JsonNode node, String pointer, Set<String> values) {
        require(values.contains(node.at(pointer).asText()), pointer);
    }

    private void atMost(JsonNode array, int max, String what) {
        require(array.size() <= max, "more " + what + " than " + max);
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            problems.add(what);
        }
    }

    private static int gzip(JsonNode log) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(log.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("in memory", e);
        }
        return bytes.size();
    }
}
