package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.checkpoint.Safetensors;
import rwkvms.pipe.ReferenceTestee;

/** {@code --runtime-command}: a program is judged as a library is. */
final class RuntimeCommandOptionTests {
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");

    @TempDir
    private Path folder = Path.of("");

    private static String reference() {
        return Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -cp '"
                + System.getProperty("java.class.path") + "' " + ReferenceTestee.class.getName();
    }

    /** A program that says hello, and then does what the shell says. */
    private String afterHello(String then) throws IOException {
        Map<String, String> hello = Map.of("status", "ok", "protocol", "1", "operations",
                "open close start end forward set_state");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<MemorySegment> parts = new Safetensors(new LinkedHashMap<>(), hello).parts();
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(parts.getFirst().byteSize()).array());
        bytes.writeBytes(parts.getFirst().toArray(ValueLayout.JAVA_BYTE));
        Path file = Files.write(folder.resolve("hello"), bytes.toByteArray());
        return "sh " + Files.writeString(folder.resolve("mine.sh"), "cat " + file + "; " + then);
    }

    @Test
    void aProgramThatIsRightPasses() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--runtime-command", reference(), "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/runtime").textValue()).isEqualTo("java");
        assertThat(run.json().at("/compared").intValue()).isEqualTo(33);
        assertThat(run.json().at("/provenance/program.name").textValue()).isEqualTo("reference over a pipe");
        assertThat(run.json().at("/provenance/program.command").textValue()).isEqualTo(reference());
        assertThat(run.json().at("/provenance/sha256 program: java").textValue()).hasSize(64);
        assertThat(run.json().at("/provenance").has("device")).isFalse();
        assertThat(run.json().at("/reproduce").textValue())
                .endsWith(" --runtime-command '" + reference().replace("'", "'\\''") + "'");
    }

    @Test
    void aProgramThatDoesNotAnswerIsNotJudged() {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--runtime-command", "sh -c 'exit 3'");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("gate: sh: hello: the program ended: exit code 3");
    }

    /** The case fails in which it ends, and the end is not hidden by more cases. */
    @Test
    void aProgramThatEndsFails() throws Exception {
        GateRun run = GateRun.of("check", "--runtime-command", afterHello("echo out of luck >&2; exit 4"), "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().at("/cases/0/errors/0").textValue()).isEqualTo(
                "the runtime failed: open: the program ended: exit code 4; it said: out of luck");
        assertThat(run.json().at("/cases")).hasSize(10);
        assertThat(run.json().at("/errors/0").textValue())
                .isEqualTo("mine.sh: 56 of 66 cases were not run: the program ended 10 times");
        assertThat(run.err()).contains("gate: mine.sh wrote: out of luck");
    }

    @Test
    void aProgramThatStallsFails() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--runtime-command",
                afterHello("exec sleep 100"), "--timeout", 1);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("open: the program stalled: gave no answer within 1 s and was killed");
    }

    @Test
    void aCommandThatCannotBeTakenApartIsRefused() {
        GateRun quote = GateRun.of("check", "--runtime-command", "sh 'x");
        assertThat(quote.code()).isEqualTo(64);
        assertThat(quote.err()).contains("--runtime-command: expected a second ', found the end of: sh 'x");
        GateRun both = GateRun.of("check", "--runtime-command", "sh x", "--runtime", "reference");
        assertThat(both.code()).isEqualTo(64);
        assertThat(both.err()).contains("expected one of --runtime and --runtime-command, found both");
    }

    /** A program need not save states, and none follows a host's memory. */
    @Test
    void aProgramIsProbed() throws Exception {
        GateRun run = GateRun.of("runtime", "probe", "--runtime-command", reference() + " save load", "--fixture",
                BASIC, "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/library").textValue()).isEqualTo("java");
        assertThat(run.json().at("/checks").intValue()).isEqualTo(21).isEqualTo(run.json().at("/run").intValue());
        assertThat(run.json().at("/results").findValuesAsText("not_evaluated"))
                .filteredOn(reason -> !reason.equals("null")).hasSize(18)
                .filteredOn("java does not offer save"::equals).hasSize(14);
        assertThat(run.json().at("/provenance/program.version").textValue()).isEqualTo("1.0");
        assertThat(run.json().at("/reproduce").textValue()).contains(" runtime probe --runtime-command '");
    }

    @Test
    void aProgramThatEndsFailsItsProbe() throws Exception {
        GateRun run = GateRun.of("runtime", "probe", "--runtime-command", afterHello("exit 4"), "--fixture", BASIC);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("golden: basic", "open: the program ended: exit code 4");
        GateRun silent = GateRun.of("runtime", "probe", "--runtime-command", "sh -c 'exit 3'", "--fixture", BASIC);
        assertThat(silent.code()).isEqualTo(2);
        assertThat(silent.err()).contains("sh: hello: the program ended: exit code 3");
    }

    @Test
    void aProbeIsOfALibraryOrOfAProgram() {
        assertThat(GateRun.of("runtime", "probe").err()).contains("Missing required parameter: 'LIBRARY'");
        GateRun both = GateRun.of("runtime", "probe", "lib.so", "--runtime-command", "sh x");
        assertThat(both.code()).isEqualTo(64);
        assertThat(both.err()).contains("expected either LIBRARY or --runtime-command, found both");
    }
}
