package rwkvms.live.server;

/**
 * How the next token is chosen, with the names of a llama-server's request.
 *
 * @param temperature 0: the most probable token, always
 * @param topK        most candidates; 0 or less: all
 * @param topP        smallest share of probability that the candidates have together
 * @param minP        least probability of a candidate, as a share of the largest one; 0: any
 * @param penalties   what recent tokens lose
 * @param seed        of the choices
 */
record Sampling(double temperature, int topK, double topP, double minP, Penalties penalties, long seed) {
    /** Of any probability, with a penalty of repetition alone. */
    Sampling(double temperature, int topK, double topP, double repeatPenalty, long seed) {
        this(temperature, topK, topP, 0, Penalties.of(repeatPenalty), seed);
    }

    /** Whether no choice is left to chance. */
    boolean greedy() {
        return temperature == 0 || topK == 1;
    }
}
