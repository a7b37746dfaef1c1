package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.FileFailure;
import rwkvms.health.Finding.Failed;
import rwkvms.health.Finding.NotEvaluated;
import rwkvms.health.Finding.Passed;
import rwkvms.health.Probe;
import rwkvms.health.PromptRun;
import rwkvms.health.PromptRun.Row;
import rwkvms.health.PromptSuite;
import rwkvms.health.PromptSuite.Prompt;
import rwkvms.health.Traces;
import rwkvms.report.Verdict;

/** {@code gate prompts}: a suite of prompts, asked and judged. */
@Command(name = "prompts", description = {"Asks a live server the prompts of a file and judges its answers.",
        "The file has JSON objects, a line each or in an array, with prompt or messages, and maybe id, system and expect: "
                + "equals, contains, not_contains, matches, json, json_keys, min_words, max_words. "
                + "Any other text has a prompt a line.",
        "Exit code 0: all were answered and nothing that is expected is missing; 1: an answer is not as expected; 2: the "
                + "server did not answer a prompt, or nothing is expected of any answer."})
final class PromptsCommand implements Callable<Integer> {
    private static final String NOTHING_JUDGED = "nothing was judged: nothing is expected of any answer";
    private static final PromptRun.Settings GREEDY = PromptRun.Settings.GREEDY;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "FILE", description = "The suite.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path file;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}")
    private int most = GREEDY.most();

    @Option(names = "--temperature", paramLabel = "T", description = "0 is greedy. Default: ${DEFAULT-VALUE}")
    private double temperature = GREEDY.temperature();

    @Option(names = "--top-p", paramLabel = "P", description = "Default: ${DEFAULT-VALUE}")
    private double topP = GREEDY.topP();

    @Option(names = "--top-k", paramLabel = "K", description = "Default: ${DEFAULT-VALUE}")
    private int topK = GREEDY.topK();

    @Option(names = "--repeat-penalty", paramLabel = "X", description = "Default: ${DEFAULT-VALUE}")
    private double repeatPenalty = GREEDY.repeatPenalty();

    @Option(names = "--seed", paramLabel = "N", description = "Not sent where it is negative. Default: ${DEFAULT-VALUE}")
    private int seed = GREEDY.seed();

    @Option(names = "--limit", paramLabel = "N", description = "Asks the first N prompts; 0: all.")
    private int limit;

    @Option(names = "--output", paramLabel = "FILE", description = "Writes each request and answer there, a JSON object a line.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        ServerOptions.require(spec, most >= 1, "--max-tokens: expected at least 1, found " + most);
        ServerOptions.require(spec, limit >= 0, "--limit: expected at least 0, found " + limit);
        Duration timeout = server.timeout(spec);
        Duration whole = server.limit(spec);
        List<Prompt> prompts = FileFailure.reading(file, () -> PromptSuite.read(InputFiles.readable(file))).prompts();
        List<Prompt> asked = limit == 0 ? prompts : prompts.subList(0, Math.min(limit, prompts.size()));
        List<Row> rows = new ArrayList<>();
        try (Probe probe = new Probe(server.url(spec), server.key(spec), timeout, whole);
                Writer out = output == null ? Writer.nullWriter() : Files.newBufferedWriter(output)) {
            PromptRun run = new PromptRun(probe, Traces.model(probe, server.model()), UUID.randomUUID().toString(),
                    new PromptRun.Settings(most, temperature, topP, topK, repeatPenalty, seed));
            for (Prompt prompt : asked) {
                Row row = run.ask(prompt);
                rows.add(row);
                out.write(row.row() + "\n");
                out.flush();
                print(row);
            }
        }
        return finish(rows);
    }

    private void print(Row row) {
        if (!common.json()) {
            PrintWriter out = spec.commandLine().getOut();
            out.printf(Locale.ROOT, "%-8s  %s%s%n", word(row), row.id(),
                    row.outcome() instanceof Failed(String reason) ? ": " + reason : "");
            out.flush();
        }
    }

    private static String word(Row row) {
        return switch (row.outcome()) {
            case Passed() -> "passed";
            case Failed(String reason) -> row.answered() ? "FAILED" : "NO ANSWER";
            case NotEvaluated(String reason) -> "answered";
        };
    }

    private Integer finish(List<Row> rows) throws IOException {
        Map<String, List<String>> problems = new LinkedHashMap<>();
        Map<String, String> missed = new LinkedHashMap<>();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode errors = JsonNodeFactory.instance.arrayNode();
        long unanswered = rows.stream().filter(row -> !row.answered()).count();
        long failed = rows.stream().filter(row -> row.answered() && row.outcome() instanceof Failed).count();
        long passed = rows.stream().filter(row -> row.outcome() instanceof Passed).count();
        for (Row row : rows) {
            List<String> wrong = row.outcome() instanceof Failed(String reason) ? List.of(reason) : List.of();
            problems.put(row.id(), wrong);
            wrong.forEach(problem -> errors.add(row.id() + ": " + problem));
            if (row.outcome() instanceof NotEvaluated(String reason)) {
                missed.put(row.id(), reason);
            }
        }
        boolean judged = missed.size() < rows.size();
        if (!judged) {
            errors.add(NOTHING_JUDGED);
        }
        json.put("ok", errors.isEmpty()).set("errors", errors);
        json.put("prompts", rows.size()).put("passed", passed).put("failed", failed)
                .put("unanswered", unanswered).put("not_judged", missed.size());
        PrintWriter out = spec.commandLine().getOut();
        out.println(common.json()
                ? json
                : (errors.isEmpty() ? "passed" : failed > 0 ? "FAILED" : "NOT JUDGED") + ": " + rows.size()
                        + " prompts, "
                        + passed + " as expected, " + failed + " not, " + unanswered + " without an answer, "
                        + missed.size() + " without an expectation" + (judged ? "" : "; " + NOTHING_JUDGED));
        common.leave("gate prompts", problems, missed, json);
        return unanswered > 0 || !judged
                ? Verdict.COULD_NOT_JUDGE
                : failed > 0 ? Verdict.FAILED : Verdict.PASSED;
    }
}
