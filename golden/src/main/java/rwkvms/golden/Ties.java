package rwkvms.golden;

import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import rwkvms.comparison.KeptTokens;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.tensor.Tensor;

/**
 * Tokens of a fixture with {@link TiedScores}: their scores and routes are not judged.
 */
public final class Ties {
    private final Fixture fixture;
    private final boolean[] tied; // [B, T]

    private Ties(Fixture fixture, boolean[] tied) {
        this.fixture = fixture;
        this.tied = tied;
    }

    public static Ties of(Fixture fixture) {
        MemoryConfig config = fixture.config();
        int tokens = fixture.pass().seqLen();
        boolean[] tied = new boolean[fixture.pass().batchSize() * tokens];
        if (config.masksSlots()) {
            FixtureRun run = new FixtureRun(fixture);
            for (int row = 0; row < fixture.pass().batchSize(); row++) {
                Tensor scores = ReferenceRuntime.scanWithStepTrace(config.withReadTopK(0), run.scanInput(row))
                        .get(MathTensor.READ_SCORES);
                for (int t = 0; t < tokens; t++) {
                    tied[row * tokens + t] = TiedScores.at(t, scores, config);
                }
            }
        }
        return new Ties(fixture, tied);
    }

    /** Selects the elements of a tensor that are not judged. */
    public IntPredicate ambiguous(MathTensor name, Tensor expected) {
        return ambiguous(name, expected, fixture.kept(name));
    }

    /** The same of a tensor that has rows of these tokens. */
    IntPredicate ambiguous(MathTensor name, Tensor expected, Optional<KeptTokens> kept) {
        if (!TiedScores.affect(name)) {
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
    public boolean ambiguous(MathTensor name, int row, int token) {
        return TiedScores.affect(name) && tied[row * fixture.pass().seqLen() + token];
    }

    /** How many tokens tie, over all batch rows. */
    int count() {
        return (int) IntStream.range(0, tied.length).filter(token -> tied[token]).count();
    }

}
