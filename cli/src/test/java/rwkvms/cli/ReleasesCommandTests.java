package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code gate releases} with a program in the place of npm. */
final class ReleasesCommandTests {
    private static final String WHAT = "gate: npm view @node-llama-cpp/linux-x64 versions: expected npm's list, found ";

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void useNpmAgain() {
        System.clearProperty(NpmVersions.PROGRAM_PROPERTY);
    }

    private void npm(String script) throws Exception {
        Path program = Files.writeString(folder.resolve("npm"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        System.setProperty(NpmVersions.PROGRAM_PROPERTY, program.toString());
    }

    @Test
    void anUnknownReleaseIsListedWithTheLineThatMakesItKnown() throws Exception {
        npm("[ \"$*\" = 'view @node-llama-cpp/linux-x64 versions --json' ] &&"
                + " echo '[\"3.18.1\", \"3.100.0\", \"3.21.1\", \"3.19.0\", \"4.0.0-beta.1\"]'");

        GateRun run = GateRun.of("releases");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("3.19.0     llama.cpp b9842\n3.21.1     llama.cpp v0.4.0\n"
                + "3.100.0    its structs are not known; this line makes them known to the next build:"
                + " native/src/main/sh/known-layout 3.100.0\n").doesNotContain("3.18.1", "beta")
                .contains("passed: 2 known, 1 unknown");

        JsonNode json = GateRun.of("releases", "--json").json();
        assertThat(json.path("releases")).hasToString("[{\"npm\":\"3.19.0\",\"release\":\"b9842\"},"
                + "{\"npm\":\"3.21.1\",\"release\":\"v0.4.0\"},{\"npm\":\"3.100.0\",\"release\":\"\"}]");
        assertThat(json.path("reproduce").asText()).endsWith("gate releases");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            echo 'npm error code ENOTFOUND' >&2; exit 1 | exit code 1: npm error code ENOTFOUND; it needs a network
            exit 7                                      | exit code 7: it says nothing; it needs a network
            echo '<html>'                               | no JSON
            echo '[]'                                   | no version in it
            echo '{"a": "b"}'                           | no version in it
            """)
    void withoutAListNothingIsJudged(String script, String found) throws Exception {
        npm(script);
        GateRun run = GateRun.of("releases");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly(WHAT + found);
    }

    @Test
    void withoutNpmNothingIsJudged() {
        Path none = folder.resolve("none");
        System.setProperty(NpmVersions.PROGRAM_PROPERTY, none.toString());
        GateRun run = GateRun.of("releases");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly(WHAT + "no program " + none + "; install npm 9 or newer");
    }
}
