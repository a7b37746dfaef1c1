package rwkvms.diagnosis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.Ties;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.hypotheses.Layer;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarException;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** One observed run, against which hypotheses are held. */
final class Evidence implements AutoCloseable {
    /** Tokens from the first that differs on. */
    private static final int FEW = 8;
    /** Tokens that the first question is about: the second one reads what the first has written. */
    private static final int FIRST = 2;
    /** Times the scale of what is right. */
    private static final double GROWN = 10;

    private final Observation observation;
    private final Fixture fixture;
    private final Optional<Sidecar> sidecar;
    private final @Nullable Layer layer;
    private final Ties ties;
    private final View whole;
    private final Fit correct;
    private final View beginning;
    private final Fit correctBeginning;
    private final View opening;
    /** Answers that are asked for twice: of every hypothesis, and of what a pair may be made of. */
    private final Map<Hypothesis, Boolean> surpassing = new ConcurrentHashMap<>();

    private Evidence(Observation observation, Optional<Sidecar> sidecar) {
        this.observation = observation;
        this.fixture = observation.fixture();
        this.sidecar = sidecar;
        this.layer = sidecar.map(opened -> Layer.of(fixture.config(), opened.layer(fixture.pass().layer())))
                .orElse(null);
        this.ties = Ties.of(fixture);
        this.whole = view(observation.tokens());
        this.correct = fit(Hypothesis.CORRECT, whole, Stage.DELTA);
        int end = Math.min(correct.token(), observation.tokens() - FEW) + FEW;
        boolean all = end == observation.tokens();
        this.beginning = all ? whole : view(end);
        this.correctBeginning = all ? correct : beginning(Hypothesis.CORRECT);
        this.opening = view(Math.min(FIRST, end));
    }

    static Evidence of(Observation observation) throws SidecarException {
        return new Evidence(observation, observation.sidecar().isEmpty()
                ? Optional.empty()
                : Optional.of(SidecarReader.open(observation.sidecar().get())));
    }

    Observation observation() {
        return observation;
    }

    /** How near the correct rule comes, which is not the fixture's values bit for bit. */
    Fit correct() {
        return correct;
    }

    Fit fit(Hypothesis hypothesis) {
        return fit(hypothesis, whole, Stage.DELTA);
    }

    /**
     * The same up to a few tokens behind the first that differs: enough to leave most hypotheses out, and of a long run a small
     * part.
     */
    Fit beginning(Hypothesis hypothesis) {
        return fit(hypothesis, beginning, Stage.DELTA);
    }

    /**
     * Whether the hypothesis explains that beginning. Most of those that do not are told by their first tokens, or by what is computed
     * up to the rule's first difference, small parts of what there is to compute.
     */
    boolean explainsBeginning(Hypothesis hypothesis) {
        return fit(hypothesis, opening, Stage.DELTA).ratio() <= 1 && surpassesTheRule(hypothesis)
                && beginning(hypothesis).ratio() <= 1;
    }

    /** Whether it agrees with that beginning for longer than the rule does, in the order of computation. */
    boolean surpassesTheRule(Hypothesis hypothesis) {
        Place rule = correctBeginning.first();
        return surpassing.computeIfAbsent(hypothesis,
                asked -> fit(asked, beginning, rule.stage()).first().compareTo(rule) > 0);
    }

    /** How near the correct rule comes there. */
    Fit correctBeginning() {
        return correctBeginning;
    }

    private Fit fit(Hypothesis hypothesis, View view, Stage last) {
        TensorSet values = values(hypothesis, view.tokens, last);
        double ratio = 0;
        double maxAbsDiff = 0;
        Place first = Place.NOWHERE;
        int firstToken = Integer.MAX_VALUE;
        for (Column column : view.columns) {
            Optional<Tensor> would = values.find(column.name);
            if (would.isEmpty()) {
                continue;
            }
            if (!column.shape.equals(Optional.of(would.get().shape()))) {
                return new Fit(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Place.of(column.name, 0), 0);
            }
            double[] mine = would.get().toDoubles();
            double grown = grown(mine, column.scale);
            boolean floating = column.name.kind() == DType.Kind.FLOATING;
            int earliest = Integer.MAX_VALUE;
            for (int i = 0; i < column.given.length; i++) {
                double value = mine[column.at[i]];
                double diff = difference(column.given[i], value);
                if (diff == 0) {
                    continue;
                }
                double share = floating
                        ? diff / Tolerance.DEFAULT.limit(Math.max(Math.abs(finite(value)), grown))
                        : Double.POSITIVE_INFINITY;
                ratio = Math.max(ratio, share);
                maxAbsDiff = Math.max(maxAbsDiff, diff);
                if (share > 1) {
                    earliest = Math.min(earliest, column.token(i, view.tokens));
                }
            }
            if (earliest < Integer.MAX_VALUE) {
                first = first.earlier(Place.of(column.name, earliest));
                firstToken = column.name.hasTokens() ? Math.min(firstToken, earliest) : firstToken;
            }
        }
        return new Fit(ratio, maxAbsDiff, first, firstToken);
    }

