package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.file.FileFailure;
import rwkvms.live.health.PromptRun.Row;
import rwkvms.live.health.PromptRun;
import rwkvms.live.health.PromptSuite.Prompt;
import rwkvms.live.health.PromptSuite;
import rwkvms.live.health.ServerClient;
import rwkvms.live.health.Traces;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** {@code gate prompts}: asks a suite of prompts and judges the answers. */
@Command(name = "prompts", description = {"Asks a live server the prompts of a file and judges its answers.",
        "The file has JSON objects, one per line or in an array, with prompt or messages, and optionally id, system and "
                + "expect: equals, contains, not_contains, matches, json, json_keys, min_words, max_words. "
                + "Any other text has one prompt per line.",
        "Exit code 0: every prompt was answered, and every answer is as expected; 1: an answer is not as expected; else 2: "
                + "the server did not answer a prompt, or less than half of the answers have an expectation."})
final class PromptsCommand extends GateCommand {
    private static final String NOTHING_JUDGED = "nothing was judged: nothing is expected of any answer";
    private static final PromptRun.Settings GREEDY = PromptRun.Settings.GREEDY;

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "FILE", description = "The suite.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path file;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of tokens of an answer. Default: ${DEFAULT-VALUE}")
    private int maxTokens = GREEDY.maxTokens();

    @Option(names = "--temperature", paramLabel = "T", description = "0 is greedy. Default: ${DEFAULT-VALUE}")
    private double temperature = GREEDY.temperature();

    @Option(names = "--top-p", paramLabel = "P", description = "Default: ${DEFAULT-VALUE}")
    private double topP = GREEDY.topP();

    @Option(names = "--top-k", paramLabel = "K", description = "Default: ${DEFAULT-VALUE}")
    private int topK = GREEDY.topK();

    @Option(names = "--repeat-penalty", paramLabel = "X", description = "Default: ${DEFAULT-VALUE}")
    private double repeatPenalty = GREEDY.repeatPenalty();

    @Option(names = "--seed", paramLabel = "N", description = "Not sent if it is negative. Default: ${DEFAULT-VALUE}")
    private int seed = GREEDY.seed();

    @Option(names = "--limit", paramLabel = "N", description = "Asks only the first N prompts; 0: all.")
    private int limit;

    @Option(names = "--output", paramLabel = "FILE", description = "Writes each request and answer there, one JSON object per line.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        require(maxTokens >= 1, "--max-tokens: expected at least 1, found " + maxTokens);
        require(limit >= 0, "--limit: expected at least 0, found " + limit);
        Duration timeout = server.timeout(spec);
        Duration whole = server.limit(spec);
        List<Prompt> prompts = FileFailure.reading(file, () -> PromptSuite.read(InputFiles.readable(file))).prompts();
        List<Prompt> asked = limit == 0 ? prompts : prompts.subList(0, Math.min(limit, prompts.size()));
        List<Row> rows = new ArrayList<>();
        try (ServerClient client = new ServerClient(server.url(spec), server.key(spec), timeout, whole);
                Writer out = output == null ? Writer.nullWriter() : Files.newBufferedWriter(output)) {
            PromptRun run = new PromptRun(client, Traces.model(client, server.model()), UUID.randomUUID().toString(),
                    new PromptRun.Settings(maxTokens, temperature, topP, topK, repeatPenalty, seed));
            for (Prompt prompt : asked) {
                Row row = run.ask(prompt);
                rows.add(row);
                out.write(row.row() + "\n");
                out.flush();
                print(row);
            }
        }
        Counts counts = new Counts(rows);
        return tell(counts.verdict(GateVersion.provenance().withFile("suite", file)), counts::print, List.of());
    }

    private void print(Row row) {
        if (!common.json()) {
            PrintWriter out = spec.commandLine().getOut();
            String why = String.join("; ", row.outcome().reasons());
            out.printf(Locale.ROOT, "%s  %s%s%n", word(row), row.id(), why.isEmpty() ? "" : ": " + why);
            out.flush();
        }
    }

    private static String word(Row row) {
        Entry entry = entry(row);
        String word = entry.notEvaluated().isPresent()
                ? "answered"
                : entry.failed() && !row.answered() ? "NO ANSWER" : entry.word();
        return Terminal.word(entry, String.format(Locale.ROOT, "%-8s", word));
    }

    private static Entry entry(Row row) {
        return new Entry(row.id(), row.outcome());
    }

    /** What {@code gate prompts} adds to its verdict: how many prompts had which outcome. */
    private record Counts(List<Row> rows) implements Details {
        /** Returns the verdict; a prompt without an answer could not be judged. */
        Verdict verdict(Provenance provenance) {
            List<Obstacle> errors = new ArrayList<>();
            rows.stream().filter(row -> !row.answered()).map(PromptsCommand::entry)
                    .forEach(entry -> errors.add(new Obstacle(entry.name(), entry.name() + ": " + entry.message())));
            shortfall().ifPresent(text -> errors.add(new Obstacle("the suite", text)));
            return new Verdict("gate prompts", answered(), errors, provenance, "", this);
        }

        private List<Entry> answered() {
            return rows.stream().filter(Row::answered).map(PromptsCommand::entry).toList();
        }

        private long of(Predicate<Entry> kind) {
            return answered().stream().filter(kind).count();
        }

        private long missed() {
            return of(entry -> entry.notEvaluated().isPresent());
        }

        /** Why a suite does not pass if less than half of it is judged. */
        private Optional<String> shortfall() {
            if (2 * missed() <= rows.size()) {
                return Optional.empty();
            }
            return Optional.of(missed() == rows.size()
                    ? NOTHING_JUDGED
                    : "less than half was judged: something is expected of " + (rows.size() - missed()) + " of "
                            + rows.size() + " answers");
        }

        private int unanswered() {
            return rows.size() - answered().size();
        }

        @Override
        public void write(ObjectNode json, boolean whole) {
            json.put("prompts", rows.size()).put("passed", of(Entry::passed)).put("failed", of(Entry::failed))
                    .put("unanswered", unanswered()).put("not_judged", missed());
        }

        void print(Verdict verdict, PrintWriter out) {
            new VerdictText(verdict, out).printSummary(rows.size() + " prompts, " + of(Entry::passed)
                    + " as expected, " + of(Entry::failed) + " not, " + unanswered() + " without an answer, " + missed()
                    + " without an expectation" + shortfall().map(text -> "; " + text).orElse(""));
        }
    }
}
