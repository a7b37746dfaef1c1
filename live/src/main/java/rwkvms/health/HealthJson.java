package rwkvms.health;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.health.Finding.Failed;
import rwkvms.health.Finding.NotEvaluated;
import rwkvms.health.Finding.Passed;
import rwkvms.health.HealthCheck.Report;

/** A health check's result as JSON, with the keys that the fork's own has and its user interface reads. */
public final class HealthJson {
    private static final double MILLIS = 1000;

    private HealthJson() {
    }

    public static ObjectNode of(HealthSettings settings, Report report, Instant time) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", report.ok()).put("run_id", report.id())
                .put("timestamp", time.toString()).put("base_url", report.baseUrl())
                .put("root_url", report.rootUrl()).put("model", report.model());
        put(json, "base_gguf", settings.base());
        put(json, "sidecar", settings.sidecar());
        put(json, "trace", settings.trace());
        put(json, "server_log", Optional.of(settings.serverLog()));
        ObjectNode checks = json.putObject("checks");
        ArrayNode errors = json.putArray("errors");
        ArrayNode missed = json.putArray("not_evaluated");
        int passed = 0;
        for (Finding finding : report.findings()) {
            ObjectNode check = checks.putObject(finding.name()).put("seconds", finding.took().toMillis() / MILLIS);
            switch (finding.outcome()) {
                case Passed() -> {
                    check.put("ok", true);
                    passed++;
                }
                case Failed(String reason) -> {
                    check.put("ok", false).put("error", reason);
                    errors.add(finding.name() + ": " + reason);
                }
                case NotEvaluated(String reason) -> {
                    check.putNull("ok").put("not_evaluated", reason);
                    missed.add(finding.name() + ": " + reason);
                }
            }
            List<String> facts = finding.facts();
            facts.forEach(check.putArray("facts")::add);
        }
        json.put("passed", passed).put("evaluated", passed + errors.size());
        return json;
    }

    private static void put(ObjectNode json, String name, Optional<Path> file) {
        file.ifPresentOrElse(path -> json.put(name, path.toAbsolutePath().normalize().toString()),
                () -> json.putNull(name));
    }
}
