package rwkvms.parity;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import rwkvms.conditioning.Conditioning;
import rwkvms.golden.TiedScores;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/** A call of a random model, which other processes can make too. */
record LongCall(Sidecar sidecar, LayerState initial, ForwardInput input) {
    static LongCall of(RandomModel model, Sidecar sidecar) {
        return new LongCall(sidecar, model.initial(), model.input());
    }

    /** The exact values, and what float32 can know of them. */
    Conditioning conditioning() {
        return conditioning(sidecar.config());
    }

    private Conditioning conditioning(MemoryConfig config) {
        return Conditioning.of(config, sidecar.layer(RandomModel.LAYER), List.of(initial), List.of(input), 1);
    }

    /** The tokens of which it follows no rule what top-k keeps. */
    BitSet tied() {
        MemoryConfig config = sidecar.config();
        BitSet tied = new BitSet();
        if (config.masksSlots()) {
            Tensor scores = conditioning(config.withReadTopK(0)).exact().get(MathTensor.READ_SCORES);
            IntStream.range(0, scores.shape().dim(1)).filter(token -> TiedScores.at(token, scores, config))
                    .forEach(tied::set);
        }
        return tied;
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
