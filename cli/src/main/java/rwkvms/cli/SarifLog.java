package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import rwkvms.file.Sha256;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode.Kind;
import rwkvms.sidecar.validation.FindingCode.Severity;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.ValidationReport;

/**
 * The findings about a sidecar as SARIF 2.1.0, which code hosts show beside a file: one run, a rule a finding code, a result a
 * finding, with the byte where it stands.
 *
 * <p>It also has what GitHub's code scanning asks for beyond the standard (its page "SARIF support for code scanning"): a line and
 * columns, which a binary file lacks, a fingerprint, a help text, and no text that is empty or too long.
 */
final class SarifLog {
    /** Characters of a rule's description that are shown; a message of a file's own words is cut there too. */
    static final int MAX_TEXT = 1024;

    private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
    /** Digits of a fingerprint. */
    private static final int FINGERPRINT = 16;

    private SarifLog() {
    }

    static ObjectNode of(ValidationReport report) throws IOException {
        return of(report, root(Path.of("").toRealPath()));
    }

    /** With the file's path as seen from {@code root}, where it lies below. */
    static ObjectNode of(ValidationReport report, Path root) throws IOException {
        ObjectNode log = JsonNodeFactory.instance.objectNode().put("$schema", SCHEMA).put("version", "2.1.0");
        ObjectNode run = log.putArray("runs").addObject();
        ObjectNode driver = run.putObject("tool").putObject("driver").put("name", "rwkv-ms-gate").put("version",
                GateVersion.text());
        List<FindingCode> codes = report.findings().stream().map(Finding::code).distinct().sorted().toList();
        ArrayNode rules = driver.putArray("rules");
        codes.forEach(code -> addRule(rules, code));
        String uri = uri(report.path(), root);
        run.putObject("automationDetails").put("id", "sidecar/" + uri + "/");
        run.putArray("artifacts").addObject().putObject("location").put("uri", uri);
        ArrayNode results = run.putArray("results");
        Map<String, Integer> seen = new HashMap<>();
        for (Finding finding : report.findings()) {
            ObjectNode result = results.addObject().put("ruleId", finding.code().name())
                    .put("ruleIndex", codes.indexOf(finding.code())).put("level", level(finding.severity()));
            result.putObject("message").put("text", cut(finding.message()));
            addPlace(result, finding, uri);
            String identity = finding.code() + " " + finding.place();
            result.putObject("partialFingerprints").put("primaryLocationLineHash",
                    Sha256.of(identity).substring(0, FINGERPRINT) + ":" + seen.merge(identity, 1, Integer::sum));
        }
        run.putObject("properties").put("omitted", report.omitted());
        return log;
    }

    private static void addRule(ArrayNode rules, FindingCode code) {
        ObjectNode rule = rules.addObject().put("id", code.name());
        rule.putObject("shortDescription").put("text", code.description());
        rule.putObject("fullDescription").put("text", code.description() + ": " + meaning(code.kind()));
        rule.putObject("help").put("text", code.description() + ": " + meaning(code.kind())
                + ". The page docs/sidecar-findings.md has every finding with its cause.");
        rule.putObject("defaultConfiguration").put("level", level(code.severity()));
        rule.putObject("properties").put("precision", "very-high").put("problem.severity", level(code.severity()))
                .putArray("tags").add("sidecar").add(code.kind().name().toLowerCase(Locale.ROOT));
    }

    private static String meaning(Kind kind) {
        return switch (kind) {
            case MALFORMED -> "the file is broken, nobody can use it";
            case UNSUPPORTED -> "the file is sound, but beyond what the C++ runtime honours";
            case WARNING -> "everybody can use the file, but it deserves a look";
        };
    }

    /** A binary file has no lines: code scanning shows all of it as the first one. */
    private static void addPlace(ObjectNode result, Finding finding, String uri) {
        ObjectNode place = result.putArray("locations").addObject();
        ObjectNode physical = place.putObject("physicalLocation");
        physical.putObject("artifactLocation").put("uri", uri).put("index", 0);
        ObjectNode region = physical.putObject("region").put("startLine", 1).put("startColumn", 1).put("endLine", 1)
                .put("endColumn", 2);
        if (finding.byteOffset() != Finding.NOWHERE) {
            region.put("byteOffset", finding.byteOffset());
        }
        place.putArray("logicalLocations").addObject().put("name", cut(finding.place()));
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
    }

    private static String level(Severity severity) {
        return severity == Severity.ERROR ? "error" : "warning";
    }

    /** The folder of the repository that holds {@code here}, or {@code here}: code scanning takes paths from there. */
    static Path root(Path here) {
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve(".git"))) {
                return folder;
            }
        }
        return here;
    }

    /** Of the file itself: a symbolic link in a repository is no place that code scanning can show. */
    private static String uri(Path file, Path root) throws IOException {
        Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
        if (!real.startsWith(root)) {
            return real.toUri().toString();
        }
        String path = real.toUri().getRawPath().substring(root.toUri().getRawPath().length());
        // A colon in front of every slash would make a scheme of what stands before it.
        return path.matches("[^/]*:.*") ? "./" + path : path;
    }
}
