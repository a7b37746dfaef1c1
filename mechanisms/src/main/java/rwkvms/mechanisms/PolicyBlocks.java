package rwkvms.mechanisms;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The sequence of one seed, and its blocks under each policy.
 *
 * <p>The sequence and Algorithm 1 on it are the same for every policy. In the original, every policy draws the sequence again
 * from the seed. Only {@link BoundaryPolicy#NOISY_DLA} draws more, so that one generator serves them all.
 */
record PolicyBlocks(RecallSequence sequence, InformationBlocks information, Map<BoundaryPolicy, Blocks> blocks) {

    static PolicyBlocks of(Setting setting, int seed) {
        TorchGenerator random = setting.generator(seed);
        RecallSequence sequence = RecallSequence.draw(random, setting.segments(), setting.length(), setting.noise());
        InformationBlocks information = InformationBlocks.of(sequence.features());
        Map<BoundaryPolicy, Blocks> blocks = new EnumMap<>(BoundaryPolicy.class);
        for (BoundaryPolicy policy : BoundaryPolicy.values()) {
            blocks.put(policy, policy.blocks(sequence, information, setting.capacity(), random));
        }
        return new PolicyBlocks(sequence, information, blocks);
    }

    Blocks blocks(BoundaryPolicy policy) {
        return Objects.requireNonNull(blocks.get(policy));
    }
}
