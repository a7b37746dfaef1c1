package rwkvms.live.server;

/**
 * The settings by which the next token is chosen, with the names of a llama-server's request.
 *
 * @param temperature 0: always the most probable token
 * @param topK        the maximum number of candidates; 0 or less: all
 * @param topP        the probability that the candidates must have together at least
 * @param minP        the minimum probability of a candidate, as a share of the largest; 0: any
 * @param penalties   the penalties of recent tokens
 * @param seed        of the random choices
 */
record Sampling(double temperature, int topK, double topP, double minP, Penalties penalties, long seed) {

    /** Whether nothing is left to chance. */
    boolean greedy() {
        return temperature == 0 || topK == 1;
    }
}
