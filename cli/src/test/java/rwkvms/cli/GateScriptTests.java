package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** The script {@code gate}, in a checkout that is already built, with a JDK that only shows what it is given. */
final class GateScriptTests extends OnBuiltCheckout {
    @Test
    void argumentsPassThrough() throws Exception {
        GateRun run = checkout.gate("check", "--fixture", "a file with blanks", "");

        assertThat(run.code()).isZero();
        assertThat(run.lines()).contains("-Drwkvms.root=" + checkout.root()).endsWith("-jar",
                checkout.path("cli/target/gate.jar").toString(), "check", "--fixture", "a file with blanks", "");
    }

    /** The gate ends with 80 and 81 instead of 0 and 1 if the script waits for it. */
    @ParameterizedTest
    @CsvSource({"80,0", "2,2", "64,64", "81,1", "129,129", "130,130", "137,137", "143,143"})
    void exitCodesOfTheGate(int java, int gate) throws Exception {
        checkout.javaDoes("[ \"$GATE_PASSED\" = 80 ] || exit 99; exit " + java);

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(gate);
        assertThat(run.lines()).endsWith("check");
    }

    /** Even C's _exit in a library makes no pass. */
    @Test
    void aProcessThatALibraryEndedIsNoPass() throws Exception {
        checkout.javaDoes("exit 0");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).last()
                .isEqualTo("gate: a library ended the process before the verdict; nothing was judged");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 126, 127, 255})
    void exitCodesOfAJvmThatDidNotStart(int java) throws Exception {
        checkout.javaDoes("exit " + java);

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).last().isEqualTo("gate: " + folder.resolve("jdk/bin/java") + " did not start or gave up"
                + " (it ended with " + java + "), see above; nothing was judged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ABRT", "SEGV"})
    void aJvmThatCrashes(String signal) throws Exception {
        checkout.javaDoes("kill -" + signal + " $$");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).contains("gate: the JVM crashed, see above");
    }

    /** The program is not for this processor. */
    @Test
    void aJvmThatCannotBeRun() throws Exception {
        Files.writeString(folder.resolve("jdk/bin/java"), "\0");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).last().asString().endsWith("see above; nothing was judged");
    }

    @Test
    void aLinkToTheScriptFindsTheCheckout() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.path("gate"));

        assertThat(checkout.with("LINK", link.toString()).shell("sh \"$LINK\" check").lines())
                .contains("-Drwkvms.root=" + checkout.root());
    }

    @Test
    void aSearchPathOfTheShellDoesNotLeadElsewhere() throws Exception {
        Files.createDirectories(folder.resolve("elsewhere/a checkout"));

        GateRun run = checkout.with("CDPATH", folder.resolve("elsewhere").toString())
                .shell("sh 'a checkout/gate' check");

        assertThat(run.lines()).contains("-Drwkvms.root=" + checkout.root());
        assertThat(run.lines().getFirst()).startsWith("-");
    }

    @Test
    void theCacheOfClassesIsUsedWhereItIs() throws Exception {
        assertThat(checkout.gate().lines()).noneMatch(line -> line.contains("AOTCache"));
        Files.createFile(checkout.path("cli/target/gate.aot"));

        assertThat(checkout.gate().lines()).contains("-XX:AOTCache=" + checkout.path("cli/target/gate.aot"));
    }

    @Test
    void theJvmSaysNothingOnStandardOutput() throws Exception {
        assertThat(checkout.gate().lines()).contains("-Xlog:disable", "-XX:+DisplayVMOutputToStderr");
    }

    @Test
    void optionsForAnyJvmAreNotForThisOne() throws Exception {
        List<String> variables = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
                "_JAVA_LAUNCHER_DEBUG", "GGML_BACKEND_PATH");
        variables.forEach(variable -> checkout.with(variable, "-javaagent:none.jar"));
        checkout.javaDoes("env");

        assertThat(checkout.gate().lines())
                .noneMatch(line -> variables.stream().anyMatch(variable -> line.startsWith(variable + "=")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "C", "POSIX", "xx_XX.UTF-8", "fa_IR.UTF-8"})
    void pathsAreUtf8WhateverTheLocale(String locale) throws Exception {
        checkout.javaDoes("env");

        assertThat(checkout.with("LC_ALL", locale).with("LANG", locale).gate().lines()).contains("LC_ALL=C.UTF-8");
    }

    @Test
    void limitedAddressesAreDivided() throws Exception {
        assertThat(checkout.gate().lines()).noneMatch(line -> line.startsWith("-Xmx"));

        GateRun run = checkout.shell("ulimit -v 2000000; sh \"$gate\" check");

        assertThat(run.lines()).contains("-Xmx500000k", "-XX:CompressedClassSpaceSize=48m",
                "-XX:ReservedCodeCacheSize=24m");
    }

    @Test
    void tooFewAddressesAreRefused() throws Exception {
        GateRun run = checkout.shell("ulimit -v 500000; sh \"$gate\" check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).containsExactly("gate: the address space is limited to 500000 KiB (ulimit -v): expected"
                + " 900000 or more");
    }

    @Test
    void aClosedStandardOutputIsRefused() throws Exception {
        GateRun run = checkout.shell("sh \"$gate\" check >&-");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).containsExactly("gate: standard output is closed: nobody would read the verdict");
    }

    /** Otherwise a file of the gate would take their place. */
    @Test
    void otherStreamsThatAreClosedLeadNowhere() throws Exception {
        checkout.javaDoes("ls -l /proc/$$/fd");

        GateRun run = checkout.shell("sh \"$gate\" check <&- 2>&-");

        assertThat(run.code()).isZero();
        assertThat(run.lines()).anyMatch(line -> line.endsWith(" 0 -> /dev/null"))
                .anyMatch(line -> line.endsWith(" 2 -> /dev/null"));
    }

    @Test
    void standardInputPassesThrough() throws Exception {
        checkout.javaDoes("cat");

        assertThat(checkout.shell("echo words | sh \"$gate\" check").lines()).endsWith("check", "words");
    }

    /** The JVM gets SIGTERM for every signal: the shell starts it with interrupts ignored. */
    @ParameterizedTest
    @CsvSource({"TERM,15,143", "INT,2,130", "HUP,1,129"})
    void aSignalReachesTheGateWhichPutsItsFilesAway(String signal, int number, int code) throws Exception {
        if (ignored(number)) {
            throw new TestAbortedException("NOT EVALUATED: this build was started with SIG" + signal
                    + " ignored, as by nohup, and no shell can take that back");
        }
        checkout.javaDoes("""
                trap 'kill "$!"; echo put away; exit 143' TERM
                sleep 20 &
                echo ready
                wait
                """);
        Process gate = checkout.start("serve");
        try (BufferedReader out = gate.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.lines().anyMatch("ready"::equals)).isTrue();
            shell("kill", "-" + signal, String.valueOf(gate.pid()));

            assertThat(out.readLine()).isEqualTo("put away");
            assertThat(gate.waitFor()).isEqualTo(code);
        }
    }

    /** Whether this process ignores a signal, and with it every process that it starts. */
    private static boolean ignored(int signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status) && Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> (signal - 1) & 1) == 1);
    }

    private static void shell(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void aReleaseRunsItsOwnJarOnItsOwnLibraries() throws Exception {
        checkout.write("gate.jar", "PK\5\6" + ".".repeat(17));

        GateRun run = checkout.gate("check");

        assertThat(run.lines()).contains("-Drwkvms.root=" + checkout.root()).endsWith(
                "-Drwkvms.native=" + checkout.path("lib"), "-jar", checkout.path("gate.jar").toString(), "check");
    }

    /** A release is not built, even if sources stand beside it. */
    @Test
    void aReleaseIsNeverBuilt() throws Exception {
        checkout.write("gate.jar", "PK\5\6" + ".".repeat(17));
        checkout.write("native/src/main/cpp/scan.cpp", "-=");

        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).isEmpty();
    }

    @Test
    void aJarOfAReleaseThatIsCutShort() throws Exception {
        checkout.write("gate.jar", "PK\3\4 the rest is missing");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).containsExactly("gate: " + checkout.path("gate.jar")
                + ": expected a whole jar, found one that is cut short or damaged; unpack the release again");
    }

    @Test
    void whatIsNeitherCheckoutNorRelease() throws Exception {
        Files.delete(checkout.path("cli/src/main/sh/sources"));

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).containsExactly("gate: " + checkout.root() + ": expected a checkout or an unpacked"
                + " release, found neither gate.jar nor cli/src/main/sh/sources");
    }
}
