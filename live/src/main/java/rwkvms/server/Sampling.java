package rwkvms.server;

/**
 * How the next token is chosen, with the names of a llama-server's request.
 *
 * @param temperature   0: the most probable token, always
 * @param topK          most candidates; 0 or less: all
 * @param topP          smallest share of probability that the candidates have together
 * @param repeatPenalty what logits of recent tokens are divided by, multiplied where they are negative; 1: nothing
 * @param seed          of the choices
 */
record Sampling(double temperature, int topK, double topP, double repeatPenalty, long seed) {
    /** Whether no choice is left to chance. */
    boolean greedy() {
        return temperature == 0 || topK == 1;
    }
}
