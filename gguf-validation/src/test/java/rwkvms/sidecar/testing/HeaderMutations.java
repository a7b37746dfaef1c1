package rwkvms.sidecar.testing;

import java.util.OptionalLong;
import java.util.Random;
import rwkvms.sidecar.SidecarKey;

/** Changes of the header and the padding of a file. */
final class HeaderMutations {
    private HeaderMutations() {
    }

    static void magic(GgufParts parts, Random random) {
        parts.magic = Draw.changed(parts.magic, random);
    }

    static void version(GgufParts parts, Random random) {
        parts.version = Draw.number(random);
    }

    static void tensorCount(GgufParts parts, Random random) {
        parts.tensorCount = OptionalLong.of(count(parts.tensors.size(), random));
    }

    static void keyCount(GgufParts parts, Random random) {
        parts.keyCount = OptionalLong.of(count(parts.keys.size(), random));
    }

    private static long count(int right, Random random) {
        return random.nextBoolean() ? right + random.nextLong(-3, 4) : Draw.number(random);
    }

    static void alignment(GgufParts parts, Random random) {
        parts.key(SidecarKey.ALIGNMENT).u32(Draw.number(random));
    }

    /** Another alignment, which the data keep. */
    static void alignmentKept(GgufParts parts, Random random) {
        parts.alignment = 1 << random.nextInt(9);
        parts.key(SidecarKey.ALIGNMENT).u32(parts.alignment);
    }

    static void padding(GgufParts parts, Random random) {
        byte filled = (byte) random.nextInt(1, 256);
        if (random.nextInt(4) == 0) {
            parts.headerPadding = filled;
        } else {
            Draw.of(parts.tensors, random).padding = filled;
        }
    }

    static void tail(GgufParts parts, Random random) {
        parts.tail = new byte[random.nextInt(1, 100)];
        if (random.nextBoolean()) {
            random.nextBytes(parts.tail);
        }
    }
}
