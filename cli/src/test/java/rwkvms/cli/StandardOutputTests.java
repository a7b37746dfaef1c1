package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A verdict that could not be written is no verdict. */
final class StandardOutputTests {
    private final List<String> tried = new ArrayList<>();
    private final StandardOutput full = new StandardOutput(new OutputStream() {
        @Override
        public void write(int one) throws IOException {
            tried.add(String.valueOf(one));
            throw new IOException("No space left on device");
        }
    });

    @Test
    void whatIsWrittenArrives() throws IOException {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        StandardOutput out = new StandardOutput(target);

        out.write("é\n".getBytes(StandardCharsets.UTF_8));
        out.write('a');
        out.flush();

        assertThat(target.toString(StandardCharsets.UTF_8)).isEqualTo("é\na");
        assertThat(out.failure()).isEmpty();
        assertThat(Gate.written(1, out)).isEqualTo(1);
    }

    @Test
    void aFailureGoesThroughTheWritersOnce() {
        PrintWriter writer = new PrintWriter(new PrintStream(full, false, StandardCharsets.UTF_8), true);

        assertThatThrownBy(() -> writer.println("{}")).isInstanceOf(StandardOutput.UnwrittenException.class)
                .hasMessageContaining("No space left on device");
        writer.println("{}");

        assertThat(tried).hasSize(1);
        assertThat(full.failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("No space left on device"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 64})
    void whateverWasJudgedItIsTwo(int code) {
        assertThatThrownBy(() -> full.write('a')).isInstanceOf(StandardOutput.UnwrittenException.class);

        assertThat(Gate.written(code, full)).isEqualTo(2);
    }

    /** Commands of every kind, help, version and usage errors. */
    @ParameterizedTest
    @CsvSource({"check --fixture none --json", "check --wrong --json", "--help", "check --help", "--version",
            "preflight --clean-env --json -- llama-server", "claims --wrong --json", "fixture verify none --json"})
    void everyCommandEnds(String line) {
        StringWriter err = new StringWriter();
        CommandLine gate = Gate.commandLine().setErr(new PrintWriter(err)).setOut(new PrintWriter(full, true));

        assertThat(Gate.written(Gate.run(gate, line.split(" ")), full)).isEqualTo(2);
        assertThat(tried).hasSize(1);
        assertThat(err.toString()).doesNotContain("\tat ");
    }
}
