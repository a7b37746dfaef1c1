package rwkvms.report.drift;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;

/** Small baselines by hand. */
final class Baselines {
    /** One unit in the last place of 1. */
    static final double ULP = 0x1p-23;

    private Baselines() {
    }

    /** 100 values of scale 1 with that error, in units in the last place. */
    static Measured measured(double ulps) {
        return new Measured(100, ulps * ULP / 2e-5, ulps * ULP, 1, ulps * ULP <= 2e-5);
    }

    static JudgedCase judged(Map<MathTensor, Measured> tensors) {
        return new JudgedCase(List.of(), new TreeMap<>(tensors));
    }

    /** One case on one runtime. */
    static Baseline of(String runtime, String name, Map<MathTensor, Measured> tensors) {
        return of(Map.of(), Map.of(runtime, Map.of(name, judged(tensors))));
    }

    static Baseline of(Map<String, String> provenance, Map<String, Map<String, JudgedCase>> runtimes) {
        SortedMap<String, SortedMap<String, JudgedCase>> sorted = new TreeMap<>();
        runtimes.forEach((runtime, cases) -> sorted.put(runtime, new TreeMap<>(cases)));
        return new Baseline(Tolerance.DEFAULT, new TreeMap<>(provenance), sorted, new TreeMap<>());
    }

    static Baseline with(Baseline baseline, SortedMap<String, SortedMap<String, JudgedCase>> runtimes) {
        return new Baseline(baseline.tolerance(), baseline.provenance(), runtimes, baseline.missed());
    }
}
