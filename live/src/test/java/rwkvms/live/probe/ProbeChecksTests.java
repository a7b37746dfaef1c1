package rwkvms.live.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.live.fork.ForkCases;
import rwkvms.nativeruntime.Exports;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.sidecar.synthesis.SidecarDamage;
import rwkvms.state.checks.StateChecks;

/** The checks of a library: our own passes them; the messages for libraries that fail. */
@Timeout(120)
final class ProbeChecksTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    private static final Path SIDECAR = GOLDEN.resolve("basic/sidecar.gguf");

    @TempDir
    private Path work = Path.of("");

    private static CaseFiles golden(String name) {
        return CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
    }

    @Test
    void aFileThatTheGateCannotReadIsNoFaultOfTheLibrary() {
        assertThat(ProbeChild.outcome(new ProbeCheck(ProbeCheck.Part.GOLDEN, "basic", () -> {
            throw new NoSuchFileException("basic/fixture.json");
        }))).isEqualTo(new Outcome.NotEvaluated("basic/fixture.json"));
    }

    /** Results of the checks whose labels begin so, each as its label and its outcome. */
    private List<String> results(Path library, String begin, CaseFiles... golden) throws Exception {
        List<String> results = new ArrayList<>();
        try (ProbeChecks checks = new ProbeChecks(library, List.of(golden), work)) {
            for (ProbeCheck check : checks.all()) {
                if (check.label().startsWith(begin)) {
                    Outcome outcome = check.body().run();
                    results.add(check.label() + ": " + outcome.notEvaluated().orElse("-") + " " + outcome.reasons());
                }
            }
        }
        return results;
    }

    @Test
    void allChecksInTheirOrder() {
        List<String> expected = new ArrayList<>(List.of("exports: every function of rwkv_ms.h",
                "identity: ABI version, struct layouts, start", "golden: basic", "golden: basic without sidecar",
                "golden: alone"));
        for (SidecarDamage damage : SidecarDamage.values()) {
            expected.add("sidecar: " + damage.label());
        }
        StateChecks.all().forEach(check -> expected.add("state: " + check.name()));
        ContractChecks contract = new ContractChecks(NativeFiles.library(), List.of(), () -> MemorySegment.NULL, work);
        contract.all().forEach(check -> expected.add(check.label()));
        CaseFiles alone = new CaseFiles("alone", golden("basic").fixture(), Optional.empty(), Optional.empty());
        List<CaseFiles> golden = List.of(golden("basic"), alone);
        try (ProbeChecks checks = new ProbeChecks(NativeFiles.library(), golden, work)) {
            assertThat(checks.all()).extracting(ProbeCheck::label).isEqualTo(expected);
        }
        assertThat(new Probe(NativeFiles.library(), golden, Duration.ofMinutes(1), work).checks())
                .extracting(ProbeCheck::label).isEqualTo(expected);
    }

    @Test
    void ourOwnLibraryPasses() throws Exception {
        for (String part : List.of("exports", "identity", "golden", "sidecar", "state: clearing", "state: two",
                "base", "arguments")) {
            assertThat(results(NativeFiles.library(), part, golden("basic"))).as(part).isNotEmpty()
                    .allSatisfy(result -> assertThat(result).endsWith(": - []"));
        }
    }

    @Test
    void aLibraryOfOtherFunctionsExportsNone() throws Exception {
        Path other = NativeFiles.folder().resolve(System.mapLibraryName("ggml-base"));
        assertThat(results(other, "exports")).containsExactly("exports: every function of rwkv_ms.h: - "
                + Exports.HEADER.stream().map(name -> name + ": missing").toList());
    }

    @Test
    void aValueThatDiffersIsToldByItsPlace() throws Exception {
        new ForkCases(new ReferenceRuntime(), Tolerance.DEFAULT, work).of(List.of(golden("basic")));
        CaseFiles moved = new CaseFiles("moved", work.resolve("basic-moved-reads.json"), Optional.of(SIDECAR),
                Optional.empty());
        List<String> results = results(NativeFiles.library(), "golden: moved", moved);
        assertThat(results).hasSize(2).last().isEqualTo("golden: moved without sidecar: - []");
        assertThat(results.getFirst())
                .startsWith(
                        "golden: moved: - [readout, reads[0, 3, 7] (token 3, layer 0): expected ");
    }

    @Test
    void whatTheLibraryDoesNotSupportIsNotEvaluated() throws Exception {
        assertThat(results(NativeFiles.library(), "golden: heads-2:", golden("heads-2"))).isEmpty();
        assertThat(results(NativeFiles.library(), "golden: heads-2", golden("heads-2"))).first().asString()
                .startsWith("golden: heads-2: the runtime ").endsWith(" []");
    }

    @Test
    void withoutASoundSidecarNoneCanBeDamaged() throws Exception {
        assertThat(results(NativeFiles.library(), "sidecar: magic"))
                .containsExactly("sidecar: magic: no golden case with a sidecar to damage []");
        Path none = Files.writeString(work.resolve("none.gguf"), "no sidecar");
        CaseFiles broken = new CaseFiles("broken", golden("basic").fixture(), Optional.of(none), Optional.empty());
        assertThat(results(NativeFiles.library(), "sidecar: magic", broken)).singleElement().asString()
                .startsWith("sidecar: magic: the sound sidecar is not opened either: RWKV_MS_E_").endsWith(" []");
    }

    private List<Entry> childOf(Path library, int done, String... golden) throws IOException {
        return leftBy(library, done, golden).results();
    }

    private ChildResults leftBy(Path library, int done, String... golden) throws IOException {
        Path file = work.resolve("results");
        List<String> arguments = new ArrayList<>(
                List.of(library.toString(), file.toString(), work.toString(), String.valueOf(done)));
        for (String name : golden) {
            arguments.add(GOLDEN.resolve(name).toString());
        }
        ProbeChild.check(arguments.toArray(String[]::new));
        return ChildResults.of(file, new rwkvms.child.Child.Run(new rwkvms.child.Ending.Exited(0), "", "",
                Duration.ZERO), List.of());
    }

    /** Runs in this process what otherwise runs in a child. */
    @Test
    void whatAChildWritesDown() throws IOException {
        List<Entry> results = childOf(NativeFiles.library(), 0, "basic", "heads-2");
        assertThat(results).hasSize(new Probe(NativeFiles.library(), List.of(golden("basic"), golden("heads-2")),
                Duration.ZERO, work).checks().size());
        assertThat(results).allSatisfy(result -> assertThat(result.reasons()).as(result.name()).isEmpty());
        assertThat(results.stream().filter(result -> !result.passed()).map(Entry::name))
                .contains("golden: heads-2");
        assertThat(Files.readAllLines(work.resolve("results"))).hasSize(2 + 2 * results.size()).startsWith(
                "{\"loading\":\"" + NativeFiles.library() + "\"}", "{\"loaded\":\"" + NativeFiles.library() + "\"}",
                "{\"begin\":\"exports: every function of rwkv_ms.h\"}",
                "{\"end\":\"exports: every function of rwkv_ms.h\",\"problems\":[]}",
                "{\"begin\":\"identity: ABI version, struct layouts, start\"}");
        Files.delete(work.resolve("results"));
        List<Entry> further = childOf(NativeFiles.library(), results.size() - 1, "basic", "heads-2");
        assertThat(further).containsExactly(results.getLast());
    }

    @Test
    void whatCannotBeUsedIsLeftAfterTwoChecks() throws IOException {
        ChildResults left = leftBy(work.resolve("none.so"), 0, "basic");
        assertThat(left.results()).isEmpty();
        assertThat(left.obstacle().orElseThrow()).startsWith(work.resolve("none.so") + ": cannot be loaded: ");
        Path other = NativeFiles.folder().resolve(System.mapLibraryName("ggml-base"));
        Files.delete(work.resolve("results"));
        assertThat(childOf(other, 0, "basic")).hasSize(2);
    }

    /** Runs the checks in a child JVM, and gives its results. */
    @Test
    void aProbeOfWhatIsNoLibrary() throws Exception {
        Probe probe = new Probe(work.resolve("none.so"), List.of(golden("basic")), Duration.ofMinutes(1), work);
        assertThat(probe.run()).isEmpty();
        assertThat(probe.obstacle().orElseThrow()).startsWith(work.resolve("none.so") + ": cannot be loaded: ");
        assertThat(work.resolve("results")).doesNotExist();
    }

    /** The timeout is for all children together; if no time is left for a child, the library is not blamed. */
    @Test
    void aProbeThatHasNoTime() throws Exception {
        Probe probe = new Probe(NativeFiles.library(), List.of(), Duration.ofMillis(1), work);
        assertThat(probe.run()).isEmpty();
        assertThat(probe.obstacle()).contains("a process for the library could not be started: stalled: did not end"
                + " within 0.001 s and was killed");
    }
}
