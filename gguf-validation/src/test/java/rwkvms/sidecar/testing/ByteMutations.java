package rwkvms.sidecar.testing;

import java.util.Arrays;
import java.util.Random;

/** Changes of a file's bytes, whatever they mean. */
final class ByteMutations {
    private static final int MAX_LENGTH = 200;

    private ByteMutations() {
    }

    static byte[] bit(byte[] file, Random random) {
        file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        return file;
    }

    static byte[] set(byte[] file, Random random) {
        file[random.nextInt(file.length)] = (byte) random.nextInt();
        return file;
    }

    /** Eight bytes become a number that programs often get wrong. */
    static byte[] word(byte[] file, Random random) {
        int at = random.nextInt(file.length - Long.BYTES);
        long number = Draw.extreme(random);
        for (int i = 0; i < Long.BYTES; i++) {
            file[at + i] = (byte) (number >>> (Byte.SIZE * i));
        }
        return file;
    }

    static byte[] truncate(byte[] file, Random random) {
        return Arrays.copyOf(file, random.nextInt(file.length));
    }

    static byte[] remove(byte[] file, Random random) {
        int from = random.nextInt(file.length);
        int to = end(file, from, random);
        byte[] shorter = Arrays.copyOf(file, file.length - (to - from));
        System.arraycopy(file, to, shorter, from, file.length - to);
        return shorter;
    }

    static byte[] duplicate(byte[] file, Random random) {
        int from = random.nextInt(file.length);
        int to = end(file, from, random);
        byte[] longer = Arrays.copyOf(file, file.length + (to - from));
        System.arraycopy(file, from, longer, to, file.length - from);
        return longer;
    }

    static byte[] zero(byte[] file, Random random) {
        int from = random.nextInt(file.length);
        Arrays.fill(file, from, end(file, from, random), (byte) 0);
        return file;
    }

    static byte[] swap(byte[] file, Random random) {
        int length = random.nextInt(1, MAX_LENGTH);
        int one = random.nextInt(file.length - length);
        int other = random.nextInt(file.length - length);
        byte[] moved = file.clone();
        System.arraycopy(file, one, moved, other, length);
        System.arraycopy(file, other, moved, one, length);
        return moved;
    }

    private static int end(byte[] file, int from, Random random) {
        return Math.min(file.length, from + random.nextInt(1, MAX_LENGTH));
    }
}
