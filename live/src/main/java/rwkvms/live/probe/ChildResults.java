package rwkvms.live.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Death;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;

/**
 * The results that a {@link ProbeChild} left.
 *
 * @param results  one per check that ended, and one for the check in which the child died
 * @param obstacle why there are none: the library could not be loaded or the child not started
 */
record ChildResults(List<Entry> results, Optional<String> obstacle) {
    /** The field of the line that the child writes before it loads the library. */
    static final String LOADING = "loading";
    /** The field of the line that it writes after that. */
    static final String LOADED = "loaded";
    /** The field of the reason if the library cannot be loaded. */
    static final String UNLOADABLE = "unloadable";
    /** The name of a death after all checks. */
    private static final String END = "end of the process";

    /**
     * Reads the lines of a child that has ended.
     *
     * @param file   that the child appended to; absent if it never began
     * @param labels of the checks that the child should run
     */
    static ChildResults of(Path file, Child.Run run, List<String> labels) throws IOException {
        List<JsonNode> lines = lines(file);
        Optional<String> obstacle = obstacle(lines, run);
        if (obstacle.isPresent()) {
            return new ChildResults(List.of(), obstacle);
        }
        List<Entry> results = new ArrayList<>();
        Optional<String> begun = Optional.empty();
        for (JsonNode json : lines) {
            if (json.has("begin")) {
                begun = Optional.of(json.path("begin").textValue());
            } else if (json.has("end")) {
                begun = Optional.empty();
                List<String> problems = new ArrayList<>();
                json.path("problems").forEach(problem -> problems.add(problem.textValue()));
                String missed = json.path("not_evaluated").textValue();
                results.add(new Entry(json.path("end").textValue(),
                        missed == null ? Outcome.of(problems) : new Outcome.NotEvaluated(missed)));
            }
        }
        if (begun.isPresent() || !run.succeeded()) {
            String next = results.size() < labels.size() ? labels.get(results.size()) : END;
            results.add(new Entry(begun.orElse(next), new Outcome.Failed(Death.words(run))));
        }
        return new ChildResults(results, Optional.empty());
    }

    /** The complete lines: the child may have died while it wrote the last one. */
    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        String text = Files.exists(file) ? Files.readString(file) : "";
        ObjectMapper mapper = new ObjectMapper();
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            lines.add(mapper.readTree(line));
        }
        return lines;
    }

    private static Optional<String> obstacle(List<JsonNode> lines, Child.Run run) {
        Optional<String> stuck = ChildJvm.stuck(run);
        if (stuck.isPresent()) {
            return stuck;
        }
        if (lines.isEmpty()) {
            String said = Death.said(run);
            return Optional.of("a process for the library could not be started: " + run.ending().words()
                    + (said.isEmpty() ? "" : "; it said: " + said));
        }
        for (JsonNode line : lines) {
            if (line.has(UNLOADABLE)) {
                return Optional.of(line.path(UNLOADABLE).textValue());
            }
            if (line.has(LOADED)) {
                return Optional.empty();
            }
        }
        return Optional.of(lines.getFirst().path(LOADING).asText() + ": cannot be loaded: " + Death.words(run));
    }
}
