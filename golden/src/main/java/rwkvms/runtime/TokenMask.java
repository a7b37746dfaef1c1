package rwkvms.runtime;

import java.util.Optional;
import rwkvms.tensor.Tensor;

/** The valid tokens of a call; without a mask, all are valid. */
public final class TokenMask {
    private final Optional<Tensor> mask;

    private TokenMask(Optional<Tensor> mask) {
        this.mask = mask;
    }

    /** The mask in a bool tensor with one value per token, or no mask. */
    public static TokenMask of(Optional<Tensor> mask) {
        return new TokenMask(mask);
    }

    public boolean valid(int token) {
        return mask.isEmpty() || mask.get().booleanAt(token);
    }

    /** 1 for a valid token, 0 for a masked one. */
    public int validity(int token) {
        return valid(token) ? 1 : 0;
    }
}
