package rwkvms.reference;

/** The state of one layer for one sequence while it is being advanced. */
final class SequenceState {
    private final float[] values;
    private long position;
    private double[] previousSource;

    SequenceState(float[] values, long position, double[] previousSource) {
        this.values = values;
        this.position = position;
        this.previousSource = previousSource;
    }

    SequenceState copy() {
        return new SequenceState(values.clone(), position, previousSource.clone());
    }

    /** {@code S} [N, K, r, r], written in place by the scan. */
    float[] values() {
        return values;
    }

    long position() {
        return position;
    }

    void advance(int tokens) {
        position += tokens;
    }

    double[] previousSource() {
        return previousSource;
    }

    void setPreviousSource(double[] source) {
        previousSource = source;
    }
}
