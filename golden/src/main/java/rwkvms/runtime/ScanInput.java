package rwkvms.runtime;

import java.util.Optional;
import rwkvms.tensor.Tensor;

/**
 * Recorded features of one sequence in float32, from which the scan follows without weights.
 *
 * @param r        features [T, D] each; {@code w} is {@code feature_w}, before the decay
 * @param beta     [T, G], as {@code lambda}
 * @param state    [N, K, r, r]
 * @param mask     bool [T]; empty if every token is valid
 * @param position before the first token
 */
public record ScanInput(Tensor r, Tensor w, Tensor k, Tensor v, Tensor a, Tensor b, Tensor beta, Tensor lambda,
        Tensor state, Optional<Tensor> mask, long position) {
    public int tokens() {
        return r.shape().dim(0);
    }

    /** Tokens {@code from} to {@code to} of it, from the same state. */
    public ScanInput tokens(int from, int to) {
        return new ScanInput(r.rows(from, to), w.rows(from, to), k.rows(from, to), v.rows(from, to), a.rows(from, to),
                b.rows(from, to), beta.rows(from, to), lambda.rows(from, to), state,
                mask.map(all -> all.rows(from, to)), position);
    }

    /** The same from another state. */
    public ScanInput from(Tensor other, long otherPosition) {
        return new ScanInput(r, w, k, v, a, b, beta, lambda, other, mask, otherPosition);
    }
}
