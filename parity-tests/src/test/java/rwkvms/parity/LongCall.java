package rwkvms.parity;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import rwkvms.conditioning.Conditioning;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/** A call of a random model, which other processes can make too. */
record LongCall(Sidecar sidecar, LayerState initial, ForwardInput input) {
    static LongCall of(RandomModel model, Sidecar sidecar) {
        return new LongCall(sidecar, model.initial(), model.input());
    }

    /** The exact values, and what float32 can know of them. */
    Conditioning conditioning() {
        return Conditioning.of(sidecar.config(), sidecar.layer(RandomModel.LAYER), List.of(initial), List.of(input),
                1);
    }

    TensorSet run(MemoryRuntime runtime) {
        return RandomModel.run(runtime, sidecar, initial, input);
    }

    /** All but the sidecar, for {@link #read}. */
    void write(DataOutputStream out) throws IOException {
        out.writeLong(initial.position());
        TensorStream.write(out, TensorSet.of(Map.of(MathTensor.INITIAL_STATE, initial.state(),
                MathTensor.INITIAL_PREVIOUS_SOURCE, initial.previousSource(), MathTensor.HIDDEN_STATES,
                input.hiddenStates(), MathTensor.TOKEN_MASK, input.mask().orElseThrow())));
    }

    static LongCall read(DataInputStream in, Sidecar sidecar) throws IOException {
        long position = in.readLong();
        TensorSet tensors = TensorStream.read(in);
        ForwardInput input = ForwardInput.of(tensors.get(MathTensor.HIDDEN_STATES))
                .withMask(tensors.get(MathTensor.TOKEN_MASK)).withTaps(RandomModel.TAPS);
        return new LongCall(sidecar, new LayerState(tensors.get(MathTensor.INITIAL_STATE), position,
                tensors.get(MathTensor.INITIAL_PREVIOUS_SOURCE)), input);
    }
}
