package rwkvms.mechanisms;

import java.util.function.Supplier;

/**
 * The recall of needles: after all is written, each needle's key is read from the state of its block. The recall is the mean of
 * {@code cos = o · v / (‖o‖ ‖v‖ + 1e-8)} over the needles.
 */
final class Recall {
    private static final double EPS = 1e-8;

    private Recall() {
    }

    /** The recall with one memory per block, zero at the block's start. */
    static double of(RecallSequence sequence, Blocks blocks, Supplier<Memory> memories) {
        Memory[] memory = new Memory[blocks.count()];
        for (int block = 0; block < blocks.count(); block++) {
            memory[block] = memories.get();
            for (int t = blocks.start(block); t < blocks.end(block); t++) {
                memory[block].write(sequence.key(t), sequence.value(t));
            }
        }
        double sum = 0;
        for (int needle : sequence.needles()) {
            double[] read = memory[blocks.blockOf(needle)].read(sequence.key(needle));
            sum += cosine(read, sequence.value(needle));
        }
        return sum / sequence.needles().size();
    }

    /** The recall with one memory for all blocks. */
    static double ofOne(RecallSequence sequence, Supplier<Memory> memories) {
        return of(sequence, Blocks.single(sequence.tokens()), memories);
    }

    static double cosine(double[] read, double[] value) {
        return Vectors.dot(read, value) / (Vectors.norm(read) * Vectors.norm(value) + EPS);
    }
}
