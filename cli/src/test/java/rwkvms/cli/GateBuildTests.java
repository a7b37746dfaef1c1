package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code gate} never runs what was built from other sources than those of the checkout. */
final class GateBuildTests extends OnBuiltCheckout {
    private static final String BUILD = "-q -DskipTests -Dcmake.tests=OFF package -pl cli -am";
    private static final String LIBRARY = "native/target/cmake/lib/librwkv_ms.so";

    private void isBuiltOnce(GateRun run) throws IOException {
        assertThat(run.code()).as("%s", run.lines()).isZero();
        assertThat(checkout.builds()).containsExactly(BUILD);
    }

    private void isBuiltAgainFor(String file) throws Exception {
        GateRun run = checkout.gate("check");

        isBuiltOnce(run);
        assertThat(run.lines()).startsWith("gate: " + file
                + " is not what the gate was built from, building again; this takes a minute");
        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).as("and the next time it is").hasSize(1);
    }

    @Test
    void whatADeveloperBuiltIsNotBuiltAgain() throws Exception {
        GateRun run = checkout.gate("check");

        assertThat(run.code()).isZero();
        assertThat(run.lines()).endsWith("check").noneMatch(line -> line.startsWith("gate:"));
        assertThat(checkout.builds()).isEmpty();
    }

    @Test
    void theFirstUseBuilds() throws Exception {
        Files.delete(checkout.path("cli/target/gate.jar"));

        GateRun run = checkout.gate("check");

        isBuiltOnce(run);
        assertThat(run.lines()).startsWith("gate: first use, building " + checkout.path("cli/target/gate.jar")
                + "; this takes a minute");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", ".mvn/maven.config", "fixtures/pom.xml", "fixtures/src/main/java/A.java",
            "fixtures/src/main/resources/words.txt", "native/src/main/cpp/CMakeLists.txt",
            "native/src/main/cpp/scan.cpp", "native/src/main/cpp/scan.h", "native/llama.cpp/package-lock.json"})
    void anEditedSource(String source) throws Exception {
        checkout.write(source, "-=");

        isBuiltAgainFor(source);
    }

    /** Lines of shell in the checkout that change a source or a product, and the file that the gate names. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rm fixtures/src/main/java/B.java                 | fixtures/src/main/java/B.java
            mv fixtures/src/main/java/B.java fixtures/src/main/java/D.java | fixtures/src/main/java/B.java
            touch -t 202002020202 fixtures/src/main/java/C.java | fixtures/src/main/java/C.java
            rm native/target/cmake/lib/librwkv_ms.so         | native/target/cmake/lib/librwkv_ms.so
            echo another >native/target/cmake/lib/librwkv_ms.so | native/target/cmake/lib/librwkv_ms.so
            : >cli/target/gate.jar                           | cli/target/gate.jar
            """)
    void whatIsGoneNewOrAnother(String line, String file) throws Exception {
        assertThat(checkout.shell("cd \"${gate%/*}\" && " + line).code()).isZero();

        isBuiltAgainFor(file);
    }

    /** The source has its old size, too. */
    @Test
    void aSourceThatWasRestoredWithItsOldDate() throws Exception {
        checkout.writeWithOldDate("native/src/main/cpp/scan.cpp", "native/src/main/cpp/scam.cpp");

        isBuiltAgainFor("native/src/main/cpp/scan.cpp");
        assertThat(checkout.path(LIBRARY)).content().startsWith("native/src/main/cpp/scam.cpp");
    }

    /** Switching to a branch and back changes only dates. */
    @Test
    void aSourceWithAnotherDateAlone() throws Exception {
        checkout.writeWithOldDate("fixtures/src/main/java/A.java", "fixtures/src/main/java/A.java");

        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fixtures/src/test/java/ATests.java", "golden/data/basic/fixture.json", "README.md",
            "parity-tests/pom.xml", "fixtures/src/main/java/.A.java.swp", "fixtures/src/main/java/A.java~"})
    void whatIsNoSourceOfTheTool(String file) throws Exception {
        checkout.write(file, "edited");

        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).isEmpty();
    }

    private void cannotJudge(GateRun run, String last) {
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.lines()).last().isEqualTo("gate: " + last);
    }

    @Test
    void whereTheBuildFailsNothingIsJudged() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        checkout.order("fails-at-once", "");

        cannotJudge(checkout.gate("check"), "the build failed, see above; nothing was judged");
        cannotJudge(checkout.gate("check"), "the build failed, see above; nothing was judged");
    }

    /** The library was made of the edited source, the jar was not, and the source was restored. */
    @Test
    void aBuildThatFailedHalfWayLeavesNothingToRun() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        checkout.order("fails-half-way", "");
        cannotJudge(checkout.gate("check"), "the build failed, see above; nothing was judged");
        checkout.writeWithOldDate("native/src/main/cpp/scan.cpp", "native/src/main/cpp/scan.cpp");
        checkout.countermand("fails-half-way");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).isZero();
        assertThat(checkout.builds()).hasSize(2);
        assertThat(run.lines()).startsWith("gate: " + LIBRARY
                + " is not what the gate was built from, building again; this takes a minute");
    }

    @Test
    void withoutMavenItIsSaid() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        Path tools = Files.createDirectories(folder.resolve("tools"));
        for (String tool : new String[]{"sh", "find", "cksum", "sort", "wc", "cmp", "comm", "sed", "head", "mkdir",
                "rm", "flock"}) {
            Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin").resolve(tool));
        }

        cannotJudge(checkout.with("PATH", tools.toString()).gate("check"),
                "mvn is missing: install Maven 3.8.1 or newer (Debian: apt-get install maven)");
    }

    @Test
    void whereNothingCanBeWrittenItIsSaid() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        Files.createDirectory(checkout.path("target/gate-lock"));

        cannotJudge(checkout.gate("check"), checkout.root() + " was not built from the sources that stand there, and"
                + " cannot be: " + checkout.path("target") + " cannot be written");
        assertThat(checkout.builds()).isEmpty();
    }

    /** The source is edited while its old text is compiled. */
    @Test
    void anEditDuringTheBuild() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        checkout.order("during", "[ -f edited ] || echo '*=' >native/src/main/cpp/scan.cpp; touch edited");

        GateRun run = checkout.gate("check");

        assertThat(run.code()).as("%s", run.lines()).isZero();
        assertThat(checkout.builds()).hasSize(2);
        assertThat(checkout.path(LIBRARY)).content().startsWith("*=");
    }

    @Test
    void editsDuringEveryBuild() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        checkout.order("during", "echo '*=' >>native/src/main/cpp/scan.cpp");

        cannotJudge(checkout.gate("check"), "the sources in " + checkout.root()
                + " changed while they were built; run it again");
        assertThat(checkout.builds()).hasSize(2);
    }

    @Test
    void ofTwoThatStartAtOnceOneBuilds() throws Exception {
        checkout.write("native/src/main/cpp/scan.cpp", "-=");
        Process one = checkout.start("check");
        Process other = checkout.start("check");

        assertThat(one.waitFor()).isZero();
        assertThat(other.waitFor()).isZero();
        assertThat(checkout.builds()).containsExactly(BUILD);
    }

    @Test
    void theLlamaCppOfTheUsersOwnIsKept() throws Exception {
        Path library = folder.resolve("llama/build/bin/libggml.so");
        Files.createDirectories(library.getParent());
        Files.writeString(library, "");
        checkout.order("during", "echo 'RWKV_MS_LLAMA_DIR:PATH=" + folder.resolve("llama")
                + "' >native/target/cmake/CMakeCache.txt");
        checkout.maven();
        Files.delete(folder.resolve("mvn.log"));
        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).isEmpty();
        Files.setLastModifiedTime(library, FileTime.from(Instant.parse("2100-01-01T00:00:00Z")));

        assertThat(checkout.gate("check").lines()).startsWith("gate: the llama.cpp of " + folder.resolve("llama")
                + " is not what the gate was built from, building again; this takes a minute");
        assertThat(checkout.builds()).startsWith("-Dllama.dir=" + folder.resolve("llama") + " " + BUILD);
    }

    /** Otherwise a build that nobody asked for would take a device away. */
    @Test
    void theLibrariesOfDevicesAreKept() throws Exception {
        checkout.order("during", "echo 'RWKV_MS_DEVICE_LIBRARIES:STRING=/a/libggml-vulkan.so;/b/libggml-cuda.so'"
                + " >native/target/cmake/CMakeCache.txt");
        checkout.maven();
        Files.delete(folder.resolve("mvn.log"));
        checkout.write("native/src/main/cpp/scan.cpp", "-=");

        assertThat(checkout.gate("check").code()).isZero();
        assertThat(checkout.builds()).startsWith("-Ddevice.libraries=/a/libggml-vulkan.so;/b/libggml-cuda.so " + BUILD);
    }

    /** Make and javac would keep what they made of a source that is gone, or whose date is older than theirs. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            echo '-=' >native/src/main/cpp/scan.h && touch -t 202002020202 native/src/main/cpp/scan.h | fixtures/target/classes/A.class
            rm fixtures/src/main/resources/words.txt | native/target/cmake/scan.o
            rm target/gate-sources-at-begin          |
            """)
    void whatWasMadeOfOtherSourcesIsForgotten(String line, String kept) throws Exception {
        List<String> made = List.of("native/target/cmake/scan.o", "fixtures/target/classes/A.class");
        for (String file : made) {
            checkout.write(file, "");
        }
        assertThat(checkout.shell("cd \"${gate%/*}\" && " + line).code()).isZero();

        checkout.maven();

        assertThat(made).allSatisfy(file -> assertThat(Files.exists(checkout.path(file))).as(file)
                .isEqualTo(file.equals(kept)));
    }

    /** CMake refuses to work in a folder that was moved or copied from another checkout. */
    @Test
    void whatCMakeMadeOfAnotherCheckoutIsForgotten() throws Exception {
        assertThat(objectAfterABuild(folder.resolve("elsewhere"))).doesNotExist();
    }

    @Test
    void whatCMakeMadeOfThisOneIsKept() throws Exception {
        assertThat(objectAfterABuild(checkout.path("native/src/main/cpp"))).exists();
    }

    /** Builds again after CMake was configured for that folder, and returns the object that it had compiled before. */
    private Path objectAfterABuild(Path configuredFor) throws Exception {
        checkout.maven();
        checkout.write("native/target/cmake/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=" + configuredFor + "\n");
        checkout.write("native/target/cmake/scan.o", "");
        checkout.maven();
        return checkout.path("native/target/cmake/scan.o");
    }

    /** Copied libraries are large, so only their name, size and time count. */
    @Test
    void aLibraryOfTheSameSizeIsNoticed() throws Exception {
        checkout.write("native/target/cmake/lib/libggml.so", "one");
        checkout.maven();
        checkout.write("native/target/cmake/lib/libggml.so", "two");
        Files.setLastModifiedTime(checkout.path("native/target/cmake/lib/libggml.so"),
                FileTime.fromMillis(System.currentTimeMillis() - 3_600_000));

        checkout.gate("check");

        assertThat(checkout.builds()).hasSize(1);
    }
}
