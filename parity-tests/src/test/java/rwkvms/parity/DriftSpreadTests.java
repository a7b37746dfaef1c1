package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.report.drift.Baseline;
import rwkvms.report.drift.JudgedCase;
import rwkvms.report.drift.Measured;

/** The spread of runs names a run that is drift from another one, or that judges less, whatever their order. */
final class DriftSpreadTests {
    private static final double ULP = 0x1p-23;

    private static Baseline run(Map<String, Measured> cases) {
        TreeMap<String, JudgedCase> judged = new TreeMap<>();
        cases.forEach((name, measured) -> judged.put(name,
                new JudgedCase(List.of(), new TreeMap<>(Map.of(MathTensor.READS, measured)))));
        return new Baseline(Tolerance.DEFAULT, new TreeMap<>(), new TreeMap<>(Map.of("native", judged)),
                new TreeMap<>());
    }

    private static Measured measured(long values, double ulps) {
        return new Measured(values, 0.1, ulps * ULP, 1, true);
    }

    private static DriftSpread of(Baseline... runs) {
        DriftSpread spread = new DriftSpread();
        List.of(runs).forEach(spread::add);
        return spread;
    }

    @Test
    void whatIsNoDriftIsCounted() {
        assertThat(of(run(Map.of("a", measured(9, 1), "b", measured(9, 20))),
                run(Map.of("a", measured(9, 7.5), "b", measured(9, 10))),
                run(Map.of("a", measured(9, 2), "b", measured(9, 15)))).requireNone())
                .isEqualTo("3 runs, tensors of cases: 2, no drift; largest ratio of two errors 7.50, and 2.00 of those"
                        + " beyond 8 ULP of the scale, which are 1; above 4: 1");
    }

    @Test
    void aRunThatIsDriftFromAnotherIsNamed() {
        Baseline near = run(Map.of("a", measured(9, 2)));
        Baseline middle = run(Map.of("a", measured(9, 5)));
        Baseline far = run(Map.of("a", measured(9, 8.5)));

        for (DriftSpread spread : List.of(of(near, middle, far), of(far, near, middle), of(middle, far, near))) {
            assertThatThrownBy(spread::requireNone).isInstanceOf(AssertionError.class)
                    .hasMessageContaining("drift: reads: error 2.0 before, 8.5 ULP of its scale now in a");
        }
        assertThat(of(middle, far).requireNone()).startsWith("2 runs");
    }

    @Test
    void aRunThatJudgesLessIsNamed() {
        Baseline both = run(Map.of("a", measured(9, 1), "b", measured(9, 1)));
        Baseline one = run(Map.of("a", measured(9, 1)));
        Baseline fewer = run(Map.of("a", measured(8, 1), "b", measured(9, 1)));

        assertThatThrownBy(of(one, both)::requireNone).hasMessageContaining("not now: 1 case: b");
        assertThatThrownBy(of(both, one)::requireNone).hasMessageContaining("not now: 1 case: b");
        assertThatThrownBy(of(fewer, both)::requireNone).hasMessageContaining("not now: 1 value of reads in a");
    }

    @Test
    void withoutRunsNothingIsSaid() {
        assertThatThrownBy(of()::requireNone).hasMessage("no run was added");
    }
}
