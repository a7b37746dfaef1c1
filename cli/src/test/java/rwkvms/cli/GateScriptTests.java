package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code gate}, in a checkout that is already built, with a JDK that only shows what it is given. */
final class GateScriptTests {
    @TempDir
    private Path folder = Path.of("");

    private Path checkout = Path.of("");
    private Path jdk = Path.of("");

    @BeforeEach
    void build() throws IOException {
        checkout = Files.createDirectories(folder.resolve("a checkout"));
        jdk = Files.createDirectories(folder.resolve("jdk"));
        Files.copy(GateRun.ROOT.resolve("gate"), checkout.resolve("gate"));
        Files.createDirectories(checkout.resolve("cli/target"));
        Files.createFile(checkout.resolve("cli/target/gate.jar"));
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"none\"\nJAVA_VERSION=\"25.0.1\"\n");
        executable(jdk.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n");
    }

    @Test
    void argumentsAndExitCodePassThrough() throws Exception {
        Shell run = sh(checkout.resolve("gate"), "check", "--fixture", "a file with blanks", "");

        assertThat(run.code).isEqualTo(7);
        assertThat(run.lines).contains("-Drwkvms.root=" + checkout).endsWith("-jar",
                checkout.resolve("cli/target/gate.jar").toString(), "check", "--fixture", "a file with blanks", "");
    }

    @Test
    void aLinkToTheScriptFindsTheCheckout() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.resolve("gate"));

        assertThat(sh(link, "check").lines).contains("-Drwkvms.root=" + checkout);
    }

    @Test
    void theCacheOfClassesIsUsedWhereItIsAndNeverSpoilsTheOutput() throws Exception {
        assertThat(sh(checkout.resolve("gate")).lines).noneMatch(line -> line.contains("AOTCache"));
        Files.createFile(checkout.resolve("cli/target/gate.aot"));

        assertThat(sh(checkout.resolve("gate")).lines)
                .contains("-XX:AOTCache=" + checkout.resolve("cli/target/gate.aot"), "-Xlog:disable");
    }

    @Test
    void aReleaseRunsItsOwnJarOnItsOwnLibraries() throws Exception {
        Files.createFile(checkout.resolve("gate.jar"));

        assertThat(sh(checkout.resolve("gate"), "check").lines).contains("-Drwkvms.root=" + checkout)
                .endsWith("-Drwkvms.native=" + checkout.resolve("lib"), "-jar", checkout.resolve("gate.jar").toString(),
                        "check");
    }

    private record Shell(int code, List<String> lines) {
    }

    private Shell sh(Path script, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of("sh", script.toString()),
                        Stream.of(arguments)).toList());
        builder.environment().put("JAVA_HOME", jdk.toString());
        Process process = builder.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Shell(process.waitFor(), out.lines().toList());
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
