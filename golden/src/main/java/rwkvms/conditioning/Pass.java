package rwkvms.conditioning;

import java.util.Arrays;
import rwkvms.conditioning.CoefficientMath.Coefficients;
import rwkvms.conditioning.FeatureMath.Features;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Tensor;

/** One sequence with its inputs, which can be run any number of times. */
sealed interface Pass {
    int tokens();

    void run(ValueSink sink, Rounding rounding);

    /** Some tokens of it, of which {@code from} is the first, from another state. */
    Pass part(LayerState state, ForwardInput tokens, int from);

    /** All stages. */
    record Forward(MemoryMath math, RawValues raw, LayerState initial, ForwardInput input) implements Pass {
        @Override
        public int tokens() {
            return input.tokens();
        }

        @Override
        public void run(ValueSink sink, Rounding rounding) {
            math.run(raw, initial, input, sink, rounding);
        }

        @Override
        public Pass part(LayerState state, ForwardInput tokens, int from) {
            return new Forward(math, (token, rounding) -> raw.of(from + token, rounding), state, tokens);
        }
    }

    /** Coefficients and scan, from recorded features that are taken as exact. */
    record Replay(MemoryConfig config, ScanInput input) implements Pass {
        @Override
        public int tokens() {
            return input.tokens();
        }

        @Override
        public void run(ValueSink sink, Rounding rounding) {
            TokenMask mask = TokenMask.of(input.mask());
            ScanMath scan = new ScanMath(config);
            CoefficientMath coefficients = new CoefficientMath(config);
            double[] state = input.state().toDoubles();
            long position = input.position();
            int last = sink.lastToken(tokens());
            for (int t = 0; t <= last; t++) {
                Features f = new Features(row(input.r(), t), row(input.w(), t), row(input.k(), t), row(input.v(), t),
                        row(input.a(), t), row(input.b(), t), new double[0]);
                Coefficients c = coefficients.of(row(input.beta(), t), row(input.lambda(), t), f.w, rounding);
                MemoryMath.put(t, c, sink);
                scan.step(t, f, c, mask.valid(t), state, position, false, sink, rounding);
                position += mask.validity(t);
            }
            sink.put(MathTensor.FINAL_STATE, 0, state);
        }

        @Override
        public Pass part(LayerState state, ForwardInput tokens, int from) {
            throw new UnsupportedOperationException("recorded features are replayed whole");
        }

        private static double[] row(Tensor all, int token) {
            double[] row = new double[all.count() / all.shape().dim(0)];
            Arrays.setAll(row, i -> all.at(token * row.length + i));
            return row;
        }
    }
}
