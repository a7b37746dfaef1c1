package rwkvms.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.Calls;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.Ties;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.hypotheses.Layer;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarException;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** One observed run, against which hypotheses are held. */
final class Evidence implements AutoCloseable {
    private final Observation observation;
    private final Fixture fixture;
    private final FixtureRun run;
    private final Optional<Sidecar> sidecar;
    private final @Nullable Layer layer;
    private final Ties ties;
    private final Fit correct;

    private Evidence(Observation observation, Optional<Sidecar> sidecar) {
        this.observation = observation;
        this.fixture = observation.fixture();
        this.run = new FixtureRun(fixture);
        this.sidecar = sidecar;
        this.layer = sidecar.map(opened -> Layer.of(fixture.config(), opened.layer(fixture.pass().layer())))
                .orElse(null);
        this.ties = Ties.of(fixture);
        this.correct = fit(Hypothesis.CORRECT);
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
        TensorSet values = values(hypothesis);
        double ratio = 0;
        double maxAbsDiff = 0;
        Place first = Place.NOWHERE;
        for (MathTensor name : observation.given().names()) {
            Optional<Tensor> expected = fixture.expected(name);
            if (expected.isEmpty() || values.find(name).isEmpty()) {
                continue;
            }
            Optional<KeptTokens> kept = fixture.kept(name);
            Tensor mine = values.get(name);
            Tensor would = kept.isPresent() ? kept.get().of(mine) : mine;
            Tensor given = observation.given().get(name);
            if (!would.shape().equals(given.shape())) {
                return new Fit(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Place.of(name, 0));
            }
            IntPredicate ambiguous = would.shape().equals(expected.get().shape())
                    ? ties.ambiguous(name, expected.get())
                    : index -> false;
            int perToken = name.hasTokens()
                    ? Math.max(1, given.count() / given.shape().dim(0) / given.shape().dim(1))
                    : 1;
            for (int i = 0; i < given.count(); i++) {
                if (ambiguous.test(i)) {
                    continue;
                }
                double diff = difference(given.at(i), would.at(i));
                double share = name.kind() == DType.Kind.FLOATING
                        ? diff / Tolerance.DEFAULT.limit(finite(would.at(i)))
                        : diff > 0 ? Double.POSITIVE_INFINITY : 0;
                ratio = Math.max(ratio, share);
                maxAbsDiff = Math.max(maxAbsDiff, diff);
                if (share > 1) {
                    int row = name.hasTokens() ? i / perToken % given.shape().dim(1) : 0;
                    first = first.earlier(Place.of(name, kept.isPresent() ? kept.get().token(row) : row));
                }
            }
        }
        return new Fit(ratio, maxAbsDiff, first);
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

    private TensorSet values(Hypothesis hypothesis) {
        List<TensorSet> rows = new ArrayList<>();
        List<Integer> starts = observation.calls().kind() == Calls.Kind.CHUNKS
                ? observation.calls().starts(fixture.pass().seqLen())
                : List.of(0);
        boolean given = fixture.optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isPresent();
        for (int row : IntStream.range(0, fixture.pass().batchSize()).toArray()) {
            ForwardInput input = starts.size() == 1 ? run.input(row) : run.streaming(row);
            rows.add(layer == null
                    ? hypothesis.scan(fixture.config(), run.scanInput(row))
                    : hypothesis.forward(Objects.requireNonNull(layer), run.initialState(row), input, given, starts));
        }
        return FixtureRun.stack(rows);
    }

    @Override
    public void close() {
        sidecar.ifPresent(Sidecar::close);
    }
}
