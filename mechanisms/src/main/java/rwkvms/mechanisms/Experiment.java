package rwkvms.mechanisms;

import java.util.Locale;

/** The three published experiments. */
public enum Experiment {
    /** The deviation bound of DLA's blocks and of as many fixed ones, on non-stationary tokens. */
    BOUND,
    /** The recall of needles by five memories, with DLA's and with fixed blocks. */
    RECALL,
    /** The recall of linear and RWKV-7 states under five boundary policies. */
    STATE_ONLY;

    /** The name in the published files, such as {@code state_only}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
