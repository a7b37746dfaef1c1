package rwkvms.live.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import rwkvms.live.health.HealthCheck.Report;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.MarkdownSummary;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome.Failed;
import rwkvms.report.Outcome.NotEvaluated;
import rwkvms.report.Outcome.Passed;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * The part of a verdict that only a health check has, with the keys that the fork's health check writes and its user
 * interface reads.
 */
public record HealthDetails(HealthSettings settings, Report report, Instant time) implements Details {
    private static final double MILLIS = 1000;

    /** The verdict over all checks, which is no pass if the device that was asked for could not be found out. */
    public Verdict verdict(Provenance provenance, String reproduce) {
        List<Entry> entries = report.entries().stream().map(TimedEntry::entry).toList();
        List<Obstacle> unknown = entries.stream().filter(entry -> entry.name().equals(HealthCheck.DEVICE))
                .flatMap(entry -> entry.notEvaluated().stream())
                .map(why -> new Obstacle(HealthCheck.DEVICE,
                        "--device " + settings.device().orElse("") + ": not evaluated: "
                                + why))
                .toList();
        return new Verdict("gate health", entries, unknown, provenance, reproduce, this);
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        json.put("run_id", report.id()).put("timestamp", time.toString()).put("base_url", report.baseUrl())
                .put("root_url", report.rootUrl()).put("model", report.model());
        put(json, "base_gguf", settings.base());
        put(json, "sidecar", settings.sidecar());
        put(json, "trace", settings.trace());
        put(json, "server_log", Optional.of(settings.serverLog()));
        ObjectNode checks = json.putObject("checks");
        ArrayNode missed = json.putArray("not_evaluated");
        int passed = 0;
        for (TimedEntry timed : report.entries()) {
            Entry entry = timed.entry();
            ObjectNode check = checks.putObject(entry.name()).put("seconds", timed.took().toMillis() / MILLIS);
            switch (entry.outcome()) {
                case Passed all -> {
                    check.put("ok", true);
                    passed++;
                }
                case Failed some -> check.put("ok", false).put("error", entry.message());
                case NotEvaluated(String reason) -> {
                    check.putNull("ok").put("not_evaluated", reason);
                    missed.add(entry.name() + ": " + reason);
                }
            }
            entry.facts().forEach(check.putArray("facts")::add);
        }
        json.put("passed", passed).put("evaluated", report.entries().size() - missed.size());
    }

    private static void put(ObjectNode json, String name, Optional<Path> file) {
        json.put(name, file.map(path -> path.toAbsolutePath().normalize().toString()).orElse(null));
    }

    /** The last line of the output: how many of the checks passed. */
    public String summary(Verdict verdict) {
        int missed = verdict.notEvaluated().size();
        return verdict.passed().size() + " of " + (verdict.entries().size() - missed) + " checks of "
                + report.baseUrl() + ", " + missed + " not evaluated";
    }

    @Override
    public String markdown(Verdict verdict) {
        StringBuilder text = new StringBuilder("# Health of a live server\n\n").append(verdict.state().word())
                .append(": ").append(summary(verdict))
                .append("\n\n| result | check | what was found |\n|---|---|---|\n");
        for (Entry entry : verdict.entries()) {
            text.append("| ").append(entry.word()).append(" | ").append(entry.name()).append(" | ")
                    .append(MarkdownSummary.escaped(entry.text())).append(" |\n");
        }
        return text.toString();
    }
}
