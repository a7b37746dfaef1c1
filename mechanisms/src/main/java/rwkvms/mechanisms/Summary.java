package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Means with confidence intervals over the seeds, by setting, policy and measure, and of differences per seed. */
public final class Summary {
    private final Map<Key, Map<Integer, Double>> values = new LinkedHashMap<>();

    /** The setting, policy and measure of a mean. */
    public record Key(Setting setting, String policy, String measure) {
    }

    public Summary(List<Measurement> measured) {
        for (Measurement one : measured) {
            values.computeIfAbsent(new Key(one.setting(), one.policy(), one.measure()), none -> new LinkedHashMap<>())
                    .put(one.seed(), one.value());
        }
    }

    public Interval of(Setting setting, String policy, String measure) {
        return Interval.of(List.copyOf(of(new Key(setting, policy, measure)).values()));
    }

    /** The mean of {@code first − second} over the seeds; both have the same sequence per seed. */
    public Interval difference(Key first, Key second) {
        Map<Integer, Double> others = of(second);
        List<Double> differences = new ArrayList<>();
        of(first).forEach((seed, value) -> {
            Double other = others.get(seed);
            if (other == null) {
                throw new IllegalArgumentException(second + ": expected a value of seed " + seed + ", found none");
            }
            differences.add(value - other);
        });
        return Interval.of(differences);
    }

    private Map<Integer, Double> of(Key key) {
        Map<Integer, Double> found = values.get(key);
        if (found == null) {
            throw new IllegalArgumentException(key + ": expected measurements, found none");
        }
        return found;
    }

    /** All means as comma-separated values, with a header. */
    public String csv() {
        StringBuilder text = new StringBuilder("segments,length,capacity,noise,gate,policy,measure,n,mean,low,high\n");
        for (Key key : values.keySet()) {
            Interval interval = of(key.setting, key.policy, key.measure);
            text.append(String.format(Locale.ROOT, "%d,%d,%d,%s,%s,%s,%s,%d,%.6f,%.6f,%.6f\n", key.setting.segments(),
                    key.setting.length(), key.setting.capacity(), key.setting.noise(), key.setting.gate(), key.policy,
                    key.measure, interval.n(), interval.mean(), interval.low(), interval.high()));
        }
        return text.toString();
    }
}
