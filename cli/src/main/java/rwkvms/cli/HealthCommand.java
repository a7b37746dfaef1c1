package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rwkvms.live.health.HealthCheck.Report;
import rwkvms.live.health.HealthCheck;
import rwkvms.live.health.HealthDetails;
import rwkvms.live.health.HealthSettings;
import rwkvms.live.health.TimedEntry;
import rwkvms.report.Entry;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** {@code gate health}: checks whether a live server runs its sidecar as it must. */
@Command(name = "health", description = {
        "Checks a live server that runs a sidecar: model, answers, slots, clients, log.",
        "Nothing else may use the server meanwhile: there is one slot."})
final class HealthCommand extends GateCommand {
    private static final double MILLIS = 1000;

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--server-log", paramLabel = "FILE", required = true, description = "Log of the running server.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path log;

    @Option(names = "--slot-save-path", paramLabel = "DIR", description = "The server's slot folder; without it, slots are not checked.")
    private @Nullable Path slots;

    @Option(names = "--base-gguf", paramLabel = "GGUF", description = "The base model, for its SHA-256.")
    private @Nullable Path base;

    @Option(names = "--sidecar", paramLabel = "GGUF", description = "The sidecar, for the SHA-256 that it names.")
    private @Nullable Path sidecar;

    @Option(names = "--trace", paramLabel = "JSON", description = "A reference trace, repeated greedily.")
    private @Nullable Path trace;

    @Option(names = "--clients", paramLabel = "N", description = "Number of clients that ask at once. Default: ${DEFAULT-VALUE}")
    private int clients = 4;

    @Option(names = "--device", paramLabel = "NAME", description = "The device that the server must say that its model is computed on.")
    private @Nullable String device;

    @Option(names = "--output", paramLabel = "FILE", description = "Writes the JSON there too.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        int max = 256;
        require(clients >= 1 && clients <= max, "--clients: expected 1 to " + max + ", found " + clients);
        URI url = server.url(spec);
        Duration timeout = server.timeout(spec);
        Duration limit = server.limit(spec);
        HealthSettings settings = new HealthSettings(url, server.key(spec), server.model(), InputFiles.optional(trace),
                InputFiles.optional(base), InputFiles.optional(sidecar), InputFiles.readable(log),
                Optional.ofNullable(slots), timeout, limit, clients, Optional.ofNullable(device));
        Report report = HealthCheck.run(settings);
        HealthDetails details = new HealthDetails(settings, report, Instant.now());
        Verdict verdict = details.verdict(provenance(settings), reproduce(settings));
        if (output != null) {
            OutputFile.replace(output, VerdictJson.of(verdict, true) + "\n");
        }
        return tell(verdict, (told, out) -> print(details, told, out), List.of());
    }

    /** Returns the provenance without the base, whose hash is among the facts. */
    private static Provenance provenance(HealthSettings settings) throws IOException {
        Provenance provenance = GateVersion.provenance();
        if (settings.device().isPresent()) {
            provenance = provenance.with("device", settings.device().get());
        }
        if (settings.sidecar().isPresent()) {
            provenance = provenance.withFile("sidecar", settings.sidecar().get());
        }
        return settings.trace().isPresent() ? provenance.withFile("trace", settings.trace().get()) : provenance;
    }

    private String reproduce(HealthSettings settings) {
        return new Reproduce("health").with("--base-url", settings.baseUrl())
                .with("--api-key-file", server.keyFile().orElse(null)).with("--model", settings.model().orElse(null))
                .with("--server-log", settings.serverLog())
                .with("--slot-save-path", settings.slotFolder().orElse(null))
                .with("--base-gguf", settings.base().orElse(null)).with("--sidecar", settings.sidecar().orElse(null))
                .with("--trace", settings.trace().orElse(null)).with("--device", settings.device().orElse(null))
                .toString();
    }

    private static void print(HealthDetails details, Verdict verdict, PrintWriter out) {
        for (TimedEntry timed : details.report().entries()) {
            Entry entry = timed.entry();
            out.printf(Locale.ROOT, "%s  %-18s  %6.2f s  %s%n",
                    Terminal.word(entry, String.format(Locale.ROOT, "%-13s", entry.word())), entry.name(),
                    timed.took().toMillis() / MILLIS, entry.text());
        }
        new VerdictText(verdict, out).printSummary(details.summary(verdict));
    }
}
