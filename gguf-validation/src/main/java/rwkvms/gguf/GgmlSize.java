package rwkvms.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A tensor's size as ggml's reader computes it: in 64 bits that wrap around, refused only by its own checks
 * (llama-cpp.md, "GGUF reader"; {@code ne = [2^32, 2^32]} wraps to no bytes and passes).
 *
 * @param refused whether ggml refuses the tensor info
 * @param bytes its size as an unsigned number; 0 if it is refused
 */
public record GgmlSize(boolean refused, long bytes) {
    private static final GgmlSize REFUSED = new GgmlSize(true, 0);

    public static GgmlSize of(GgufTensorInfo info) {
        Optional<GgmlType> type = info.type();
        long[] ne = {1, 1, 1, 1};
        for (int axis = 0; axis < info.ne().size(); axis++) {
            ne[axis] = info.ne().get(axis);
        }
        if (type.isEmpty() || !isTaken(ne, type.get())) {
            return REFUSED;
        }
        return new GgmlSize(false, bytes(ne, type.get()));
    }

    private static boolean isTaken(long[] ne, GgmlType type) {
        if (Arrays.stream(ne).anyMatch(dimension -> dimension < 0)) {
            return false;
        }
        long count = ne[0] * ne[1] * ne[2] * ne[3];
        boolean tooMany = count > 0 && (Long.MAX_VALUE / ne[1] <= ne[0] || Long.MAX_VALUE / ne[2] <= ne[0] * ne[1]
                || Long.MAX_VALUE / ne[3] <= ne[0] * ne[1] * ne[2]);
        return !tooMany && ne[0] % type.blockElements() == 0 && Long.compareUnsigned(count / type.blockElements(),
                Long.divideUnsigned(-1, type.blockBytes())) <= 0;
    }

    /** The end of the last element: strides times steps, from the first. */
    private static long bytes(long[] ne, GgmlType type) {
        long stride = ne[0] / type.blockElements() * type.blockBytes();
        long bytes = Long.divideUnsigned(ne[0] * type.blockBytes(), type.blockElements());
        for (int axis = 0; axis < ne.length; axis++) {
            if (ne[axis] == 0) {
                return 0;
            }
            if (axis > 0) {
                bytes += (ne[axis] - 1) * stride;
                stride *= ne[axis];
            }
        }
        return bytes;
    }

    /** The offset at which ggml expects the next tensor; empty if the sum exceeds 64 bits, which ggml refuses. */
    public static OptionalLong next(long offset, long bytes, long alignment) {
        long padded = (bytes + alignment - 1) & -alignment;
        return Long.compareUnsigned(padded, -1 - offset) > 0 ? OptionalLong.empty() : OptionalLong.of(offset + padded);
    }
}
