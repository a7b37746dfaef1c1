package rwkvms.report.drift;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rwkvms.reference.ReferenceRuntime;

/**
 * When an error has grown by more than sound builds of one runtime differ from each other (docs/error-budget.md, "Drift").
 *
 * @param refusal why nothing can be said of a runtime; empty if it can
 */
public record DriftRule(String refusal) {
    /** A tensor's error is a maximum over many roundings: other processors and compilers change it by at most 3 times. */
    public static final double FACTOR = 4;
    /** In units in the last place of the tensor's scale: a rounding or two, whose ratio says nothing. */
    public static final double ULPS = 8;

    private static final DriftRule JUDGED = new DriftRule("");
    private static final DriftRule OTHER_MACHINE = new DriftRule(
            "measured on another processor or device, where sums in float32 round in another way");
    /** This suite's own: their sums are in double, and no machine has shown another rounding of them. */
    private static final List<String> SUMS_IN_DOUBLE = List.of(ReferenceRuntime.NAME, "native");
    private static final List<String> MACHINE = List.of("cpu", "device", "device.description");
    /** The library that ggml chose for the processor. */
    private static final String VARIANT = "libggml-cpu-";

    /** The rule for a runtime, by the provenances of both runs. */
    static DriftRule of(String runtime, Map<String, String> before, Map<String, String> after) {
        return SUMS_IN_DOUBLE.contains(runtime) || machine(before).equals(machine(after)) ? JUDGED : OTHER_MACHINE;
    }

    private static Map<String, String> machine(Map<String, String> provenance) {
        Map<String, String> machine = new TreeMap<>();
        provenance.forEach((name, value) -> {
            if (MACHINE.contains(name)) {
                machine.put(name, value);
            } else if (name.contains(VARIANT)) {
                machine.put(name, "");
            }
        });
        return machine;
    }

    boolean judges() {
        return refusal.isEmpty();
    }

    /** Whether an error has grown by more than the factor, and beyond those units. */
    static boolean grew(Measured before, Measured after) {
        return after.error() > FACTOR * before.error() && after.error() > ULPS * after.unit();
    }
}
