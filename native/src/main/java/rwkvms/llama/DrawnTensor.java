package rwkvms.llama;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufSource;

/**
 * A tensor whose values are drawn while it is written: uniform within a range about a centre, each times a factor.
 *
 * <p>Q8_0 is drawn as it is stored, eight weights of a long at a time: a block has the scale that spreads them over the
 * same range.
 *
 * @param type    F32, BF16 or Q8_0, whose centre is 0
 * @param random  of all tensors of a file, in their order
 * @param written hears how many bytes were written
 */
record DrawnTensor(String name, GgmlType type, List<Long> ne, double centre, double range, Factor factor,
        SplittableRandom random, LongConsumer written) implements GgufSource {
    /** Elements drawn between two writes, whole blocks of every type. */
    private static final int WINDOW = 1 << 20;
    private static final int LARGEST_WEIGHT = 127;

    /** The factor of an element; in a quantised tensor the same for all of a block. */
    @FunctionalInterface
    interface Factor {
        Factor ONE = i -> 1;

        float at(long index);
    }

    private long count() {
        return ne.stream().reduce(1L, Math::multiplyExact);
    }

    @Override
    public long byteSize() {
        return bytes(count());
    }

    private long bytes(long elements) {
        return elements / type.blockElements() * type.blockBytes();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        long count = count();
        ByteBuffer window = ByteBuffer.allocateDirect((int) bytes(Math.min(count, WINDOW)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long from = 0; from < count; from += WINDOW) {
            window.clear();
            draw(window, from, Math.min(count, from + WINDOW));
            window.flip();
            written.accept(window.remaining());
            while (window.hasRemaining()) {
                channel.write(window);
            }
        }
    }

    private void draw(ByteBuffer to, long from, long end) {
        for (long i = from; i < end; i += type.blockElements()) {
            switch (type) {
                case Q8_0 -> drawBlock(to, i);
                case BF16 -> to.putShort((short) (Float.floatToRawIntBits(value(i)) >>> Short.SIZE));
                default -> to.putFloat(value(i));
            }
        }
    }

    private float value(long i) {
        return (float) (centre + range * (2 * random.nextDouble() - 1)) * factor.at(i);
    }

    private void drawBlock(ByteBuffer to, long i) {
        to.putShort(Float.floatToFloat16((float) (range / LARGEST_WEIGHT) * factor.at(i)));
        for (int eight = 0; eight < type.blockElements(); eight += Long.BYTES) {
            to.putLong(symmetric(random.nextLong()));
        }
    }

    /** The same bytes, but -127 for -128: each sign reaches as far as the other. */
    private static long symmetric(long weights) {
        long lowBits = weights & 0x7F7F_7F7F_7F7F_7F7FL;
        long someLow = lowBits + 0x7F7F_7F7F_7F7F_7F7FL & 0x8080_8080_8080_8080L;
        long lowest = weights & ~someLow & 0x8080_8080_8080_8080L;
        return weights | lowest >>> 7;
    }
}
