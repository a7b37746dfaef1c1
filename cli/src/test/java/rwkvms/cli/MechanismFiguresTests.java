package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import rwkvms.mechanisms.Interval;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Part;
import rwkvms.mechanisms.Setting;
import rwkvms.report.Figure;

/** The places of means in the figures, with made-up measurements. */
final class MechanismFiguresTests {
    private static final List<String> POLICIES = List.of("", "oracle", "dla", "fixed", "noisy_dla", "low_k_dla");
    private static final List<String> MEASURES = List.of("fixed", "dla", "linear", "rwkv7", "ms1_own",
            "ms1_four_routed", "ms2_own", "ms2_four_routed");
    private static final String SEEDS = " (mean and 95 % confidence interval over 2 seeds)";
    private static final double HALF = Interval.of(List.of(0.0, 1.0)).halfWidth();

    /** Returns figures of two values per setting, policy and measure, one apart, whose mean identifies them. */
    private static MechanismFigures figures(Part part) {
        List<Measurement> all = new ArrayList<>();
        for (Setting setting : part.settings()) {
            for (String policy : POLICIES) {
                for (String measure : MEASURES) {
                    for (int seed = 0; seed < 2; seed++) {
                        all.add(new Measurement(setting, seed, 100, policy, 4, measure,
                                mean(part, setting, policy, measure) - 0.5 + seed));
                    }
                }
            }
        }
        return new MechanismFigures(all);
    }

    private static double mean(Part part, Setting setting, String policy, String measure) {
        return 100 * part.settings().indexOf(setting) + 10 * POLICIES.indexOf(policy) + MEASURES.indexOf(measure);
    }

    private static List<Figure.Bar> bars(Figure figure, String label) {
        Figure.Bars bars = (Figure.Bars) figure.shape();
        assertThat(bars.valueLabel()).isEqualTo(label);
        assertThat(bars.bars()).allSatisfy(bar -> assertThat(bar.halfWidth()).isEqualTo(HALF));
        return bars.bars();
    }

    @Test
    void boundsStandBySetting() {
        Figure figure = figures(Part.BOUNDS).bounds();

        assertThat(figure.name()).isEqualTo("bounds");
        assertThat(figure.description())
                .isEqualTo("Deviation bound of fixed blocks and of DLA, less is better" + SEEDS);
        assertThat(bars(figure, "deviation bound"))
                .extracting(Figure.Bar::panel, Figure.Bar::series, Figure.Bar::group, Figure.Bar::mean)
                .containsExactly(tuple("", "fixed blocks", "6 segments, K=8", 0.0),
                        tuple("", "DLA", "6 segments, K=8", 1.0),
                        tuple("", "fixed blocks", "10 segments, K=12", 100.0),
                        tuple("", "DLA", "10 segments, K=12", 101.0),
                        tuple("", "fixed blocks", "16 segments, K=8", 200.0),
                        tuple("", "DLA", "16 segments, K=8", 201.0),
                        tuple("", "fixed blocks", "24 segments, K=10", 300.0),
                        tuple("", "DLA", "24 segments, K=10", 301.0));
    }

    @Test
    void recallsStandByPolicyInAPanelForEachSetting() {
        Figure figure = figures(Part.POLICIES).policies();

        assertThat(figure.name()).isEqualTo("recall-by-policy");
        assertThat(figure.description())
                .isEqualTo("Recall of linear and RWKV-7 states by boundary policy" + SEEDS);
        List<Figure.Bar> bars = bars(figure, "recall (cosine)");
        assertThat(bars).extracting(Figure.Bar::panel).containsOnly("8 segments of 1 + 12 tokens, K=16",
                "12 segments of 1 + 10 tokens, K=16", "16 segments of 1 + 8 tokens, K=12");
        assertThat(bars).hasSize(3 * 5 * 2);
        assertThat(bars.subList(20, 30))
                .extracting(Figure.Bar::panel, Figure.Bar::series, Figure.Bar::group, Figure.Bar::mean)
                .containsExactly(tuple("16 segments of 1 + 8 tokens, K=12", "linear", "oracle", 212.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "RWKV-7", "oracle", 213.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "linear", "dla", 222.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "RWKV-7", "dla", 223.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "linear", "fixed", 232.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "RWKV-7", "fixed", 233.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "linear", "noisy dla", 242.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "RWKV-7", "noisy dla", 243.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "linear", "low k dla", 252.0),
                        tuple("16 segments of 1 + 8 tokens, K=12", "RWKV-7", "low k dla", 253.0));
    }

