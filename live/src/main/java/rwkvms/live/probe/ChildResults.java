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
import rwkvms.diagnosis.Diagnosis;
import rwkvms.report.DiagnosisReport;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;

/**
 * The results that a {@link ProbeChild} left.
 *
 * @param results  one per check that ended, and one for the check in which the child died
 * @param diagnoses what the golden cases that failed have in common
 * @param obstacle why there are none: the library could not be loaded or the child not started
 */
record ChildResults(List<Entry> results, List<Diagnosis> diagnoses, Optional<String> obstacle) {
    /** The field of the line that the child writes before it loads the library. */
    static final String LOADING = "loading";
    /** The field of the line that it writes after that. */
    static final String LOADED = "loaded";
    /** The field of the reason if the library cannot be loaded. */
    static final String UNLOADABLE = "unloadable";
    /** The field of the reasons why a pass says little. */
    static final String MISTRUSTED = "mistrusted";
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
            return new ChildResults(List.of(), List.of(), obstacle);
        }
        List<Entry> results = new ArrayList<>();
        List<Diagnosis> diagnoses = new ArrayList<>();
        Optional<String> begun = Optional.empty();
        for (JsonNode json : lines) {
            if (json.has("begin")) {
                begun = Optional.of(json.path("begin").textValue());
            } else if (json.has("end")) {
                begun = Optional.empty();
                results.add(new Entry(json.path("end").textValue(), outcome(json)));
            } else {
                diagnoses.addAll(DiagnosisReport.read(json));
            }
        }
        if (begun.isPresent() || !run.succeeded()) {
            String next = results.size() < labels.size() ? labels.get(results.size()) : END;
            results.add(new Entry(begun.orElse(next), new Outcome.Failed(Death.words(run))));
        }
        return new ChildResults(results, diagnoses, Optional.empty());
    }

    private static Outcome outcome(JsonNode json) {
        String missed = json.path("not_evaluated").textValue();
        if (missed != null) {
            return new Outcome.NotEvaluated(missed);
        }
        List<String> problems = texts(json.path("problems"));
        return problems.isEmpty()
                ? new Outcome.Passed(texts(json.path(MISTRUSTED)))
                : new Outcome.Failed(problems);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.textValue()));
        return texts;
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
