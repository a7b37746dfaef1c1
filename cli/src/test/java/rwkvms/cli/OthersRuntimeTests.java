package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckedCase;
import rwkvms.report.Provenance;
import rwkvms.report.VerdictJson;

/** {@code gate check --runtime LIBRARY}: judged as in this process, which no library ends. LibraryRunTests has more libraries. */
@Timeout(300)
final class OthersRuntimeTests {
    private static final Path SHIM = NativeFiles.folder().resolveSibling("shim");

    @TempDir
    private Path folder = Path.of("");

    private static Path library(String name) {
        return SHIM.resolve(System.mapLibraryName(name));
    }

    private Path unruly(String how) throws IOException {
        return Files.copy(library("unruly"), folder.resolve(how + ".so"));
    }

    private static List<CaseFiles> cases() {
        List<CaseFiles> cases = new ArrayList<>();
        for (String name : List.of("basic", "batch-mask", "heads-2", "mid-state", "step-trace", "topk-2",
                "zero-state")) {
            cases.add(CaseFiles.in(GateRun.GOLDEN.resolve(name)).orElseThrow());
        }
        cases.add(new CaseFiles("alone", cases.getFirst().fixture(), Optional.empty(), Optional.empty()));
        return cases;
    }

    private static String json(List<CheckedCase> judged) {
        return VerdictJson
                .of(new CheckDetails(List.of("any"), Tolerance.DEFAULT, judged).verdict(List.of(),
                        new Provenance(new TreeMap<>()), "any"), true)
                .toString();
    }

    /** With every figure, the first divergence, marks, notes, refusals and what was not evaluated. */
    @ParameterizedTest
    @ValueSource(strings = {"rwkv_ms_ours", "faulty_sign", "faulty_overrun"})
    void theVerdictIsThatOfThisProcess(String name) throws Exception {
        List<CheckedCase> expected = new ArrayList<>();
        String label = System.mapLibraryName(name);
        try (NativeRuntime runtime = NativeRuntime.open(label, library(name), Optional.empty(), 1)) {
            for (CaseFiles files : cases()) {
                try (GoldenCase golden = GoldenCase.open(files)) {
                    expected.add(new CheckedCase(new OwnRuntime(RuntimeChoice.named("any"), runtime, Tolerance.DEFAULT)
                            .judge(0, golden, new FixtureCheck(golden, Tolerance.DEFAULT), Calls.WHOLE).orElseThrow(),
                            "again"));
                }
            }
        }
        List<Exception> failures = new ArrayList<>();
        CheckRun run = new CheckRun(Tolerance.DEFAULT, (files, runtime) -> "again", failures::add, Optional.empty(),
                1);
        run.judge(cases().stream().map(Calls.OfCase::whole).toList(),
                List.of(RuntimeChoice.named(library(name).toString())),
                new PrintWriter(new StringWriter()));

        assertThat(failures).isEmpty();
        assertThat(run.cases()).extracting(CheckedCase::result)
                .isEqualTo(expected.stream().map(CheckedCase::result).toList());
        assertThat(json(run.cases())).isEqualTo(json(expected));
        assertThat(run.remarks()).isEmpty();
    }

    private static GateRun check(Path library, String fixture, Object... more) {
        return GateRun.of(GateRun.with(
                new Object[]{"check", "--runtime", library, "--fixture", GateRun.GOLDEN.resolve(fixture)}, more));
    }