    /**
     * The scale of a tensor that a mistake makes far larger than it should be, else 0: float32's roundings are of the size of what is
     * added, however little is left of the sum.
     */
    private static double grown(double[] would, double right) {
        double scale = scale(would);
        return scale > GROWN * right ? scale : 0;
    }

    /** The largest magnitude; what top-k leaves out has none. */
    private static double scale(double[] values) {
        double scale = 0;
        for (double value : values) {
            double size = Math.abs(value);
            scale = size < Float.MAX_VALUE / 2 ? Math.max(scale, size) : scale;
        }
        return scale;
    }

    /** What a runtime gave of the first tokens. */
    private record View(int tokens, List<Column> columns) {
    }

    /**
     * What a runtime gave of a tensor, without what is ambiguous.
     *
     * @param shape    that a hypothesis must give; empty if the runtime gave another one
     * @param scale    the largest magnitude of what is right
     * @param at       where a hypothesis has each value
     * @param perToken values of a token
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Column(MathTensor name, Optional<Shape> shape, double scale, double[] given, int[] at,
            int perToken) {
        /** The token of a value, of so many tokens; of a tensor without them, any. */
        int token(int i, int tokens) {
            return at[i] / perToken % tokens;
        }
    }

    private View view(int tokens) {
        List<Column> columns = new ArrayList<>();
        for (MathTensor name : observation.given().names()) {
            Optional<Tensor> expected = observation.expected(name);
            if (expected.isPresent() && (name.hasTokens() || tokens == observation.tokens())) {
                columns.add(column(name, observation.given().get(name), expected.get(), tokens));
            }
        }
        return new View(tokens, columns);
    }

    private Column column(MathTensor name, Tensor given, Tensor expected, int tokens) {
        Optional<KeptTokens> kept = observation.kept(name);
        int rows = kept.map(KeptTokens::count).orElse(observation.tokens());
        long[] dims = given.shape().dims();
        boolean sound = !name.hasTokens() || dims[1] == rows;
        int perToken = name.hasTokens() ? Math.max(1, given.count() / given.shape().dim(0) / given.shape().dim(1)) : 1;
        if (name.hasTokens()) {
            dims[1] = tokens;
        }
        IntPredicate ambiguous = given.shape().equals(expected.shape())
                ? ambiguous(name, expected, perToken)
                : index -> false;
        double[] values = new double[given.count()];
        int[] at = new int[values.length];
        int count = 0;
        for (int i = 0; sound && i < values.length; i++) {
            int row = i / perToken % rows;
            int token = kept.isPresent() ? kept.get().token(row) : row;
            if (token < tokens && !ambiguous.test(i)) {
                values[count] = given.at(i);
                at[count] = (i / perToken / rows * tokens + token) * perToken + i % perToken;
                count++;
            }
        }
        return new Column(name, sound ? Optional.of(Shape.of(dims)) : Optional.empty(), scale(expected.toDoubles()),
                Arrays.copyOf(values, count), Arrays.copyOf(at, count), perToken);
    }

    private IntPredicate ambiguous(MathTensor name, Tensor expected, int perToken) {
        if (observation.step().isEmpty()) {
            return ties.ambiguous(name, expected);
        }
        int tokens = observation.tokens();
        return i -> ties.ambiguous(name, i / perToken / tokens, observation.from() + i / perToken % tokens);
    }

    /** NaN and infinity equal themselves: a mistake that gives them is told by them. */
    private static double difference(double given, double would) {
        if (given == would || (Double.isNaN(given) && Double.isNaN(would))) {
            return 0;
        }
        double diff = Math.abs(given - would);
        return Double.isNaN(diff) ? Double.POSITIVE_INFINITY : diff;
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }

    private TensorSet values(Hypothesis hypothesis, int tokens, Stage last) {
        List<TensorSet> rows = new ArrayList<>();
        Layer weights = layer;
        if (weights == null) {
            FixtureRun run = new FixtureRun(fixture);
            for (int row = 0; row < fixture.pass().batchSize(); row++) {
                rows.add(hypothesis.scan(fixture.config(), run.scanInput(row).tokens(0, tokens)));
            }
        } else {
            for (Observation.Asked asked : observation.asked()) {
                rows.add(hypothesis.forward(weights, asked.before(), asked.input().tokens(0, tokens),
                        asked.previousGiven(), asked.starts().stream().filter(start -> start < tokens).toList(), last));
            }
        }
        return FixtureRun.stack(rows);
    }

    @Override
    public void close() {
        sidecar.ifPresent(Sidecar::close);
    }
}
