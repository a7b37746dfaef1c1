package rwkvms.golden;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import rwkvms.comparison.KeptTokens;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.tensor.Tensor;

/**
 * Tokens whose read scores tie exactly at the k-th place of top-k. Which of the tied slots PyTorch keeps follows no rule
 * (semantics.md), so the scores and routes of such a token are not judged; everything after them does not depend on it.
 */
final class Ties {
    private static final Set<MathTensor> AMBIGUOUS = EnumSet.of(MathTensor.READ_SCORES, MathTensor.READ_ROUTES_PER_HEAD,
            MathTensor.READ_ROUTES);

    private final Fixture fixture;
    private final boolean[] tied; // [B, T]

    private Ties(Fixture fixture, boolean[] tied) {
        this.fixture = fixture;
        this.tied = tied;
    }

    static Ties of(Fixture fixture) {
        MemoryConfig config = fixture.config();
        int tokens = fixture.pass().seqLen();
        boolean[] tied = new boolean[fixture.pass().batchSize() * tokens];
        if (config.masksSlots()) {
            FixtureRun run = new FixtureRun(fixture);
            for (int row = 0; row < fixture.pass().batchSize(); row++) {
                Tensor scores = ReferenceRuntime.scanWithStepTrace(config.withReadTopK(0), run.scanInput(row))
                        .get(MathTensor.READ_SCORES);
                for (int t = 0; t < tokens; t++) {
                    tied[row * tokens + t] = tiedAt(scores, t, config);
                }
            }
        }
        return new Ties(fixture, tied);
    }

    private static boolean tiedAt(Tensor scores, int token, MemoryConfig config) {
        int slots = config.numStates();
        for (int head = 0; head < config.numStateHeads(); head++) {
            double[] sorted = new double[slots];
            for (int s = 0; s < slots; s++) {
                sorted[s] = scores.at((token * config.numStateHeads() + head) * slots + s);
            }
            Arrays.sort(sorted);
            int kth = slots - config.readTopK();
            if (sorted[kth] == sorted[kth - 1]) {
                return true;
            }
        }
        return false;
    }

    /** Selects the elements of a tensor that are not judged. */
    IntPredicate ambiguous(MathTensor name, Tensor expected) {
        return ambiguous(name, expected, fixture.kept(name));
    }

    /** The same of a tensor that has rows of these tokens. */
    IntPredicate ambiguous(MathTensor name, Tensor expected, Optional<KeptTokens> kept) {
        if (!AMBIGUOUS.contains(name)) {
            return index -> false;
        }
        int tokens = fixture.pass().seqLen();
        int rows = kept.map(KeptTokens::count).orElse(tokens);
        int perRow = expected.count() / (fixture.pass().batchSize() * rows);
        return index -> {
            int row = index / perRow;
            int token = kept.isPresent() ? kept.get().token(row % rows) : row % rows;
            return tied[row / rows * tokens + token];
        };
    }

    /** Whether a tensor is not judged at a token. */
    boolean ambiguous(MathTensor name, int row, int token) {
        return AMBIGUOUS.contains(name) && tied[row * fixture.pass().seqLen() + token];
    }

    /** How many tokens tie, over all batch rows. */
    int count() {
        return (int) IntStream.range(0, tied.length).filter(token -> tied[token]).count();
    }

}
