package rwkvms.live.server;

import java.util.ArrayList;
import java.util.List;
import rwkvms.live.server.GeneratedAnswer.Stop;
import rwkvms.llama.Vocabulary;

/** Runs a {@link Generation} in the slot. The last token is chosen but not computed, as in a llama-server. */
final class AnswerGenerator {
    private final Slot slot;
    private final Vocabulary words;

    /** Receives each part of the text that became certain. */
    interface Listener {
        /** A listener that ignores everything. */
        Listener NONE = (text, token) -> {
        };

        /**
         * Receives the next part of the answer.
         *
         * @param token that made it certain; −1 for what was held back until the end
         */
        void piece(String text, int token);
    }

    AnswerGenerator(Slot slot, Vocabulary words) {
        this.slot = slot;
        this.words = words;
    }

    GeneratedAnswer run(Generation asked, Pulse pulse, Listener listener) {
        int[] prompt = asked.prompt().stream().mapToInt(Integer::intValue).toArray();
        long begin = System.nanoTime();
        int reused = slot.hold(prompt, asked.reuse(), pulse);
        long prompted = System.nanoTime();
        AnswerText text = new AnswerText(asked.stops());
        List<Integer> history = new ArrayList<>(asked.prompt());
        List<Integer> tokens = new ArrayList<>();
        Sampler sampler = new Sampler(asked.sampling());
        Stop stop = asked.maxTokens() == 0 ? Stop.NONE : Stop.LIMIT;
        boolean full = false;
        while (asked.maxTokens() < 0 || tokens.size() < asked.maxTokens()) {
            pulse.check();
            int token = sampler.next(slot.logits(), history);
            tokens.add(token);
            history.add(token);
            if (words.isEnd(token)) {
                stop = Stop.EOS;
                break;
            }
            if (text.add(words.piece(token))) {
                stop = Stop.WORD;
                break;
            }
            tell(listener, text.sure(false), token);
            full = slot.count() == slot.size();
            if (full) {
                break;
            }
            if (tokens.size() != asked.maxTokens()) {
                slot.add(token);
            }
        }
        if (stop != Stop.WORD) {
            text.end();
        }
        tell(listener, text.sure(true), -1);
        return new GeneratedAnswer(text.text(), tokens, stop, text.stoppedBy(), full, prompt.length, reused,
                prompted - begin, System.nanoTime() - prompted);
    }

    private static void tell(Listener listener, String text, int token) {
        if (!text.isEmpty()) {
            listener.piece(text, token);
        }
    }

    /** Refuses a prompt that the slot cannot hold, or with tokens that the model does not have. */
    void requireFitting(List<Integer> prompt) {
        if (prompt.isEmpty() || prompt.size() > slot.size()) {
            throw RequestException.bad("prompt: expected 1 to " + slot.size() + " tokens, found " + prompt.size());
        }
        for (int token : prompt) {
            if (token < 0 || token >= words.size()) {
                throw RequestException.bad("token of the prompt: expected 0 to " + (words.size() - 1) + ", found "
                        + token);
            }
        }
    }
}
