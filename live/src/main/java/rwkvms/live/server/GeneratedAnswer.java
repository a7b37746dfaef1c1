package rwkvms.live.server;

import java.util.List;
import java.util.Locale;

/**
 * A generated answer.
 *
 * @param stop        why it ended
 * @param stoppedBy   the stop text that ended it, or empty
 * @param truncated   whether the context is full
 * @param promptNanos from the beginning of the turn to the first logits
 */
record GeneratedAnswer(String text, List<Integer> tokens, Stop stop, String stoppedBy, boolean truncated,
        int promptTokens,
        int reusedTokens, long promptNanos, long generatingNanos) {
    /** The reason why an answer ends. */
    enum Stop {
        /** A token that ends a text or a turn. */
        EOS,
        /** A stop text. */
        WORD,
        /** The requested number of tokens, or a full context. */
        LIMIT,
        /** No token was requested. */
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

    GeneratedAnswer {
        tokens = List.copyOf(tokens);
    }
}
