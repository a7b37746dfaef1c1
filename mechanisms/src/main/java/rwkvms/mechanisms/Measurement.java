package rwkvms.mechanisms;

/**
 * One value of one trial.
 *
 * @param seed    from 0
 * @param policy  policy of the blocks; empty if the experiment has only one
 * @param states  blocks that DLA or the policy made
 * @param measure what was measured: a memory's recall, or the bound of a kind of blocks
 */
public record Measurement(Setting setting, int seed, int tokens, String policy, int states, String measure,
        double value) {
}
