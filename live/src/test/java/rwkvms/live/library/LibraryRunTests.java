package rwkvms.live.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/** Libraries that end, stall or print in their process (unruly.cpp), and the answers of their cases. */
@Timeout(120)
final class LibraryRunTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    /** The library misbehaves in the second case. */
    private static final List<String> CASES = List.of("basic", "chunk-rollover", "streaming");
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Begun before all other tests: most of its time it waits. */
    @SuppressWarnings("NullAway.Init") // set before all tests
    private static LibraryRun stalling;

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void begin(@TempDir Path own) throws IOException {
        stalling = start(unruly("call-hang", own), Duration.ofSeconds(4),
                List.of("basic", "chunk-rollover", "streaming", "chunk-rollover", "basic"), own);
    }

    @AfterAll
    static void end() {
        stalling.close();
    }

    private Path unruly(String how) throws IOException {
        return unruly(how, folder);
    }

    private static Path unruly(String how, Path folder) throws IOException {
        Path built = NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("unruly"));
        return Files.copy(built, folder.resolve(how + ".so"));
    }

    private static Calls.OfCase whole(String name) {
        return Calls.OfCase.whole(CaseFiles.in(GOLDEN.resolve(name)).orElseThrow());
    }

    private LibraryRun start(Path library, Duration limit, List<String> names) throws IOException {
        return start(library, limit, names, folder);
    }

    private static LibraryRun start(Path library, Duration limit, List<String> names, Path folder)
            throws IOException {
        List<Calls.OfCase> cases = names.stream().map(LibraryRunTests::whole).toList();
        return LibraryRun.start(library, "yours", cases, limit, Files.createDirectory(folder.resolve("work")));
    }

    private static List<String> answers(LibraryRun run) throws IOException {
        return answers(run, CASES.size());
    }

    /** The kind of each answer, or its problem. */
    private static List<String> answers(LibraryRun run, int count) throws IOException {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(switch (run.answer(i)) {
                case Answer.Tensors given -> given.tensors().names().size() > 20 ? "tensors" : "few tensors";
                case Answer.Died died -> died.problem();
                case Answer other -> other.toString();
            });
        }
        return answers;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            call-exit   | the library ended the process: exit code 0
            call-_exit  | the library ended the process: exit code 0
            call-thread | the library ended the process: exit code 0
            call-abort  | the library crashed: signal 6 (SIGABRT)
            call-segv   | the library crashed: signal 11 (SIGSEGV)
            """)
    void theCaseThatItDiedInIsTheOnlyOne(String how, String problem) throws Exception {
        try (LibraryRun run = start(unruly(how), LONG, CASES)) {
            assertThat(answers(run)).containsExactly("tensors", problem, "tensors");
            assertThat(run.problems()).isEmpty();
            assertThat(run.said()).isEmpty();
            assertThat(run.opened().provenance()).containsEntry("native.library", how + ".so");
        }
    }

    /** The setting is restored, so that the next cases are not affected: every other one is left another arithmetic. */
    @Test
    void theCaseThatItLeftAnotherArithmeticInIsTheOnlyOne() throws Exception {
        List<String> cases = List.of("basic", "chunk-rollover", "streaming", "chunk-rollover", "basic",
                "chunk-rollover", "streaming", "chunk-rollover", "basic");
        String left = "Failed[problem=the library leaves ";
        String mode = left + "another rounding mode: expected to the nearest, found ";
        try (LibraryRun run = start(unruly("call1-upward,call2-downward,call3-tozero,call4-flush"), LONG, cases)) {
            assertThat(answers(run, cases.size())).containsExactly("tensors", mode + "upward]", "tensors",
                    mode + "downward]", "tensors", mode + "toward zero]", "tensors",
                    left + "subnormal numbers flushed to zero]", "tensors");
            assertThat(run.problems()).isEmpty();
        }
    }

    @Test
    void anotherRoundingModeFromItsLoadingFailsEveryCase() throws Exception {
        try (LibraryRun run = start(unruly("load-upward"), LONG, CASES)) {
            assertThat(answers(run)).containsOnly("Failed[problem=the library leaves another rounding mode: expected to"
                    + " the nearest, found upward]");
        }
    }

    @Test
    void aTapThatIsNoTensorFailsItsCase() throws Exception {
        Path library = unruly("tap1-nothing,tap2-long,tap3-axes,tap4-type,tap5-huge,tap6-negative");
        List<String> found = List.of("found type 0, 0 dimensions and 0 bytes",
                "found type 0, 3 dimensions and 132 bytes", "found type 0, 9 dimensions and 128 bytes",
                "found type 7, 3 dimensions and 128 bytes",
                "shape [9223372036854775804, 4, 8]: dimension 0 is beyond 2147483647",
                "shape [-1, 4, 8]: dimension 0 is negative, expected at least 0");
        List<String> cases = Collections.nCopies(found.size() + 1, "basic");
        try (LibraryRun run = start(library, LONG, cases)) {
            List<String> answers = answers(run, cases.size());
            assertThat(answers).last().isEqualTo("tensors");
            assertThat(answers.subList(0, found.size())).zipSatisfy(found, (answer, each) -> assertThat(answer)
                    .startsWith("Failed[problem=rwkv_ms_tap(memory_v): ").endsWith(each + "]")
                    .doesNotContain("internal error"));
        }
    }

    /** Two such cases end the run. */
    @Test
    void aStallIsKilledAndTheRestGoesOn() throws Exception {
        String stalled = "the library stalled: did not end within 4 s and was killed";
        assertThat(answers(stalling)).containsExactly("tensors", stalled, "tensors");
        assertThat(stalling.answer(3)).isEqualTo(new Answer.Died(stalled));
        assertThat(stalling.answer(4)).isEqualTo(new Answer.NotRun());
        assertThat(stalling.problems()).singleElement().asString()
                .endsWith("call-hang.so: 1 of 5 cases were not run: the library stalled 2 times");
    }

    @Test
    void aFloodIsKilledAndTold() throws Exception {
        try (LibraryRun run = start(unruly("call-flood"), LONG, CASES)) {
            assertThat(answers(run).get(1)).startsWith("the library flooded: wrote more than 67108864 bytes and was"
                    + " killed; it said: nothing that anybody wants to read | ").hasSizeLessThan(600);
        }
    }

    @Test
    void whatItWritesIsToldAndNoMore() throws Exception {
        try (LibraryRun run = start(unruly("talk"), LONG, CASES)) {
            assertThat(answers(run)).containsExactly("tensors", "tensors", "tensors");
            assertThat(run.said()).startsWith("{\"ok\": true} | {\"ok\": true} | ").endsWith(" | a word of the library")
                    .hasSizeLessThan(500);
        }
    }

    /** A fault of the library at the process's end spoils no answer; only an unexpected exit code is reported. */
    @Test
    void anEndOfItsOwnBehindTheLastCase() throws Exception {
        try (LibraryRun run = start(unruly("load-code3"), LONG, CASES)) {
            assertThat(answers(run)).containsExactly("tensors", "tensors", "tensors");
            assertThat(run.problems()).singleElement().asString()
                    .endsWith("load-code3.so: behind the last case, the library ended the process: exit code 3");
        }
    }

    /** As on a full disk: a failed write is no result of a case, and is reported without the JVM's stack trace. */
    @Test
    void aProcessThatCannotWriteGivesNoAnswer() throws Exception {
        String why = ": its process could not go on: " + folder.resolve("work");
        String large = ".part: cannot be read or written: File too large";
        Path late = unruly("call-nowrite");
        try (LibraryRun run = start(late, LONG, CASES)) {
            assertThat(run.answer(1)).isEqualTo(new Answer.NotRun());
            assertThat(run.problems()).containsExactly("after 1 of 3 cases: " + late + why + "/answer-1" + large);
        }
        deleteWork();
        Path early = unruly("load-nowrite");
        try (LibraryRun run = start(early, LONG, CASES)) {
            assertThatExceptionOfType(IOException.class).isThrownBy(run::opened)
                    .withMessage(early + why + "/opened" + large);
        }
    }

    private void deleteWork() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("work"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"load-exit", "create-exit"})
    void whoDoesNotStartAnswersNothing(String how) throws Exception {
        Path library = unruly(how);
        try (LibraryRun run = start(library, LONG, CASES)) {
            assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(run::opened).withMessage(
                    library + ": cannot be loaded and started: the library ended the process: exit code 0");
            assertThat(run.answer(0)).isEqualTo(new Answer.NotRun());
        }
    }

    /** Runs in this process what otherwise runs in a child. */
    @Test
    void whatTheChildWrites() throws Exception {
        LibraryFolder work = new LibraryFolder(folder);
        CaseFiles broken = new CaseFiles("broken", Files.writeString(folder.resolve("no.json"), "no"),
                Optional.empty(), Optional.empty());
        CaseList.write(work.cases(), List.of(whole("basic"), whole("heads-2"), Calls.OfCase.whole(broken)));

        LibraryChild.run(NativeFiles.library().toString(), "yours", folder.toString(), "1", "1");

        assertThat(work.answer(0)).doesNotExist();
        assertThat(AnswerFile.read(work.answer(1))).isInstanceOfSatisfying(Answer.Missed.class,
                missed -> assertThat(missed.reason()).startsWith("the runtime yours does not support this sidecar: "));
        assertThat(AnswerFile.read(work.answer(2))).isInstanceOfSatisfying(Answer.Unusable.class,
                unusable -> assertThat(unusable.problem()).contains("no.json"));
        assertThat(LibraryInfo.read(work.opened()).buildInfo()).startsWith("{");

        work.clear();
        LibraryChild.run(folder.resolve("none.so").toString(), "yours", folder.toString(), "0", "1");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> LibraryInfo.read(work.opened()))
                .withMessageStartingWith(folder.resolve("none.so") + ": cannot be loaded: ");
    }
}
