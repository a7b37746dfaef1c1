package rwkvms.live.server;

import java.util.List;

/**
 * A request to the slot: the tokens of the prompt, and how to continue them.
 *
 * @param maxTokens      −1: until the context is full
 * @param reuse     whether the slot's content may be reused ({@code cache_prompt})
 * @param stops     texts that end the answer and do not belong to it
 * @param streaming whether each piece is sent at once
 */
record Generation(List<Integer> prompt, int maxTokens, Sampling sampling, boolean reuse, List<String> stops,
        boolean streaming) {
    Generation {
        prompt = List.copyOf(prompt);
        stops = List.copyOf(stops);
    }
}
