package rwkvms.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import rwkvms.mechanisms.Interval;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Part;
import rwkvms.mechanisms.Setting;
import rwkvms.mechanisms.Summary;
import rwkvms.report.Figure;

/** The experiments' measurements as figures: means over the seeds with 95 % confidence intervals. */
final class MechanismFigures {
    static final List<String> POLICIES = List.of("oracle", "dla", "fixed", "noisy_dla", "low_k_dla");
    private static final Map<String, String> NAMES = Map.ofEntries(Map.entry("fixed", "fixed blocks"),
            Map.entry("dla", "DLA"), Map.entry("linear", "linear"), Map.entry("rwkv7", "RWKV-7"),
            Map.entry("ms1_own", "RWKV-MS 1, one slot per block"),
            Map.entry("ms2_own", "RWKV-MS 2, one slot per block"),
            Map.entry("ms1_four_routed", "RWKV-MS 1, four slots, routed"),
            Map.entry("ms2_four_routed", "RWKV-MS 2, four slots, routed"));

    private final Summary summary;
    private final int seeds;

    MechanismFigures(List<Measurement> measured) {
        this.summary = new Summary(measured);
        this.seeds = (int) measured.stream().mapToInt(Measurement::seed).distinct().count();
    }

    /** Returns the bounds of DLA and of fixed blocks by setting. */
    Figure bounds() {
        List<Figure.Bar> bars = new ArrayList<>();
        for (Setting setting : Part.BOUNDS.settings()) {
            String group = setting.segments() + " segments, K=" + setting.capacity();
            for (String blocks : List.of("fixed", "dla")) {
                bars.add(bar("", setting, "", blocks, group));
            }
        }
        return new Figure("bounds", "Deviation bound of fixed blocks and of DLA, less is better" + seeds(),
                new Figure.Bars("deviation bound", bars));
    }

    /** Returns the recall of the linear and the RWKV-7 state by policy, for all settings. */
    Figure policies() {
        return policies("recall-by-policy", "Recall of linear and RWKV-7 states by boundary policy",
                List.of("linear", "rwkv7"), Part.POLICIES.settings());
    }

    /** Returns the recall of the module and of the simplified update at one setting. */
    Figure ladder(Setting setting) {
        return policies("real-update-" + setting.segments(),
                "Recall at " + setting.sizes() + ", from the simplified RWKV-7 to the RWKV-MS module",
                List.of("rwkv7", "ms1_own", "ms1_four_routed", "ms2_own", "ms2_four_routed"), List.of(setting));
    }

    private Figure policies(String name, String description, List<String> measures, List<Setting> settings) {
        List<Figure.Bar> bars = new ArrayList<>();
        for (Setting setting : settings) {
            for (String policy : POLICIES) {
                String group = policy.replace('_', ' ');
                measures.forEach(measure -> bars.add(bar(setting.segments() + " segments of 1 + " + setting.length()
                        + " tokens, K=" + setting.capacity(), setting, policy, measure, group)));
            }
        }
        return new Figure(name, description + seeds(), new Figure.Bars("recall (cosine)", bars));
    }

    /** Returns the recall over the number in which the settings of a part differ. */
    Figure sweep(Part part) {
        List<Figure.Point> points = new ArrayList<>();
        Stream<String> policies = part == Part.GATE ? Stream.of("fixed") : POLICIES.stream();
        List<String> measures = part == Part.GATE ? List.of("ms1_own", "ms2_own") : List.of("rwkv7");
        policies.forEach(policy -> measures.forEach(measure -> part.settings().forEach(setting -> {
            Interval interval = summary.of(setting, policy, measure);
            String series = part == Part.GATE ? label(measure) : policy.replace('_', ' ');
            points.add(new Figure.Point(series, argument(part, setting), interval.mean(), interval.low(),
                    interval.high()));
        })));
        Setting any = part.settings().getFirst();
        return new Figure(part.label() + "-sweep", switch (part) {
            case GATE -> "Recall of RWKV-MS over its gate, fixed blocks, one slot per block, at " + any.sizes();
            default -> "Recall of the RWKV-7 state over the " + part.label() + ", " + any.segments() + " segments of "
                    + any.length() + " fillers";
        } + seeds(), new Figure.Lines(part == Part.GATE ? "β" : part.label(), "recall (cosine)", points));
    }

    private static double argument(Part part, Setting setting) {
        return switch (part) {
            case NOISE -> setting.noise();
            case CAPACITY -> setting.capacity();
            case GATE -> setting.gate();
            case BOUNDS, RECALL, POLICIES -> throw new IllegalArgumentException(part + " is no sweep");
        };
    }

    private Figure.Bar bar(String panel, Setting setting, String policy, String measure, String group) {
        Interval interval = summary.of(setting, policy, measure);
        return new Figure.Bar(panel, label(measure), group, interval.mean(), interval.halfWidth());
    }

    private static String label(String measure) {
        return NAMES.getOrDefault(measure, measure);
    }

    private String seeds() {
        return String.format(Locale.ROOT, " (mean and 95 %% confidence interval over %d seeds)", seeds);
    }
}
