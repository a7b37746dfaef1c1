package rwkvms.pipe;

import java.lang.foreign.ValueLayout;
import java.util.Locale;
import rwkvms.checkpoint.Safetensors;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** One sequence in a program. */
record PipeSession(PipeProgram program, String handle, MemoryConfig config) implements MemorySession {
    /** The bytes of a saved state, of type U8. */
    private static final String PAYLOAD = "payload";

    private Request request(Operation operation) {
        return new Request(operation).text("session", handle);
    }

    private Request request(Operation operation, int layer) {
        return request(operation).text("layer", layer);
    }

    @Override
    public TensorSet forward(int layer, ForwardInput input) {
        Request forward = request(Operation.FORWARD, layer)
                .text("predecessor", input.legacyPredecessor() ? "legacy" : "streaming")
                .text("write", !input.readOnly()).text("taps", input.taps().name().toLowerCase(Locale.ROOT))
                .row(MathTensor.HIDDEN_STATES, input.hiddenStates());
        input.mask().ifPresent(mask -> forward.row(MathTensor.TOKEN_MASK, mask));
        return Results.of(Operation.FORWARD, program.ask(forward));
    }

    @Override
    public LayerState state(int layer) {
        TensorSet found = Results.of(Operation.GET_STATE, program.ask(request(Operation.GET_STATE, layer)));
        int r = config.rank();
        Tensor state = row(found, MathTensor.FINAL_STATE, DType.Kind.FLOATING,
                Shape.of(config.numStateHeads(), config.numStates(), r, r));
        Tensor source = row(found, MathTensor.FINAL_PREVIOUS_SOURCE, DType.Kind.FLOATING, Shape.of(config.readDim()));
        Tensor position = row(found, MathTensor.FINAL_POSITIONS, DType.Kind.INTEGER, Shape.of());
        return new LayerState(state, position.longAt(0), source);
    }

    private static Tensor row(TensorSet found, MathTensor name, DType.Kind kind, Shape shape) {
        Tensor batch = found.get(name);
        if (batch.dtype().kind() != kind || !batch.shape().equals(shape.prepend(1))) {
            throw new RuntimeFailure("get_state: " + name.label() + ": expected " + kind.name().toLowerCase(Locale.ROOT)
                    + " values of shape " + shape.prepend(1) + ", found " + batch);
        }
        return batch.reshape(shape);
    }

    @Override
    public void setState(int layer, LayerState state) {
        program.ask(request(Operation.SET_STATE, layer).row(MathTensor.INITIAL_STATE, state.state())
                .position(state.position()).row(MathTensor.INITIAL_PREVIOUS_SOURCE, state.previousSource()));
    }

    @Override
    public void reset() {
        program.ask(request(Operation.RESET));
    }

    @Override
    public byte[] saveState() {
        Safetensors answer = program.ask(request(Operation.SAVE));
        Tensor payload = answer.tensors().get(PAYLOAD);
        if (payload == null || payload.dtype() != DType.UINT8) {
            throw new RuntimeFailure("save: expected a tensor payload of bytes, found "
                    + (payload == null ? "none" : payload));
        }
        return payload.bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void loadState(byte[] payload) {
        program.ask(request(Operation.LOAD).tensor(PAYLOAD,
                Tensor.copyOf(DType.UINT8, Shape.of(payload.length), payload)));
    }

    @Override
    public void close() {
        if (!program.hasEnded()) {
            program.ask(request(Operation.END));
        }
    }
}
