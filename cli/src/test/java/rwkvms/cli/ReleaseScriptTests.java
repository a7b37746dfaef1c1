package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script of {@code mvn -Prelease}, on a build of files that only have names. */
class ReleaseScriptTests {
    private static final Path SCRIPT = GateRun.ROOT.resolve("cli/src/main/sh/release");

    @TempDir
    private Path folder;
    private Path root = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void build() throws IOException {
        root = folder.resolve("a root");
        out = folder.resolve("out");
        for (String file : List.of("gate", "LICENSE", "README.md", "cli/target/gate.jar", "cli/target/bom.json",
                "native/target/cmake/lib/librwkv_ms.so", "native/target/cmake/bin/test-rwkv-ms-fixture",
                "native/src/main/cpp/include/rwkv_ms.h", "golden/data/basic/fixture.json.gz",
                "golden/data-long/tokens-64/fixture.json.gz", "golden/original/v1-basic/fixture.json.gz",
                "adapters/python/rwkv_ms_testee.py")) {
            Path path = root.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, file);
        }
    }

    private static GateRun sh(Path folder, String line) throws IOException, InterruptedException {
        return GateRun.ofProcess(folder, Map.of(), "sh", "-c", line);
    }

    private GateRun release() throws IOException, InterruptedException {
        return GateRun.ofProcess(folder, Map.of(), "sh", SCRIPT.toString(), root.toString(), "1.2", out.toString());
    }

    @Test
    void anArchiveWithSumsOfAllThatIsInIt() throws Exception {
        GateRun made = release();

        assertThat(made.code()).as("%s", made.lines()).isZero();
        Path archive = Path.of(made.lines().getLast());
        assertThat(archive.getFileName().toString()).matches("rwkv-ms-gate-1\\.2-[a-z]+-[a-z0-9_]+\\.tar\\.gz");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactlyInAnyOrder("SHA256SUMS",
                    "bom.json", archive.getFileName().toString());
        }
        assertThat(sh(out, "sha256sum --check SHA256SUMS || shasum -a 256 --check SHA256SUMS").code()).isZero();
        GateRun unpacked = sh(out, "tar -xzf *.tar.gz && cd rwkv-ms-gate-1.2-* && find . -type f | LC_ALL=C sort"
                + " && { sha256sum --check --quiet SHA256SUMS || shasum -a 256 --check SHA256SUMS; }");
        assertThat(unpacked.code()).isZero();
        assertThat(unpacked.lines()).contains("./COMMIT", "./LICENSE", "./README.md", "./SHA256SUMS",
                "./adapters/python/rwkv_ms_testee.py",
                "./bin/test-rwkv-ms-fixture",
                "./bom.json", "./gate", "./gate.jar", "./golden/data-long/tokens-64/fixture.json.gz",
                "./golden/data/basic/fixture.json.gz", "./golden/original/v1-basic/fixture.json.gz",
                "./include/rwkv_ms.h",
                "./lib/librwkv_ms.so");
    }

    private String commit() throws Exception {
        GateRun made = release();
        assertThat(made.code()).as("%s", made.lines()).isZero();
        return sh(out, "tar -xzOf *.tar.gz rwkv-ms-gate-1.2-'" + platform(made) + "'/COMMIT").lines().getFirst();
    }

    private static String platform(GateRun made) {
        return made.lines().getLast().replaceFirst(".*-1\\.2-", "").replaceFirst("\\.tar\\.gz$", "");
    }

    @Test
    void theCommitIsEmbedded() throws Exception {
        assertThat(commit()).isEqualTo("unknown");
        sh(root, "git init --quiet && echo target >.gitignore && git add . && git -c user.name=test"
                + " -c user.email=test@example.invalid commit --quiet --message=one");
        assertThat(commit()).matches("[0-9a-f]{40}");
        Files.writeString(root.resolve("LICENSE"), "edited");
        assertThat(commit()).matches("[0-9a-f]{40}-dirty");
    }

    @Test
    void withoutABuildThereIsNoRelease() throws Exception {
        Files.delete(root.resolve("cli/target/bom.json"));

        GateRun made = release();

        assertThat(made.code()).isEqualTo(2);
        assertThat(made.lines())
                .containsExactly("release: " + root.resolve("cli/target/bom.json") + " is missing, build it first");
        assertThat(out).doesNotExist();
    }
}
