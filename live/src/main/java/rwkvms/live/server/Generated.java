package rwkvms.live.server;

import java.util.List;
import java.util.Locale;

/**
 * An answer.
 *
 * @param stop        why it ended
 * @param stoppedBy   the text that ended it, or empty
 * @param truncated   whether the context is full
 * @param promptNanos from the turn's beginning to the first logits
 */
record Generated(String text, List<Integer> tokens, Stop stop, String stoppedBy, boolean truncated, int promptTokens,
        int reusedTokens, long promptNanos, long generatingNanos) {
    /** Why an answer ends. */
    enum Stop {
        /** A token that ends a text or a turn. */
        EOS,
        /** A stop text. */
        WORD,
        /** As many tokens as were asked for, or a full context. */
        LIMIT,
        /** No token was asked for. */
        NONE;

        /** {@code stop_type}. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** {@code finish_reason}. */
        String finishReason() {
            return this == EOS || this == WORD ? "stop" : "length";
        }
    }

    Generated {
        tokens = List.copyOf(tokens);
    }
}
