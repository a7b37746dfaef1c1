package rwkvms.live.server;

import java.util.List;

/**
 * What is asked of the slot, behind the tokens of the prompt.
 *
 * @param maxTokens      tokens to generate; −1: until the context is full
 * @param reuse     whether the slot's content may serve ({@code cache_prompt})
 * @param stops     texts that end the answer and are no part of it
 * @param streaming whether each piece is sent at once
 */
record Generation(List<Integer> prompt, int maxTokens, Sampling sampling, boolean reuse, List<String> stops,
        boolean streaming) {
    Generation {
        prompt = List.copyOf(prompt);
        stops = List.copyOf(stops);
    }
}
