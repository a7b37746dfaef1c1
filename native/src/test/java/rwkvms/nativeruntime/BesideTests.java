package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that runs a step of the build beside the steps that follow. */
class BesideTests {
    private static final Path SCRIPT = Path.of(System.getProperty("rwkvms.root"), ".mvn", "beside");
    private static final String LOG = "a folder/log";
    private static final int TERMINATED = 143;

    @TempDir
    private Path folder = Path.of("");

    private record Ended(int code, String said) {
    }

    private Ended beside(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private Ended run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    @Test
    void whatItPrintedAndHowItEndedIsToldAtItsEnd() throws Exception {
        assertThat(beside("start", LOG, "sh", "-c", "echo one; sleep 0.3; echo two >&2; exit 3"))
                .isEqualTo(new Ended(0, ""));
        assertThat(beside("end", LOG)).isEqualTo(new Ended(3, "one\ntwo\n"));
        assertThat(beside("end", LOG)).isEqualTo(new Ended(3, "one\ntwo\n"));
    }

    @Test
    void whatIsStartedAnewIsWaitedForAnew() throws Exception {
        beside("start", LOG, "sh", "-c", "echo old; exit 3");
        assertThat(beside("end", LOG).code()).isEqualTo(3);
        beside("start", LOG, "sh", "-c", "sleep 0.3; echo new");
        assertThat(beside("end", LOG)).isEqualTo(new Ended(0, "new\n"));
    }

    @Test
    void whatIsKilledHasNotPassed() throws Exception {
        beside("start", LOG, "sh", "-c", "echo begun; exec sleep 60");
        while (Files.size(folder.resolve(LOG)) == 0) {
            Thread.sleep(1);
        }
        ProcessHandle started = ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve(LOG + ".pid")).strip()))
                .orElseThrow();
        List<ProcessHandle> commands = started.descendants().toList();
        started.destroyForcibly();
        commands.forEach(ProcessHandle::destroyForcibly);
        assertThat(beside("end", LOG)).isEqualTo(new Ended(1,
                "begun\n[ERROR] what was started with " + LOG + " was killed before its end\n"));
    }

    /** An interrupted build leaves nothing that runs on. */
    @Test
    void itEndsWithItsCaller() throws Exception {
        run(List.of("sh", "-c", "sh '" + SCRIPT + "' start '" + LOG + "' sleep 60; sleep 0.1"));
        assertThat(beside("end", LOG).code()).isEqualTo(TERMINATED);
    }

    @Test
    void whatWasNeverStartedIsAnError() throws Exception {
        assertThat(beside("end", LOG)).isEqualTo(new Ended(1, "[ERROR] nothing was started with " + LOG + "\n"));
    }
}
