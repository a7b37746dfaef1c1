package rwkvms.sidecar;

/**
 * Output widths of one layer's attention projections, which are the rows of its delta projections (sidecar.md).
 *
 * @param q of the q projection, likewise {@code k} and {@code v}
 * @param o of the o projection, the hidden size of every model there is
 */
public record AttentionWidths(int q, int k, int v, int o) {
    /** The widths of the published base model's sliding-window layers. */
    public static final AttentionWidths SLIDING = new AttentionWidths(2048, 512, 512, 2560);
    /** The widths of its layers with full attention. */
    public static final AttentionWidths FULL = new AttentionWidths(4096, 1024, 1024, 2560);

    /** The same for a model of another hidden size. */
    public AttentionWidths withO(int hiddenSize) {
        return new AttentionWidths(q, k, v, hiddenSize);
    }
}
