package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.WholeFile;
import rwkvms.health.Finding;
import rwkvms.health.Finding.Failed;
import rwkvms.health.Finding.NotEvaluated;
import rwkvms.health.Finding.Passed;
import rwkvms.health.HealthCheck;
import rwkvms.health.HealthCheck.Report;
import rwkvms.health.HealthJson;
import rwkvms.health.HealthSettings;
import rwkvms.report.MarkdownSummary;
import rwkvms.report.Page;
import rwkvms.report.PageReport;
import rwkvms.report.Verdict;

/** {@code gate health}: whether a live server runs its sidecar as it must. */
@Command(name = "health", description = {
        "Checks a live server that runs a sidecar: model, answers, slots, clients, log.",
        "Nothing else may use the server meanwhile: there is one slot."})
final class HealthCommand implements Callable<Integer> {
    private static final double MILLIS = 1000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--server-log", paramLabel = "FILE", required = true, description = "Log of the running server.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path log;

    @Option(names = "--slot-save-path", paramLabel = "DIR", description = "The server's slot folder; without it no slot is checked.")
    private @Nullable Path slots;

    @Option(names = "--base-gguf", paramLabel = "GGUF", description = "The base model, for its SHA-256.")
    private @Nullable Path base;

    @Option(names = "--sidecar", paramLabel = "GGUF", description = "The sidecar, for the SHA-256 that it names.")
    private @Nullable Path sidecar;

    @Option(names = "--trace", paramLabel = "JSON", description = "A reference trace, repeated greedily.")
    private @Nullable Path trace;

    @Option(names = "--clients", paramLabel = "N", description = "Clients that ask at once. Default: ${DEFAULT-VALUE}")
    private int clients = 4;

    @Option(names = "--output", paramLabel = "FILE", description = "Writes the JSON there too.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        int most = 256;
        ServerOptions.require(spec, clients >= 1 && clients <= most,
                "--clients: expected 1 to " + most + ", found " + clients);
        URI url = server.url(spec);
        Duration timeout = server.timeout(spec);
        Duration limit = server.limit(spec);
        HealthSettings settings = new HealthSettings(url, server.key(spec), server.model(), readable(trace),
                readable(base),
                readable(sidecar), InputFiles.readable(log), Optional.ofNullable(slots), timeout, limit, clients);
        Report report = HealthCheck.run(settings);
        ObjectNode json = HealthJson.of(settings, report, Instant.now()).put("reproduce", reproduce(settings));
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            print(report, spec.commandLine().getOut());
        }
        if (output != null) {
            WholeFile.write(output, channel -> channel.write(StandardCharsets.UTF_8.encode(json + "\n")));
        }
        Path folder = common.report();
        if (folder != null) {
            PageReport.write(folder, "gate health", pages(report), markdown(report), json.toString());
        }
        return report.ok() ? Verdict.PASSED : Verdict.FAILED;
    }

    private static Optional<Path> readable(@Nullable Path file) throws IOException {
        return file == null ? Optional.empty() : Optional.of(InputFiles.readable(file));
    }

    private String reproduce(HealthSettings settings) {
        Reproduce line = new Reproduce("health").with("--base-url", settings.baseUrl());
        server.keyFile().ifPresent(file -> line.with("--api-key-file", Reproduce.fromHere(file)));
        settings.model().ifPresent(name -> line.with("--model", name));
        line.with("--server-log", Reproduce.fromHere(settings.serverLog()));
        settings.slotFolder().ifPresent(file -> line.with("--slot-save-path", Reproduce.fromHere(file)));
        settings.base().ifPresent(file -> line.with("--base-gguf", Reproduce.fromHere(file)));
        settings.sidecar().ifPresent(file -> line.with("--sidecar", Reproduce.fromHere(file)));
        settings.trace().ifPresent(file -> line.with("--trace", Reproduce.fromHere(file)));
        return line.toString();
    }

    private static void print(Report report, PrintWriter out) {
        for (Finding finding : report.findings()) {
            out.printf(Locale.ROOT, "%-13s  %-18s  %6.2f s  %s%n", word(finding), finding.name(),
                    finding.took().toMillis() / MILLIS, text(finding));
        }
        out.println(summary(report));
    }

    private static String summary(Report report) {
        long passed = report.findings().stream().filter(finding -> finding.outcome() instanceof Passed).count();
        long failed = report.findings().stream().filter(Finding::failed).count();
        return (report.ok() ? "passed" : "FAILED") + ": " + passed + " of " + (passed + failed) + " checks of "
                + report.baseUrl() + ", " + (report.findings().size() - passed - failed) + " not evaluated";
    }

    private static String word(Finding finding) {
        return switch (finding.outcome()) {
            case Passed() -> "passed";
            case Failed(String reason) -> "FAILED";
            case NotEvaluated(String reason) -> "not evaluated";
        };
    }

    private static String text(Finding finding) {
        return switch (finding.outcome()) {
            case Passed() -> String.join(", ", finding.facts());
            case Failed(String reason) -> reason;
            case NotEvaluated(String reason) -> reason;
        };
    }

    private static List<Page> pages(Report report) {
        List<Page> pages = new ArrayList<>();
        for (Finding finding : report.findings()) {
            List<List<String>> rows = new ArrayList<>(List.of(List.of("server", report.baseUrl())));
            finding.facts().forEach(fact -> rows.add(List.of("fact", fact)));
            pages.add(new Page(finding.name(), Page.table(rows), List.of(), "", switch (finding.outcome()) {
                case Passed() -> new Page.Passed();
                case Failed(String reason) -> new Page.Failed(reason);
                case NotEvaluated(String reason) -> new Page.Skipped(reason);
            }));
        }
        return pages;
    }

    private static String markdown(Report report) {
        StringBuilder text = new StringBuilder("# Health of a live server\n\n").append(summary(report))
                .append("\n\n| result | check | what was found |\n|---|---|---|\n");
        for (Finding finding : report.findings()) {
            text.append("| ").append(word(finding)).append(" | ").append(finding.name()).append(" | ")
                    .append(MarkdownSummary.escaped(text(finding))).append(" |\n");
        }
        return text.toString();
    }
}
