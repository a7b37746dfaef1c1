package rwkvms.sidecar.testing;

import java.util.List;
import java.util.Random;

/** Random choices that mutations share. */
final class Draw {
    private static final long[] EXTREMES = {0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 63, 64, 65, 255, 256, 32_768,
            65_536, (1L << 31) - 1, 1L << 31, (1L << 32) - 1, 1L << 32, 1L << 40, 1L << 61, 1L << 62, Long.MAX_VALUE,
            Long.MIN_VALUE, -32, -1};

    private Draw() {
    }

    /** Mostly a number that programs often get wrong. */
    static long number(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() >>> random.nextInt(Long.SIZE) : extreme(random);
    }

    static long extreme(Random random) {
        return EXTREMES[random.nextInt(EXTREMES.length)];
    }

    static <T> T of(List<T> items, Random random) {
        return items.get(random.nextInt(items.size()));
    }

    /** The text with one byte of it changed. */
    static byte[] changed(byte[] text, Random random) {
        if (text.length == 0) {
            return new byte[]{(byte) random.nextInt()};
        }
        byte[] changed = text.clone();
        int at = random.nextInt(text.length);
        changed[at] = switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt();
            case 1 -> 0;
            case 2 -> (byte) (changed[at] ^ 0x20);
            default -> (byte) (changed[at] + 1);
        };
        return changed;
    }
}
