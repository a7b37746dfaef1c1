package rwkvms.golden;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A long call of the real-size case's weights: the exact values, rounded, are what is expected. */
final class LongCase implements AutoCloseable {
    private static final double HIDDEN_SCALE = 1;

    private final GoldenCase golden;

    private LongCase(GoldenCase golden) {
        this.golden = golden;
    }

    /** So many tokens of normal hidden states, on a normal state. */
    static LongCase of(int tokens, double stateScale) throws Exception {
        GoldenCase real = AlteredCases.golden("real-size");
        Shape shape = real.fixture().input(MathTensor.INITIAL_STATE).shape();
        return of(real, tokens, normal(shape, stateScale, tokens + 1));
    }

    /** The same with equal slots, whose scores are equal but for rounding. */
    static LongCase ofEqualSlots(int tokens, double stateScale) throws Exception {
        GoldenCase real = AlteredCases.golden("real-size");
        Shape shape = real.fixture().input(MathTensor.INITIAL_STATE).shape();
        double[] slot = normal(shape, stateScale, tokens + 1).toDoubles();
        int perSlot = shape.dim(3) * shape.dim(4);
        return of(real, tokens, Tensor.ofRounded(shape,
                IntStream.range(0, shape.count()).mapToDouble(i -> slot[i % perSlot]).toArray()));
    }

    private static LongCase of(GoldenCase real, int tokens, Tensor state) throws Exception {
        Fixture inputs = inputs(real.fixture(), tokens, state);
        LongCase unexpected = new LongCase(AlteredCases.with(real, inputs));
        TensorSet exact = unexpected.conditioning().exact();
        TensorSet integers = unexpected.reference();
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>();
        for (String label : real.fixture().expected().keySet()) {
            MathTensor name = MathTensor.ofLabel(label).orElseThrow();
            expected.put(label, exact.find(name).map(Tensor::asFloat32).orElseGet(() -> integers.get(name)));
        }
        return new LongCase(AlteredCases.with(real, inputs.withExpected(expected)));
    }

    private static Fixture inputs(Fixture like, int tokens, Tensor state) {
        Fixture.Pass p = like.pass();
        Fixture fixture = like.withPass(new Fixture.Pass(p.layer(), p.seed(), p.dtype(), 1, tokens, 0, p.tokenMask(),
                false, false));
        fixture = AlteredCases.withInput(fixture, MathTensor.HIDDEN_STATES,
                normal(Shape.of(1, tokens, like.config().hiddenSize()), HIDDEN_SCALE, tokens));
        fixture = AlteredCases.withInput(fixture, MathTensor.INITIAL_STATE, state);
        boolean[] valid = new boolean[tokens];
        IntStream.range(0, tokens).forEach(t -> valid[t] = t % 7 != 3);
        return AlteredCases.withInput(fixture, MathTensor.TOKEN_MASK, Tensor.ofBooleans(Shape.of(1, tokens), valid));
    }

    private static Tensor normal(Shape shape, double scale, long seed) {
        Random random = new Random(seed);
        return Tensor.ofRounded(shape,
                IntStream.range(0, shape.count()).mapToDouble(i -> scale * random.nextGaussian()).toArray());
    }

    GoldenCase golden() {
        return golden;
    }

    /** With the seed that its judgement has. */
    Conditioning conditioning() {
        FixtureRun run = new FixtureRun(golden.fixture());
        return Conditioning.of(golden.fixture().config(),
                golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()), List.of(run.initialState(0)),
                List.of(run.input(0)), golden.name().hashCode());
    }

    TensorSet reference() throws Exception {
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            return new FixtureCheck(golden, Tolerance.DEFAULT).run(reference);
        }
    }

    /** Everything as it is expected. */
    TensorSet expected() {
        Map<MathTensor, Tensor> expected = new EnumMap<>(MathTensor.class);
        golden.fixture().expected()
                .forEach((label, tensor) -> expected.put(MathTensor.ofLabel(label).orElseThrow(), tensor));
        return TensorSet.of(expected);
    }

    @Override
    public void close() {
        golden.close();
    }
}
