package rwkvms.state;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** SHA-256 as bytes, and as the last 32 of what they seal. */
final class Hashes {
    private Hashes() {
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Of all bytes but the last 32. */
    static byte[] ofBody(byte[] sealed) {
        MessageDigest digest = sha256();
        digest.update(sealed, 0, sealed.length - StateFormat.HASH_SIZE);
        return digest.digest();
    }

    /** Sets the last 32 bytes. */
    static void seal(byte[] bytes) {
        byte[] hash = ofBody(bytes);
        System.arraycopy(hash, 0, bytes, bytes.length - hash.length, hash.length);
    }

    static boolean isSealed(byte[] bytes) {
        int end = bytes.length - StateFormat.HASH_SIZE;
        return Arrays.equals(ofBody(bytes), 0, StateFormat.HASH_SIZE, bytes, end, bytes.length);
    }
}
