package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The three published tables as printed: means with three decimals, the reduction {@code 1 − mean(dla) / mean(fixed)} in
 * percent, and the difference of the unrounded means. A zero that rounds from below is printed {@code +0.000}: its sign is an
 * accident of summing.
 */
public final class Tables {
    private final Means means;

    public Tables(List<Measurement> measurements) {
        this.means = new Means(measurements);
    }

    /** All rows of all tables, comma-separated: bounds, recall, then recall by policy. */
    public List<String> rows() {
        List<String> rows = new ArrayList<>();
        Setting.published(Experiment.BOUND).forEach(setting -> rows.add(bound(setting)));
        Setting.published(Experiment.RECALL).forEach(setting -> rows.add(recall(setting)));
        for (Setting setting : Setting.published(Experiment.STATE_ONLY)) {
            for (BoundaryPolicy policy : BoundaryPolicy.values()) {
                rows.add(stateOnly(setting, policy.label()));
            }
        }
        return rows;
    }

    private String bound(Setting setting) {
        double fixed = means.of(setting, "", "fixed");
        double dla = means.of(setting, "", "dla");
        return String.format(Locale.ROOT, "bound,%s,%d,%d,%.1f,%.3f,%.3f,%.1f%%", setting.boundLabel(),
                setting.segments(), setting.capacity(), means.states(setting, ""), fixed, dla,
                100 * (1 - dla / fixed));
    }

    private String recall(Setting setting) {
        return String.format(Locale.ROOT, "recall,%d,%d,%d,%.1f,%.3f,%.3f,%.3f,%.3f,%.3f", setting.segments(),
                setting.length(), setting.capacity(), means.states(setting, ""), means.of(setting, "", "fixed"),
                means.of(setting, "", "dla"), means.of(setting, "", "delta_rule"), means.of(setting, "", "rwkv7"),
                means.of(setting, "", "rwkv7_multi"));
    }

    private String stateOnly(Setting setting, String policy) {
        double linear = means.of(setting, policy, "linear");
        double rwkv = means.of(setting, policy, "rwkv7");
        return String.format(Locale.ROOT, "state_only,%s,%d,%d,%d,%.1f,%.3f,%.3f,%s", policy, setting.segments(),
                setting.length(), setting.capacity(), means.states(setting, policy), linear, rwkv,
                signed(rwkv - linear));
    }

    private static String signed(double difference) {
        return String.format(Locale.ROOT, "%+.3f", difference).replace("-0.000", "+0.000");
    }
}
