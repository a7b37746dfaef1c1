package rwkvms.sidecar.validation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.TensorTypes;
import rwkvms.tensor.DType;

/**
 * Every stored value is finite, and no output or delta tensor is all zero: such a layer is legal and does nothing
 * (sidecar.md, "Validation"). Minus zero is a zero.
 */
final class PayloadRule implements SidecarRule {
    /** Elements that are looked at together. */
    private static final int WINDOW = 1 << 16;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void check(SidecarFile file, Findings findings) {
        for (NamedTensor tensor : file.tensors()) {
            GgufTensorInfo info = tensor.info();
            info.type().flatMap(TensorTypes::dtype).ifPresent(type -> {
                try {
                    MemorySegment data = file.gguf().data(info);
                    values(type, data, tensor, file.gguf().dataStart() + info.dataOffset(), findings);
                } catch (GgufException outside) {
                    return; // no payload to look at: DataRule reports why
                }
            });
        }
    }

    private static void values(DType type, MemorySegment data, NamedTensor tensor, long start, Findings findings) {
        boolean dead = data.byteSize() > 0;
        long count = data.byteSize() / type.bytes();
        for (long first = 0; first < count; first += WINDOW) {
            int[] window = bits(type, data, first, (int) Math.min(WINDOW, count - first));
            for (int i = 0; i < window.length; i++) {
                if (isNotFinite(type, window[i])) {
                    long element = first + i;
                    findings.add(FindingCode.PAYLOAD_VALUE, tensor.place(), start + element * type.bytes(),
                            "finite values", String.format(Locale.ROOT, "0x%0" + 2 * type.bytes() + "x at element %d",
                                    window[i], element));
                    return;
                }
                dead &= isZero(type, window[i]);
            }
        }
        if (dead && tensor.ref().isPresent() && tensor.ref().get().tensor().makesDead()) {
            findings.add(FindingCode.DEAD_TENSOR, tensor.place(), start, "some value other than zero", "none");
        }
    }

    /** The stored bits of some elements, copied at once, which is much faster than one by one. */
    private static int[] bits(DType type, MemorySegment data, long first, int count) {
        int[] bits = new int[count];
        if (type == DType.FLOAT32) {
            MemorySegment.copy(data, I32, first * type.bytes(), bits, 0, count);
        } else {
            short[] halves = new short[count];
            MemorySegment.copy(data, I16, first * type.bytes(), halves, 0, count);
            for (int i = 0; i < count; i++) {
                bits[i] = Short.toUnsignedInt(halves[i]);
            }
        }
        return bits;
    }

    private static boolean isNotFinite(DType type, int bits) {
        int exponent = exponent(type);
        return (bits & exponent) == exponent;
    }

    /** The exponent's bits, all set in NaN and infinity. */
    private static int exponent(DType type) {
        return switch (type) {
            case BFLOAT16 -> 0x7f80;
            case FLOAT16 -> 0x7c00;
            case FLOAT32 -> 0x7f80_0000;
            default -> throw new IllegalArgumentException(type + ": no type of a sidecar's tensor");
        };
    }

    private static boolean isZero(DType type, int bits) {
        return type == DType.FLOAT32 ? bits << 1 == 0 : (bits & 0x7fff) == 0;
    }
}
