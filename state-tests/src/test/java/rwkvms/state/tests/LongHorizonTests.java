package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.qameta.allure.Allure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.report.ErrorPlot;
import rwkvms.report.TokenErrors;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.state.checks.SmallMemory;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * {@value #TOKENS} tokens in slots of {@value #CHUNK}: twice around the ring, with states as large as those of a live session.
 * Each runtime's state stays within the bound that {@link DoubleState} derives around a float64 recurrence over the same
 * features. The two runtimes, whose features are rounded differently, agree within the suite's relative tolerance.
 */
final class LongHorizonTests {
    private static final int TOKENS = 8192;
    private static final int CHUNK = 1024;
    private static final int CALL = 64;
    /** The bound costs a pass over all tokens, so it is computed only twice per slot. */
    private static final int CHECK_EVERY = 512;
    private static final long SEED = 5;
    /** Brings the largest state to that of the published traces, 1.5e3. */
    private static final double HIDDEN_SCALE = 12.5;
    private static final double RELATIVE = 1e-5;
    private static final SyntheticSidecar SIZES = SyntheticSidecar.SMALL.with(config -> config.withChunkSize(CHUNK))
            .withLayers(new TreeMap<>(Map.of(0, new AttentionWidths(8, 4, 4, 64))));

    private static ForwardInput call(int number) {
        Random random = new Random(SEED + number);
        float[] hidden = new float[CALL * SIZES.config().hiddenSize()];
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = (float) (HIDDEN_SCALE * random.nextGaussian());
        }
        return ForwardInput.of(Tensor.ofFloats(Shape.of(CALL, SIZES.config().hiddenSize()), hidden));
    }

    /** One runtime, the float64 state beside it, and the differences so far. */
    private static final class Run implements AutoCloseable {
        private final String name;
        private final SmallMemory memory;
        private final MemorySession session;
        private final DoubleState exact;
        private final List<Double> errors = new ArrayList<>();
        private double share;
        private double largest;

        Run(MemoryRuntime runtime) throws Exception {
            this.name = runtime.name();
            this.memory = SmallMemory.on(runtime, SIZES, SEED);
            this.session = memory.newSession();
            this.exact = new DoubleState(memory.sidecar().config());
        }

        void advance(int number) {
            TensorSet taps = session.forward(0, call(number));
            exact.advance(taps);
            Tensor state = session.state(0).state();
            largest = Math.max(largest, exact.maxAbs());
            errors.addAll(Collections.nCopies(CALL, exact.distance(state) / exact.maxAbs()));
            if ((number + 1) * CALL % CHECK_EVERY == 0) {
                share = Math.max(share, exact.shareOfBound(state));
                assertThat(share).as("%s after %d tokens: share of the derived bound", name, (number + 1) * CALL)
                        .isLessThanOrEqualTo(1);
            }
        }

        @Override
        public void close() {
            session.close();
            memory.close();
        }
    }

    @Test
    void errorStaysWithinWhatRoundingTheStateOnceATokenAllows() throws Exception {
        List<Double> between = new ArrayList<>();
        List<Double> bounds = new ArrayList<>();
        try (Run reference = new Run(StateRuntimes.reference()); Run cpp = new Run(StateRuntimes.cpp())) {
            for (int number = 0; number < TOKENS / CALL; number++) {
                reference.advance(number);
                cpp.advance(number);
                double difference = distance(reference.session.state(0).state(), cpp.session.state(0).state())
                        / reference.exact.maxAbs();
                between.addAll(Collections.nCopies(CALL, difference));
                if ((number + 1) * CALL % CHECK_EVERY == 0) {
                    bounds.addAll(Collections.nCopies(CHECK_EVERY,
                            reference.exact.maxBound() / reference.exact.maxAbs()));
                }
            }
            assertThat(cpp.session.state(0).position()).isEqualTo(TOKENS);
            report(reference, cpp, between, bounds);
            assertThat(reference.largest).isBetween(1000.0, 2000.0);
            assertThat(Collections.max(between)).isLessThanOrEqualTo(RELATIVE);
        }
    }

    private static double distance(Tensor one, Tensor other) {
        double largest = 0;
        for (int i = 0; i < one.count(); i++) {
            largest = Math.max(largest, Math.abs(one.at(i) - other.at(i)));
        }
        return largest;
    }

    private static void report(Run reference, Run cpp, List<Double> between, List<Double> bounds) throws Exception {
        String text = String.format(
                "%d tokens, states up to %.0f; error over largest state: reference %.2g, C++ %.2g, between them %.2g;"
                        + " derived bound %.2g, largest share of it %.2f",
                TOKENS, reference.largest, Collections.max(reference.errors), Collections.max(cpp.errors),
                Collections.max(between), Collections.max(bounds), Math.max(reference.share, cpp.share));
        System.out.println("long horizon: " + text);
        String plot = ErrorPlot.byToken(List.of(new TokenErrors("reference, of its largest state", reference.errors),
                new TokenErrors("C++", cpp.errors), new TokenErrors("C++ from reference", between),
                new TokenErrors("derived bound", bounds)), RELATIVE);
        Files.writeString(Path.of("target", "long-horizon.html"), text + "<br>" + plot);
        Allure.descriptionHtml(text + "<br>" + plot);
    }
}
