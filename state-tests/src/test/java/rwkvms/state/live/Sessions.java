package rwkvms.state.live;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import rwkvms.file.Sha256;

/** The parts of a saved session, which can be put together again under a seal (docs/state-format.md, "Session, version 1"). */
record Sessions(byte[] payload, byte[] tokens, byte[] host) {
    private static final int HEADER = 40;
    private static final int HASH = 32;

    static Sessions parts(byte[] session) {
        ByteBuffer header = ByteBuffer.wrap(session).order(ByteOrder.LITTLE_ENDIAN);
        int payload = (int) header.getLong(16);
        int tokens = (int) header.getLong(24) * Integer.BYTES;
        int host = (int) header.getLong(32);
        return new Sessions(Arrays.copyOfRange(session, HEADER, HEADER + payload),
                Arrays.copyOfRange(session, HEADER + payload, HEADER + payload + tokens),
                Arrays.copyOfRange(session, HEADER + payload + tokens, HEADER + payload + tokens + host));
    }

    Sessions withPayload(byte[] other) {
        return new Sessions(other, tokens, host);
    }

    Sessions withHost(byte[] other) {
        return new Sessions(payload, tokens, other);
    }

    byte[] sealed() {
        int size = HEADER + payload.length + tokens.length + host.length + HASH;
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[]{'R', 'M', 'S', 'C'}).putInt(1).putLong(size).putLong(payload.length)
                .putLong(tokens.length / Integer.BYTES).putLong(host.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream(size);
        out.writeBytes(header.array());
        out.writeBytes(payload);
        out.writeBytes(tokens);
        out.writeBytes(host);
        out.writeBytes(sha256(out.toByteArray()));
        return out.toByteArray();
    }

    static byte[] sha256(byte[] bytes) {
        return Sha256.digest().digest(bytes);
    }

    static byte[] flipped(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        return flipped;
    }

    /** The same array, its last 32 bytes made to fit the bytes before them again. */
    static byte[] resealed(byte[] session) {
        byte[] body = Arrays.copyOf(session, session.length - HASH);
        System.arraycopy(sha256(body), 0, session, body.length, HASH);
        return session;
    }
}
