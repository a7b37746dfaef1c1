package rwkvms.cli;

import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.sidecar.Finding;
import rwkvms.sidecar.FindingCode.Severity;
import rwkvms.sidecar.FindingCode;
import rwkvms.sidecar.ValidationReport;

/**
 * The findings about a sidecar as SARIF 2.1.0, which code hosts show beside a file: one run, a rule a finding code, a result a
 * finding, with the byte where it stands.
 */
final class SarifLog {
    private static final String SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

    private SarifLog() {
    }

    static ObjectNode of(ValidationReport report) {
        ObjectNode log = JsonNodeFactory.instance.objectNode().put("$schema", SCHEMA).put("version", "2.1.0");
        ObjectNode run = log.putArray("runs").addObject();
        ObjectNode driver = run.putObject("tool").putObject("driver").put("name", "rwkv-ms-gate").put("version",
                GateVersion.text());
        List<FindingCode> codes = report.findings().stream().map(Finding::code).distinct().sorted().toList();
        ArrayNode rules = driver.putArray("rules");
        for (FindingCode code : codes) {
            ObjectNode rule = rules.addObject().put("id", code.name());
            rule.putObject("shortDescription").put("text", code.description());
            rule.putObject("defaultConfiguration").put("level", level(code.severity()));
        }
        String uri = uri(report.path());
        run.putArray("artifacts").addObject().putObject("location").put("uri", uri);
        ArrayNode results = run.putArray("results");
        for (Finding finding : report.findings()) {
            ObjectNode result = results.addObject().put("ruleId", finding.code().name())
                    .put("ruleIndex", codes.indexOf(finding.code())).put("level", level(finding.severity()));
            result.putObject("message").put("text", finding.message());
            ObjectNode place = result.putArray("locations").addObject();
            ObjectNode physical = place.putObject("physicalLocation");
            physical.putObject("artifactLocation").put("uri", uri).put("index", 0);
            if (finding.byteOffset() != Finding.NOWHERE) {
                physical.putObject("region").put("byteOffset", finding.byteOffset());
            }
            place.putArray("logicalLocations").addObject().put("name", finding.place());
        }
        run.putObject("properties").put("omitted", report.omitted());
        return log;
    }

    private static String level(Severity severity) {
        return severity == Severity.ERROR ? "error" : "warning";
    }

    /** Relative to the folder the gate was started in, where it lies below: then it means the same on other machines. */
    private static String uri(Path file) {
        Path near = Reproduce.fromHere(file);
        if (near.isAbsolute()) {
            return near.toUri().toString();
        }
        String path = near.toAbsolutePath().toUri().getRawPath()
                .substring(Path.of("").toAbsolutePath().toUri().getRawPath().length());
        // A colon in front of every slash would make a scheme of what stands before it.
        return path.matches("[^/]*:.*") ? "./" + path : path;
    }
}
