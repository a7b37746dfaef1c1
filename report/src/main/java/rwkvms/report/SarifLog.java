package rwkvms.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import rwkvms.file.Sha256;

/**
 * A {@link Verdict} as SARIF 2.1.0, which code hosts show beside files: one run, one rule per code, one result per remark, with the
 * byte where it stands. What could not be judged is a notification of the tool.
 *
 * <p>It also has what GitHub's code scanning asks for beyond the standard (its page "SARIF support for code scanning"): a line and
 * columns, which a binary file lacks, a fingerprint, a help text, and no text that is empty or too long.
 */
public final class SarifLog {
    /** Characters that are shown of a text; a message that quotes a file may be longer. */
    private static final int MAX_TEXT = 1024;

    private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
    private static final int FINGERPRINT_DIGITS = 16;
    /** The rule of an entry that failed and has no remarks. */
    private static final Remark.Rule FAILED = new Remark.Rule("FAILED", "failed", "the gate found a difference",
            "The page docs/read-the-report.md explains reports.", true, List.of("gate"));

    private SarifLog() {
    }

    public static ObjectNode of(Verdict verdict) throws IOException {
        return of(verdict, root(Path.of("").toRealPath()));
    }

    /** The log with paths as seen from {@code root}, if they lie below it. */
    public static ObjectNode of(Verdict verdict, Path root) throws IOException {
        ObjectNode log = JsonNodeFactory.instance.objectNode().put("$schema", SCHEMA).put("version", "2.1.0");
        ObjectNode run = log.putArray("runs").addObject();
        ObjectNode driver = run.putObject("tool").putObject("driver").put("name", "rwkv-ms-gate").put("version",
                verdict.provenance().entries().getOrDefault("gate", "unknown"));
        List<Remark.Rule> rules = verdict.entries().stream().flatMap(entry -> remarks(entry).stream())
                .map(Remark::rule).distinct().toList();
        ArrayNode described = driver.putArray("rules");
        rules.forEach(rule -> addRule(described, rule));
        ObjectNode automation = run.putObject("automationDetails");
        ArrayNode artifacts = run.putArray("artifacts");
        ArrayNode results = run.putArray("results");
        Map<String, Integer> seen = new HashMap<>();
        for (Entry entry : verdict.entries()) {
            String uri = uri(Path.of(entry.file()), root);
            artifacts.addObject().putObject("location").put("uri", uri);
            for (Remark remark : remarks(entry)) {
                ObjectNode result = results.addObject().put("ruleId", remark.rule().code())
                        .put("ruleIndex", rules.indexOf(remark.rule())).put("level", level(remark.rule()));
                result.putObject("message").put("text", cut(remark.message()));
                addPlace(result, remark, uri, artifacts.size() - 1);
                String identity = remark.rule().code() + " " + remark.place();
                result.putObject("partialFingerprints").put("primaryLocationLineHash",
                        Sha256.of(identity).substring(0, FINGERPRINT_DIGITS) + ":"
                                + seen.merge(identity, 1, Integer::sum));
            }
        }
        automation.put("id", verdict.suite().replaceFirst("gate (\\S+).*", "$1") + "/"
                + artifacts.at("/0/location/uri").asText() + "/");
        addNotifications(run, verdict);
        run.putObject("properties").put("omitted",
                verdict.entries().stream().mapToInt(entry -> entry.details().omittedRemarks()).sum());
        return log;
    }

    private static List<Remark> remarks(Entry entry) {
        List<Remark> own = entry.details().remarks();
        return own.isEmpty()
                ? entry.reasons().stream()
                        .map(reason -> new Remark(FAILED, reason, entry.name(), OptionalLong.empty())).toList()
                : own;
    }

    private static void addRule(ArrayNode rules, Remark.Rule rule) {
        String full = rule.description() + ": " + rule.meaning();
        ObjectNode json = rules.addObject().put("id", rule.code());
        json.putObject("shortDescription").put("text", rule.description());
        json.putObject("fullDescription").put("text", full);
        json.putObject("help").put("text", full + ". " + rule.help());
        json.putObject("defaultConfiguration").put("level", level(rule));
        ArrayNode tags = json.putObject("properties").put("precision", "very-high")
                .put("problem.severity", level(rule)).putArray("tags");
        rule.tags().forEach(tags::add);
    }

    /** A binary file has no lines: code scanning shows all of it as the first one. */
    private static void addPlace(ObjectNode result, Remark remark, String uri, int artifact) {
        ObjectNode place = result.putArray("locations").addObject();
        ObjectNode physical = place.putObject("physicalLocation");
        physical.putObject("artifactLocation").put("uri", uri).put("index", artifact);
        ObjectNode region = physical.putObject("region").put("startLine", 1).put("startColumn", 1).put("endLine", 1)
                .put("endColumn", 2);
        remark.byteOffset().ifPresent(offset -> region.put("byteOffset", offset));
        place.putArray("logicalLocations").addObject().put("name", cut(remark.place()));
    }

    private static void addNotifications(ObjectNode run, Verdict verdict) {
        List<String> unjudged = verdict.state() == Verdict.State.NOT_JUDGED
                ? verdict.problems()
                : verdict.errors().stream().map(Obstacle::message).toList();
        if (!unjudged.isEmpty()) {
            ArrayNode notifications = run.putArray("invocations").addObject().put("executionSuccessful", false)
                    .putArray("toolExecutionNotifications");
            unjudged.forEach(text -> notifications.addObject().put("level", "error").putObject("message").put("text",
                    cut(text)));
        }
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
    }

    private static String level(Remark.Rule rule) {
        return rule.error() ? "error" : "warning";
    }

    /** The folder of the repository that holds {@code here}, or {@code here}: code scanning takes paths from there. */
    public static Path root(Path here) {
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve(".git"))) {
                return folder;
            }
        }
        return here;
    }

    /** Names the file itself: code scanning cannot show a symbolic link of a repository. */
    private static String uri(Path file, Path root) throws IOException {
        Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
        if (!real.startsWith(root)) {
            return real.toUri().toString();
        }
        String path = real.toUri().getRawPath().substring(root.toUri().getRawPath().length());
        // A colon before the first slash would make a scheme of what stands before it.
        return path.matches("[^/]*:.*") ? "./" + path : path;
    }
}
