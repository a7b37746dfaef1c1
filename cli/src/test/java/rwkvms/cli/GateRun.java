package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;

/** One run of the gate, in this JVM or in a process, or of another program. */
record GateRun(int code, String out, String err) {
    static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    static final Path GOLDEN = ROOT.resolve("golden/data");
    /** A command takes a second or two; one that hangs must not hold the build. */
    static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Pattern DATE = Pattern.compile("\"date\":\"[^\"]*\"");

    /** Runs the gate in this JVM. */
    static GateRun of(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        CommandLine gate = Gate.commandLine(words).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = gate.execute(words);
        gate.getOut().flush();
        gate.getErr().flush();
        return new GateRun(code, out.toString(), err.toString());
    }

    /** Returns the arguments of both arrays. */
    static Object[] with(Object[] start, Object... more) {
        return Stream.concat(Arrays.stream(start), Arrays.stream(more)).toArray();
    }

    /** Returns the main class as a process. */
    static Child java(Path work, List<String> options, Object... arguments) {
        return ChildJvm.of(Gate.class, options, Arrays.stream(arguments).map(Object::toString).toList(), work, LIMIT);
    }

    /** Runs a program to its end; after a signal it has the exit code that a shell gives. */
    static GateRun ofProcess(Child child) throws IOException, InterruptedException {
        Child.Run run = child.run();
        int code = switch (run.ending()) {
            case Ending.Exited exited -> exited.code();
            case Ending.Crashed crashed -> Ending.SIGNALLED + crashed.signal();
            case Ending.Stalled _,Ending.Flooded _ -> throw new IOException(child + ": " + run.ending().words());
        };
        return new GateRun(code, run.out(), run.err());
    }

    /** Runs a program with standard error in standard output. */
    static GateRun ofProcess(Path folder, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        List<String> together = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 2>&1", "sh"));
        together.addAll(List.of(command));
        return ofProcess(new Child(together, folder, environment, LIMIT));
    }

    /** Returns the one JSON object of standard output, which is one line and valid by its schema. */
    JsonNode json() throws JsonProcessingException {
        assertThat(out).endsWith(System.lineSeparator());
        assertThat(out.lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(out);
        assertThat(json.isObject()).isTrue();
        assertThat(VerdictSchema.problems(json)).isEmpty();
        return json;
    }

    /** Returns the same without the keys that every verdict has after its own. */
    JsonNode own() throws JsonProcessingException {
        ObjectNode json = (ObjectNode) json();
        assertThat(json.remove("verdict_version")).hasToString("1");
        return json.without(List.of("suite", "provenance", "reproduce"));
    }

    /** The same without the time of the run. */
    GateRun dateless() {
        return new GateRun(code, dateless(out), err);
    }

    /** The text of a verdict without the time of its run. */
    static String dateless(String verdict) {
        return DATE.matcher(verdict).replaceAll("\"date\":\"\"");
    }

    /** Lines of standard output. */
    List<String> lines() {
        return out.lines().toList();
    }

    /** Lines of standard error. */
    List<String> errors() {
        return err.lines().toList();
    }
}
