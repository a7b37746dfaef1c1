package rwkvms.mechanisms;

import java.util.List;

/** Means over the seeds of one setting: the rows of a table. */
public final class Means {
    private final List<Measurement> all;

    public Means(List<Measurement> all) {
        this.all = List.copyOf(all);
    }

    /** The mean of a memory's recall or of a bound; the policy is empty if the experiment has only one. */
    public double of(Setting setting, String policy, String measure) {
        return all.stream().filter(one -> is(one, setting, policy) && one.measure().equals(measure))
                .mapToDouble(Measurement::value).average().orElseThrow();
    }

    /** The mean number of blocks. */
    public double states(Setting setting, String policy) {
        return all.stream().filter(one -> is(one, setting, policy)).mapToInt(Measurement::states).average()
                .orElseThrow();
    }

    private static boolean is(Measurement one, Setting setting, String policy) {
        return one.setting().equals(setting) && one.policy().equals(policy);
    }
}
