package rwkvms.golden;

import java.util.List;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;

/**
 * A step as a runtime was asked for it, of all batch rows. State and position in its end are {@code final_state} and
 * {@code final_positions}.
 *
 * @param from   its first token
 * @param before the state that was given, by batch row
 * @param inputs its tokens, by batch row
 * @param truth  what exact arithmetic gives, [B, t, …]
 * @param given  what the runtime gave
 */
public record StepSeen(int from, List<LayerState> before, List<ForwardInput> inputs, TensorSet truth,
        TensorSet given) {
    public StepSeen {
        before = List.copyOf(before);
        inputs = List.copyOf(inputs);
    }

    public int tokens() {
        return inputs.getFirst().tokens();
    }

    public long values() {
        return given.names().stream().mapToLong(name -> given.get(name).count()).sum();
    }
}
