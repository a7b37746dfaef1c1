package rwkvms.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.mechanisms.Interval;
import rwkvms.mechanisms.Part;
import rwkvms.mechanisms.Setting;
import rwkvms.mechanisms.Summary;

/** The difference between two measures of recall over the same sequences. */
record RecallDifference(String setting, String policy, String what, Interval interval) {
    /** Recalls closer than this differ only by rounding: the RWKV-MS state is float32. */
    private static final double EQUAL = 1e-6;

    /** Returns the differences of states per policy, and of policies per state, for every published setting. */
    static List<RecallDifference> all(Summary summary) {
        List<RecallDifference> rows = new ArrayList<>();
        for (Setting setting : Part.POLICIES.settings()) {
            for (String policy : MechanismFigures.POLICIES) {
                rows.add(of(summary, setting, policy, "rwkv7", policy, "linear"));
                rows.add(of(summary, setting, policy, "ms1_own", policy, "rwkv7"));
                rows.add(of(summary, setting, policy, "ms2_own", policy, "rwkv7"));
                rows.add(of(summary, setting, policy, "ms2_four_routed", policy, "rwkv7"));
            }
            rows.add(of(summary, setting, "dla", "linear", "fixed", "linear"));
            rows.add(of(summary, setting, "dla", "rwkv7", "fixed", "rwkv7"));
        }
        return rows;
    }

    private static RecallDifference of(Summary summary, Setting setting, String policy, String measure,
            String otherPolicy, String other) {
        String what = policy.equals(otherPolicy)
                ? measure + " − " + other
                : measure + ", " + policy + " − " + otherPolicy;
        return new RecallDifference(setting.sizes(), policy, what,
                summary.difference(new Summary.Key(setting, policy, measure),
                        new Summary.Key(setting, otherPolicy, other)));
    }

    private String conclusion() {
        if (Math.max(Math.abs(interval.low()), Math.abs(interval.high())) <= EQUAL) {
            return "equal";
        }
        return interval.low() > 0 ? "more" : interval.high() < 0 ? "less" : "undecided";
    }

    String line() {
        return String.format(Locale.ROOT, "%-12s  %-10s %-26s %+.4f  [%+.4f, %+.4f]  %s", setting, policy, what,
                interval.mean(), interval.low(), interval.high(), conclusion());
    }

    void write(ObjectNode json) {
        json.put("setting", setting).put("policy", policy).put("difference", what).put("mean", interval.mean())
                .put("low", interval.low()).put("high", interval.high()).put("verdict", conclusion());
    }
}
