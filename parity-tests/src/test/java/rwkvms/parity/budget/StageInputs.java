package rwkvms.parity.budget;

import java.util.Optional;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * What reaches a stage: what the stages before have computed with the errors they had, or, where a run's tensors are given,
 * exactly what that run's own stages handed on. The latter leaves a stage's own error alone.
 */
final class StageInputs {
    private final Optional<TensorSet> run;
    private final int row;
    private final int tokens;

    StageInputs(Optional<TensorSet> run, int row, int tokens) {
        this.run = run;
        this.row = row;
        this.tokens = tokens;
    }

    /** A tensor [B, T, …] of one token as the next stage gets it. */
    Bound[] next(MathTensor name, int token, Bound[] computed) {
        return run.map(tensors -> {
            Tensor all = tensors.get(name);
            Bound[] given = new Bound[computed.length];
            for (int i = 0; i < given.length; i++) {
                given[i] = Bound.exact(all.at((row * tokens + token) * computed.length + i));
            }
            return given;
        }).orElse(computed);
    }
}