    @Test
    void theModuleStandsBesideTheSimplifiedUpdate() {
        Figure figure = figures(Part.POLICIES).ladder(Part.POLICIES.settings().get(1));

        assertThat(figure.name()).isEqualTo("real-update-12");
        assertThat(figure.description()).isEqualTo(
                "Recall at (12, 10, 16), from the simplified RWKV-7 to the RWKV-MS module" + SEEDS);
        List<Figure.Bar> bars = bars(figure, "recall (cosine)");
        assertThat(bars).hasSize(5 * 5);
        assertThat(bars.subList(0, 5)).extracting(Figure.Bar::series, Figure.Bar::group, Figure.Bar::mean)
                .containsExactly(tuple("RWKV-7", "oracle", 113.0),
                        tuple("RWKV-MS 1, one slot per block", "oracle", 114.0),
                        tuple("RWKV-MS 1, four slots, routed", "oracle", 115.0),
                        tuple("RWKV-MS 2, one slot per block", "oracle", 116.0),
                        tuple("RWKV-MS 2, four slots, routed", "oracle", 117.0));
    }

    private static List<Figure.Point> points(Figure figure, String argument) {
        Figure.Lines lines = (Figure.Lines) figure.shape();
        assertThat(lines.argumentLabel()).isEqualTo(argument);
        assertThat(lines.valueLabel()).isEqualTo("recall (cosine)");
        assertThat(lines.points()).allSatisfy(point -> {
            assertThat(point.low()).isEqualTo(point.mean() - HALF);
            assertThat(point.high()).isEqualTo(point.mean() + HALF);
        });
        return lines.points();
    }

    @Test
    void sweepsHaveALineForEachPolicy() {
        Figure noise = figures(Part.NOISE).sweep(Part.NOISE);
        assertThat(noise.name()).isEqualTo("noise-sweep");
        assertThat(noise.description())
                .isEqualTo("Recall of the RWKV-7 state over the noise, 8 segments of 12 fillers" + SEEDS);
        List<Figure.Point> points = points(noise, "noise");
        assertThat(points).hasSize(5 * 9);
        assertThat(points.subList(7, 10)).extracting(Figure.Point::series, Figure.Point::argument, Figure.Point::mean)
                .containsExactly(tuple("oracle", 0.2, 713.0), tuple("oracle", 0.3, 813.0), tuple("dla", 0.0, 23.0));
        assertThat(points).extracting(Figure.Point::series).containsOnly("oracle", "dla", "fixed", "noisy dla",
                "low k dla");

        Figure capacity = figures(Part.CAPACITY).sweep(Part.CAPACITY);
        assertThat(capacity.name()).isEqualTo("capacity-sweep");
        assertThat(capacity.description())
                .isEqualTo("Recall of the RWKV-7 state over the capacity, 12 segments of 10 fillers" + SEEDS);
        assertThat(points(capacity, "capacity").subList(5, 8))
                .extracting(Figure.Point::series, Figure.Point::argument, Figure.Point::mean)
                .containsExactly(tuple("oracle", 24.0, 513.0), tuple("oracle", 28.0, 613.0), tuple("dla", 4.0, 23.0));
    }

    @Test
    void theGateIsSweptOnFixedBlocks() {
        Figure gate = figures(Part.GATE).sweep(Part.GATE);
        assertThat(gate.name()).isEqualTo("gate-sweep");
        assertThat(gate.description()).isEqualTo(
                "Recall of RWKV-MS over its gate, fixed blocks, one slot per block, at (8, 12, 16)" + SEEDS);
        List<Figure.Point> points = points(gate, "β");
        assertThat(points).hasSize(2 * 8);
        assertThat(points.subList(6, 9)).extracting(Figure.Point::series, Figure.Point::argument, Figure.Point::mean)
                .containsExactly(tuple("RWKV-MS 1, one slot per block", 0.9, 634.0),
                        tuple("RWKV-MS 1, one slot per block", 0.95, 734.0),
                        tuple("RWKV-MS 2, one slot per block", 0.05, 36.0));
    }
}
