package rwkvms.state;

import java.security.MessageDigest;
import java.util.Arrays;
import rwkvms.file.Sha256;

/** SHA-256 seals: the last 32 bytes of an array are the hash of the bytes before them. */
public final class Hashes {
    private Hashes() {
    }

    /** The hash of all bytes but the last 32. */
    static byte[] ofBody(byte[] sealed) {
        MessageDigest digest = Sha256.digest();
        digest.update(sealed, 0, sealed.length - StateFormat.HASH_SIZE);
        return digest.digest();
    }

    /** Sets the last 32 bytes. */
    public static void seal(byte[] bytes) {
        byte[] hash = ofBody(bytes);
        System.arraycopy(hash, 0, bytes, bytes.length - hash.length, hash.length);
    }

    static boolean isSealed(byte[] bytes) {
        int end = bytes.length - StateFormat.HASH_SIZE;
        return Arrays.equals(ofBody(bytes), 0, StateFormat.HASH_SIZE, bytes, end, bytes.length);
    }
}
