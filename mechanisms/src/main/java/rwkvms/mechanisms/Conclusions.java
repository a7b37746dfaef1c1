package rwkvms.mechanisms;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The conclusions that the original draws from its tables.
 *
 * @param boundLower     DLA's bound is below that of fixed blocks in every setting
 * @param beatsFixed     DLA's recall is above that of fixed blocks in every setting of {@link Experiment#RECALL}
 * @param beatsDelta     … above the delta rule's
 * @param beatsRwkv7     … above one RWKV-7 state's
 * @param multiNotBelow  a state for each block recalls no less than one state
 * @param rwkvWins       rows by policy in which the RWKV-7 state recalls more than the linear one, by more than 1e-6
 * @param linearWins     … in which it recalls less
 * @param ties           … in which neither recalls more
 */
public record Conclusions(boolean boundLower, boolean beatsFixed, boolean beatsDelta, boolean beatsRwkv7,
        boolean multiNotBelow, int rwkvWins, int linearWins, int ties) {
    private static final double TIE = 1e-6;

    public static Conclusions of(List<Measurement> measurements) {
        Means means = new Means(measurements);
        List<Double> differences = Setting.published(Experiment.STATE_ONLY).stream()
                .flatMap(setting -> List.of(BoundaryPolicy.values()).stream().map(BoundaryPolicy::label)
                        .map(policy -> means.of(setting, policy, "rwkv7") - means.of(setting, policy, "linear")))
                .toList();
        int wins = (int) differences.stream().filter(difference -> difference > TIE).count();
        int losses = (int) differences.stream().filter(difference -> difference < -TIE).count();
        return new Conclusions(above(means, Experiment.BOUND, "fixed", "dla"),
                above(means, Experiment.RECALL, "dla", "fixed"), above(means, Experiment.RECALL, "dla", "delta_rule"),
                above(means, Experiment.RECALL, "dla", "rwkv7"), notBelow(means, "rwkv7_multi", "rwkv7"), wins, losses,
                differences.size() - wins - losses);
    }

    private static boolean above(Means means, Experiment experiment, String more, String less) {
        return Setting.published(experiment).stream()
                .allMatch(setting -> means.of(setting, "", more) > means.of(setting, "", less));
    }

    private static boolean notBelow(Means means, String more, String less) {
        ToDoubleFunction<Setting> gap = setting -> means.of(setting, "", more) - means.of(setting, "", less);
        return Setting.published(Experiment.RECALL).stream().mapToDouble(gap).allMatch(difference -> difference >= 0);
    }
}
