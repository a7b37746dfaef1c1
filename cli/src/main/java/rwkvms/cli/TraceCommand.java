package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rwkvms.live.health.ServerClient;
import rwkvms.live.health.Trace;
import rwkvms.live.health.Traces;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** {@code gate trace}: records and compares the greedy answers of a server. */
@Command(name = "trace", description = "Records what a live server answers, or compares an answer with a record.", subcommands = {
        TraceCommand.RecordCommand.class, TraceCommand.CompareCommand.class})
final class TraceCommand extends CommandGroup {
    /** {@code gate trace record}. */
    @Command(name = "record", description = "Asks a prompt greedily and writes the answer as a reference trace.")
    static final class RecordCommand extends GateCommand {
        @Mixin
        private ServerOptions server = new ServerOptions();

        @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "What to ask.")
        private String prompt = "";

        @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of tokens of the answer. Default: ${DEFAULT-VALUE}")
        private int maxTokens = 64;

        @Option(names = "--out", paramLabel = "FILE", required = true, description = "The trace to write.")
        @SuppressWarnings("NullAway.Init") // picocli requires it
        private Path out;

        @Option(names = "--force", description = "Overwrites FILE.")
        private boolean force;

        @Override
        public Integer call() throws IOException {
            require(maxTokens >= 1, "--max-tokens: expected at least 1, found " + maxTokens);
            OutputFile.requireAbsent(out, force);
            Duration timeout = server.timeout(spec);
            ObjectNode trace;
            try (ServerClient client = new ServerClient(server.url(spec), server.key(spec), timeout,
                    server.limit(spec))) {
                trace = Traces.record(client, Traces.model(client, server.model()), prompt, maxTokens, Instant.now());
            }
            OutputFile.replace(out, trace.toPrettyString() + "\n");
            String answer = trace.path("result").path("assistant_display").asText();
            return tellDone(out,
                    (json, whole) -> json.put("out", out.toString()).put("answer", answer), (verdict, text) -> text
                            .println(out + ": recorded: " + answer.replaceAll("\\p{Cntrl}+", " ")));
        }
    }

    /** {@code gate trace compare}. */
    @Command(name = "compare", description = "Asks a trace's prompt greedily and compares the answer, blanks around it aside.")
    static final class CompareCommand extends GateCommand {
        @Mixin
        private ServerOptions server = new ServerOptions();

        @Option(names = "--trace", paramLabel = "JSON", required = true, description = "The reference trace.")
        @SuppressWarnings("NullAway.Init") // picocli requires it
        private Path file;

        @Override
        public Integer call() throws IOException {
            Duration timeout = server.timeout(spec);
            Trace trace = Trace.read(InputFiles.readable(file));
            Traces.Comparison comparison;
            try (ServerClient client = new ServerClient(server.url(spec), server.key(spec), timeout,
                    server.limit(spec))) {
                comparison = Traces.compare(client, Traces.model(client, server.model()), trace);
            }
            Entry entry = Entry.ofFile(file,
                    comparison.same() ? new Outcome.Passed() : new Outcome.Failed(comparison.difference()));
            String answer = comparison.answer();
            Verdict judged = new Verdict("gate trace compare", List.of(entry), List.of(),
                    GateVersion.provenance().withFile("trace", file), "",
                    (json, whole) -> json.put("trace", file.toString()).put("expected", trace.answer())
                            .put("answer", answer));
            return tell(judged, (verdict, text) -> text.println(file + ": "
                    + Terminal.word(entry) + ": "
                    + (entry.passed() ? "the server answers what the trace has" : entry.message())), List.of());
        }
    }
}
