package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import picocli.CommandLine;

/**
 * One call of the gate in this JVM.
 *
 * @param code exit code
 * @param out  standard output
 * @param err  standard error
 */
record GateRun(int code, String out, String err) {
    static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    static final Path GOLDEN = ROOT.resolve("golden/data");

    /** Arguments of any type, as their text. */
    static GateRun of(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine gate = Gate.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int code = gate.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        gate.getOut().flush();
        gate.getErr().flush();
        return new GateRun(code, out.toString(), err.toString());
    }

    /** Standard output as the one line with one JSON object that {@code --json} promises. */
    JsonNode json() throws JsonProcessingException {
        assertThat(out).endsWith(System.lineSeparator());
        assertThat(out.lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(out);
        assertThat(json.isObject()).isTrue();
        return json;
    }

    /** Lines of standard error. */
    List<String> errors() {
        return err.lines().toList();
    }
}