    /** Whole, and in the smallest calls that are long enough. ProbeFaultTests has other faults of long calls. */
    @Test
    void aFaultOfLongCallsIsRepeatedByItsLine() throws Exception {
        String divergence = "features, feature_r[0, 32, 0] (token 32, layer 0)";
        Path tokens64 = GateRun.GOLDEN.resolveSibling("data-long").resolve("tokens-64");
        Object[] check = {"check", "--runtime", library("faulty_drops32"), "--fixture", tokens64};
        GateRun run = GateRun.of(GateRun.with(check, "--json"));

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.json().path("errors")).hasSize(2);
        assertThat(run.json().at("/errors/1").textValue()).startsWith("tokens-64 in chunks of 32 on "
                + library("faulty_drops32").getFileName() + ": " + divergence);
        JsonNode failed = StreamSupport.stream(run.json().path("cases").spliterator(), false)
                .filter(one -> !one.path("ok").booleanValue()).toList().getLast();
        assertThat(failed.path("reproduce").textValue()).contains(" --chunk 32 ");
        GateRun again = GateRun.of(GateRun.with(check, "--chunk", "32", "--json"));
        assertThat(again.json().path("cases")).singleElement()
                .satisfies(
                        one -> assertThat(one.path("case").textValue()).isEqualTo("tokens-64 in chunks of 32"));
        assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    }

    /** Without a fixture too: the shortest long case is in every run. */
    @Test
    void aFaultOfCallsOf64TokensIsFoundWithoutAFixture() throws Exception {
        GateRun run = inSmallCheckout("check", "--runtime", library("faulty_drops64"), "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errors()).singleElement().asString().startsWith("gate: tokens-64 on "
                + library("faulty_drops64").getFileName() + ": scan, write_routes[0, 63, 0] (token 63, layer 0)");
    }

    @Test
    void aLibraryThatExitsFailsItsCaseAndLeavesAReport() throws Exception {
        Path report = folder.resolve("report");
        GateRun run = check(unruly("call-exit"), "chunk-rollover", "--json", "--report", report);

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errors()).containsExactly(
                "gate: chunk-rollover on call-exit.so: the library ended the process: exit code 0");
        JsonNode json = run.json();
        assertThat(json.path("ok").booleanValue()).isFalse();
        assertThat(json.at("/cases/0/errors/0").textValue())
                .isEqualTo("the library ended the process: exit code 0");
        assertThat(json.path("provenance").fieldNames()).toIterable()
                .contains("native.version", "sha256 library: call-exit.so");
        assertThat(Files.readString(report.resolve("summary.md"))).contains("the library ended the process");
    }

    @Test
    void aLibraryThatEndsAsItIsLoadedIsNotJudged() throws Exception {
        Path library = unruly("load-exit");
        GateRun run = check(library, "basic", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: " + library
                + ": cannot be loaded and started: the library ended the process: exit code 0");
        assertThat(run.json().path("errors")).hasSize(1);
    }

    @Test
    void aLibraryThatTalksIsHeardOnStandardError() throws Exception {
        GateRun run = check(unruly("talk"), "basic", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(run.json().path("ok").booleanValue()).isTrue();
        assertThat(run.errors()).containsExactly("gate: talk.so wrote: {\"ok\": true} | a word of the library");
    }

    @Test
    void aStallHasItsLimit() throws Exception {
        GateRun run = check(unruly("call-hang"), "chunk-rollover", "--timeout", 4);

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errors()).containsExactly("gate: chunk-rollover on call-hang.so:"
                + " the library stalled: did not end within 4 s and was killed");
        GateRun none = check(library("rwkv_ms_ours"), "basic", "--timeout", 0);
        assertThat(none.code()).isEqualTo(64);
        assertThat(none.errors().getFirst()).isEqualTo("gate: --timeout: expected at least 1 second, found 0");
    }

    /** A crash leaves no files in the current folder. */
    @Test
    void aCrashLeavesNoFiles() throws Exception {
        Path here = Path.of("").toAbsolutePath();
        GateRun run = check(unruly("call-segv"), "chunk-rollover");

        assertThat(run.errors()).containsExactly(
                "gate: chunk-rollover on call-segv.so: the library crashed: signal 11 (SIGSEGV)");
        try (Stream<Path> files = Files.list(here)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("hs_err")
                    || name.startsWith("core") || name.startsWith("replay"));
        }
    }

    /** Runs the gate where there are a few golden cases, two of them long: what is said of all is the same. */
    private GateRun inSmallCheckout(Object... arguments) throws Exception {
        Path root = folder.resolve("checkout");
        if (!Files.exists(root)) {
            Sandbox.in(Files.createDirectory(root));
            Path data = root.resolve("golden/data");
            Files.createSymbolicLink(data.resolve("rank-16"), GateRun.GOLDEN.resolve("rank-16"));
            Files.writeString(data.resolve("cases.txt"), "rank-16\n", StandardOpenOption.APPEND);
            Path longer = data.resolveSibling("data-long");
            Files.createSymbolicLink(longer.resolve("tokens-256"),
                    GateRun.GOLDEN.resolveSibling("data-long").resolve("tokens-256"));
            Files.writeString(longer.resolve("cases.txt"), "tokens-256\n", StandardOpenOption.APPEND);
        }
        String before = System.setProperty(GoldenFolder.ROOT_PROPERTY, root.toString());
        try {
            return GateRun.of(arguments);
        } finally {
            System.setProperty(GoldenFolder.ROOT_PROPERTY, String.valueOf(before));
        }
    }

    @Test
    void aLibraryOfOneCaseIsNoPlainPass() throws Exception {
        Path library = unruly("rank16");
        GateRun all = inSmallCheckout("check", "--runtime", library, "--json");
        assertThat(all.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(all.errors()).containsExactly("gate: rank16.so: evaluated 1 of 7 cases with 33 of 247 tensors,"
                + " less than half; name what it must cover with --require FILE");
        assertThat(all.json().path("ok").booleanValue()).isFalse();
        Path list = Files.writeString(folder.resolve("list"), "rank-16\n");
        GateRun listed = inSmallCheckout("check", "--runtime", library, "--require", list);
        assertThat(listed.code()).isEqualTo(ExitCode.PASSED);
        assertThat(listed.out()).endsWith(", 5 not evaluated" + System.lineSeparator());
        GateRun one = GateRun.of("check", "--runtime", library, "--fixture", GateRun.GOLDEN.resolve("basic"),
                "--require",
                "all");
        assertThat(one.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(one.errors()).contains("gate: rank16.so: 1 required by --require all and not evaluated: basic");
        Files.writeString(list, "rank-61\n");
        assertThat(GateRun.of("check", "--require", list).errors()).containsExactly(
                "gate: " + list + ": line 1: expected a case of this check, found 'rank-61'");
    }

    /** The committed list has every golden case but those that are not evaluated. */
    @Test
    void theListOfThisRepositoryIsWhole() throws Exception {
        GateRun run = GateRun.of("check", "--runtime", "native", "--require",
                GateRun.ROOT.resolve(".ci/required-cases"),
                "--json");

        assertThat(run.errors()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(run.json().path("reproduce").textValue()).endsWith(".ci/required-cases");
        try (Stream<String> lines = Files.lines(GateRun.ROOT.resolve(".ci/required-cases"))) {
            assertThat(lines.filter(line -> !line.startsWith("#"))).hasSameSizeAs(run.json().path("cases"));
        }
    }

    @Test
    void theLimitGrowsWithTheFiles() throws Exception {
        Path large = folder.resolve("base.gguf");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(32L << 20);
        }
        CaseFiles small = new CaseFiles("small", folder.resolve("none.json"), Optional.empty(), Optional.empty());
        assertThat(OthersRuntime.limit(List.of(small))).isEqualTo(Duration.ofSeconds(60));
        assertThat(OthersRuntime.limit(
                List.of(small, new CaseFiles("large", small.fixture(), Optional.empty(), Optional.of(large)))))
                .isEqualTo(Duration.ofSeconds(62));
    }
}
