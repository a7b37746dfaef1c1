package rwkvms.mechanisms;

import java.util.List;

/** The published trials as measurements, without running them: what is made of measurements is tested on these. */
public final class FactMeasurements {
    private FactMeasurements() {
    }

    public static List<Measurement> all() {
        return PublishedFacts.trials().entrySet().stream().map(entry -> of(entry.getKey(), entry.getValue())).toList();
    }

    private static Measurement of(PublishedFacts.Trial trial, double value) {
        Setting setting = Setting.published().stream().filter(one -> one.experiment().label().equals(trial.experiment())
                && one.segments() == trial.segments() && one.capacity() == trial.capacity()).findFirst().orElseThrow();
        return new Measurement(setting, trial.seed(), trial.tokens(), trial.policy(), trial.states(), trial.measure(),
                value);
    }
}
