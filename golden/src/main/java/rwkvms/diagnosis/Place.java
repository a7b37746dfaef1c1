package rwkvms.diagnosis;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import rwkvms.comparison.Divergence;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;

/**
 * A place in the order of computation, as {@link Divergence} orders differences: by stage, within the scan by token, then by
 * tensor.
 */
record Place(Stage stage, int token, MathTensor tensor) implements Comparable<Place> {
    /** Behind every other place. */
    static final Place NOWHERE = new Place(Stage.DELTA, Integer.MAX_VALUE, MathTensor.DELTA_O);

    private static final Comparator<Place> ORDER = Comparator.comparing(Place::stage).thenComparingInt(Place::token)
            .thenComparing(Place::tensor);

    /** The place of a tensor that a stage computes; outside the scan the token does not count. */
    static Place of(MathTensor tensor, int token) {
        Stage stage = tensor.stage().orElse(Stage.PROJECTION);
        return new Place(stage, stage != Stage.SCAN ? 0 : tensor.hasTokens() ? token : Integer.MAX_VALUE, tensor);
    }

    Place earlier(Place other) {
        return Collections.min(List.of(this, other));
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }
}
