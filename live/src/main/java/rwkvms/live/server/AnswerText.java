package rwkvms.live.server;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The text of an answer while its tokens come: whole characters of UTF-8 (U+FFFD for other bytes), up to the first stop
 * text. What may yet become a stop text is held back.
 */
final class AnswerText {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final List<String> stops;
    private final StringBuilder text = new StringBuilder();
    private byte[] rest = {};
    private int given;
    private String stoppedBy = "";

    AnswerText(List<String> stops) {
        this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
    }

    /** Adds a token's bytes, and returns whether a stop text is complete. */
    boolean add(byte[] piece) {
        decode(piece, false);
        return stopped();
    }

    /** Ends the text: no further token comes. */
    void end() {
        decode(new byte[0], true);
    }

    private void decode(byte[] piece, boolean last) {
        ByteBuffer bytes = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).flip();
        CharBuffer chars = CharBuffer.allocate(bytes.remaining() + 2);
        decoder.decode(bytes, chars, last);
        rest = new byte[bytes.remaining()];
        bytes.get(rest);
        text.append(chars.flip());
    }

    private boolean stopped() {
        int first = -1;
        for (String stop : stops) {
            int at = text.indexOf(stop, Math.max(0, given - stop.length()));
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
                stoppedBy = stop;
            }
        }
        if (first >= 0) {
            text.setLength(first);
        }
        return first >= 0;
    }

    String stoppedBy() {
        return stoppedBy;
    }

    String text() {
        return text.toString();
    }

    /** The text that became certain since the last call; at the end all that is left. */
    String sure(boolean ended) {
        int end = text.length() - (ended ? 0 : held());
        if (end <= given) {
            return "";
        }
        String sure = text.substring(given, end);
        given = end;
        return sure;
    }

    /** The number of characters at the end that may begin a stop text. */
    private int held() {
        int held = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, text.length()); length > held; length--) {
                if (text.substring(text.length() - length).equals(stop.substring(0, length))) {
                    held = length;
                }
            }
        }
        return held;
    }
}
