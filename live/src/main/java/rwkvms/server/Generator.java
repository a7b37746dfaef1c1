package rwkvms.server;

import java.util.ArrayList;
import java.util.List;

import rwkvms.llama.Vocabulary;
import rwkvms.server.Generated.Stop;

/** Runs one {@link Generation} in the slot. The last token is chosen and not computed, as a llama-server does it. */
final class Generator {
    private final Slot slot;
    private final Vocabulary words;

    /** Hears of each token, with the text that became sure by it. */
    interface Listener {
        void piece(String text, int token);

        /** What was held back, at the end. */
        void rest(String text);
    }

    Generator(Slot slot, Vocabulary words) {
        this.slot = slot;
        this.words = words;
    }

    Generated run(Generation asked, Client client, Listener listener) {
        requireFitting(asked.prompt());
        int[] prompt = asked.prompt().stream().mapToInt(Integer::intValue).toArray();
        long begin = System.nanoTime();
        int reused = slot.hold(prompt, asked.reuse(), client);
        long prompted = System.nanoTime();
        AnswerText text = new AnswerText(asked.stops());
        List<Integer> history = new ArrayList<>(asked.prompt());
        List<Integer> tokens = new ArrayList<>();
        Sampler sampler = new Sampler(asked.sampling());
        Stop stop = asked.most() == 0 ? Stop.NONE : Stop.LIMIT;
        boolean full = false;
        while (asked.most() < 0 || tokens.size() < asked.most()) {
            client.check();
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
            listener.piece(text.sure(false), token);
            full = slot.count() == slot.size();
            if (full) {
                break;
            }
            if (tokens.size() != asked.most()) {
                slot.add(token);
            }
        }
        if (stop != Stop.WORD) {
            text.end();
        }
        listener.rest(text.sure(true));
        return new Generated(text.text(), tokens, stop, text.stoppedBy(), full, prompt.length, reused,
                prompted - begin, System.nanoTime() - prompted);
    }

    private void requireFitting(List<Integer> prompt) {
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
