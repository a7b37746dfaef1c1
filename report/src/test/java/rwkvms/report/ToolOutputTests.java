package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The output of tools, and the processor's name. */
final class ToolOutputTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aToolsOutputIsTakenWhereItSucceedsAndPrints() throws IOException {
        Files.createFile(folder.resolve("one"));

        assertThat(ToolOutput.of(folder, "ls")).hasValue("one");
        assertThat(ToolOutput.of(folder, "sh", "-c", "echo; echo ' a  b '; echo c >&2")).hasValue("a  b");
        assertThat(ToolOutput.of(folder, "sh", "-c", "echo a; exit 1")).isEmpty();
        assertThat(ToolOutput.of(folder, "sh", "-c", "echo ' '")).isEmpty();
        assertThat(ToolOutput.of(folder, folder.resolve("none").toString())).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theProcessorIsCalledAsLinuxCallsIt() throws IOException {
        String name = Pattern.compile("^model name\\s*:\\s*(.*?)\\s*$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("/proc/cpuinfo"))).results().findFirst()
                .map((MatchResult line) -> line.group(1)).orElseGet(() -> System.getProperty("os.arch"));

        assertThat(Cpu.model()).isEqualTo(name);
    }
}
