package rwkvms.report.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;

/** Facts of comparisons that hold for all runs. */
@PropertyDefaults(tries = 200)
class ComparisonProperties {
    private static final List<MathTensor> TENSORS = List.of(MathTensor.MEMORY_V, MathTensor.FEATURE_K,
            MathTensor.SLOT_INDICES, MathTensor.RAW_READS, MathTensor.DELTA_O);

    @Provide
    Arbitrary<Baseline> runs() {
        Arbitrary<Measured> measured = Combinators
                .combine(Arbitraries.longs().between(1, 1000), Arbitraries.doubles().between(0, 1).ofScale(4),
                        Arbitraries.doubles().between(0, 1e-3).ofScale(9), Arbitraries.of(0.0, 1e-3, 1.0, 300.0))
                .as((values, share, error, scale) -> new Measured(values, share, error, scale, true));
        Arbitrary<JudgedCase> judged = Arbitraries.maps(Arbitraries.of(TENSORS), measured).ofMinSize(1)
                .map(Baselines::judged);
        Arbitrary<Map<String, JudgedCase>> cases = Arbitraries
                .maps(Arbitraries.of("a", "a in chunks of 7", "b", "c"), judged).ofMinSize(1);
        Arbitrary<Map<String, String>> provenance = Arbitraries.maps(
                Arbitraries.of("cpu", "sha256 a fixture: f.json", "sha256 b sidecar: s.gguf", "sha256 library: l.so"),
                Arbitraries.of("1", "2"));
        return Combinators.combine(provenance,
                Arbitraries.maps(Arbitraries.of("native", "native on Vulkan0", "reference"), cases).ofMinSize(1))
                .as(Baselines::of);
    }

    @Property
    void aRunHasNotChangedSinceItself(@ForAll("runs") Baseline run) {
        ComparisonReport report = new ComparisonReport(Comparison.of(run, run), "itself", true, true);

        assertThat(report.comparison().accuracy()).isEqualTo(Accuracy.SAME);
        assertThat(report.findings()).isEmpty();
        assertThat(report.changes()).isEmpty();
        assertThat(report.entries()).isNotEmpty().allMatch(entry -> entry.passed());
        assertThat(report.obstacles()).isEmpty();
    }

    /** And it has the same bytes after it was written and read. */
    @Property
    void norSinceItsFile(@ForAll("runs") Baseline run) throws Exception {
        String text = BaselineFile.text(run);
        Baseline read = BaselineFile.read("run.json", text);
        Comparison comparison = Comparison.of(read, run);

        assertThat(BaselineFile.text(read)).isEqualTo(text);
        assertThat(comparison.drifted()).isEmpty();
        assertThat(comparison.losses()).isEmpty();
        assertThat(comparison.changes()).isEmpty();
        assertThat(Comparison.of(run, read).losses()).isEmpty();
    }

    /** Takes a runtime, a case, a tensor or a value away. */
    @Property
    void lessIsALossWhateverIsGone(@ForAll("runs") Baseline run, @ForAll Random random) {
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes = new TreeMap<>();
        run.runtimes().forEach((runtime, cases) -> runtimes.put(runtime, new TreeMap<>(cases)));
        String runtime = any(runtimes.keySet(), random);
        SortedMap<String, JudgedCase> cases = runtimes.get(runtime);
        String name = any(cases.keySet(), random);
        SortedMap<MathTensor, Measured> tensors = new TreeMap<>(cases.get(name).tensors());
        MathTensor tensor = any(tensors.keySet(), random);
        switch (random.nextInt(4)) {
            case 0 -> runtimes.remove(runtime);
            case 1 -> cases.remove(name);
            case 2 -> {
                tensors.remove(tensor);
                cases.put(name, Baselines.judged(tensors));
            }
            default -> {
                Measured all = tensors.get(tensor);
                tensors.put(tensor,
                        new Measured(all.values() - 1, all.ofLimit(), all.error(), all.scale(), all.passed()));
                cases.put(name, Baselines.judged(tensors));
            }
        }
        Baseline less = Baselines.with(run, runtimes);

        Comparison comparison = Comparison.of(run, less);

        assertThat(comparison.losses()).singleElement().extracting(Sentence::runtime).isEqualTo(runtime);
        assertThat(comparison.drifted()).isEmpty();
        assertThat(new ComparisonReport(comparison, "run.json", false, true).entries())
                .filteredOn(entry -> entry.failed())
                .hasSize(1);
        assertThat(Comparison.of(less, run).losses()).isEmpty();
        assertThat(Comparison.of(less, run).gains()).isEqualTo(comparison.losses());
    }

    private static <T> T any(Iterable<T> all, Random random) {
        List<T> list = new ArrayList<>();
        all.forEach(list::add);
        return list.get(random.nextInt(list.size()));
    }

    /** What one of two runs judges alone is lost in one direction and gained in the other. */
    @Property
    void lossesAreGainsSeenFromTheOtherSide(@ForAll("runs") Baseline one, @ForAll("runs") Baseline other) {
        Comparison there = Comparison.of(one, other);
        Comparison back = Comparison.of(other, one);

        assertThat(back.gains()).isEqualTo(there.losses());
        assertThat(back.losses()).isEqualTo(there.gains());
        assertThat(back.tensors()).hasSameSizeAs(there.tensors());
        back.tensors().forEach(tensor -> tensor.cases().forEach(change -> assertThat(
                new CaseChange(change.caseName(), change.after(), change.before(), change.rule()).accuracy()).isEqualTo(
                        switch (change.accuracy()) {
                            case WORSE -> Accuracy.BETTER;
                            case BETTER -> Accuracy.WORSE;
                            case SAME -> Accuracy.SAME;
                            case NOT_JUDGED -> Accuracy.NOT_JUDGED;
                        })));
    }

    /** The verdict's own order of cases and tensors, which a file has too, means nothing. */
    @Property
    void orderMeansNothing(@ForAll("runs") Baseline one, @ForAll("runs") Baseline other, @ForAll Random random)
            throws Exception {
        Baseline shuffled = BaselineFile.read("verdict.json", VerdictTexts.of(one, random));
        Baseline again = BaselineFile.read("verdict.json", VerdictTexts.of(one, random));

        assertThat(shuffled).isEqualTo(again).isEqualTo(one);
        assertThat(BaselineFile.text(shuffled)).isEqualTo(BaselineFile.text(one));
        assertThat(new ComparisonReport(Comparison.of(shuffled, other), "a", true, true).textByTensor())
                .isEqualTo(new ComparisonReport(Comparison.of(one, other), "a", true, true).textByTensor());
    }

    /** A looser tolerance judges less. */
    @Property
    void aLooserToleranceIsALoss(@ForAll("runs") Baseline run) {
        Baseline loose = new Baseline(new Tolerance(1e-5, 2e-5), run.provenance(), run.runtimes(), run.missed());

        assertThat(Comparison.of(run, loose).losses()).hasSize(1);
        assertThat(Comparison.of(loose, run).losses()).isEmpty();
    }
}
