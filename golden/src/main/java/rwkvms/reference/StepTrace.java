package rwkvms.reference;

import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The tensors that a fixture with {@code include_step_trace} records for every token (math.md §4), stacked on the token
 * axis.
 */
final class StepTrace {
    private final MemoryConfig config;
    private final int tokens;
    private final int stateCount;
    private final float[] stateBefore;
    private final float[] stateAfter;
    private final float[] candidateState;
    private final float[] slotReads;
    private final float[] readScores;
    private final long[] positionsBefore;
    private final long[] positionsAfter;

    StepTrace(MemoryConfig config, int tokens) {
        this.config = config;
        this.tokens = tokens;
        this.stateCount = config.stateCount();
        this.stateBefore = new float[tokens * stateCount];
        this.stateAfter = new float[tokens * stateCount];
        this.candidateState = new float[tokens * stateCount];
        this.slotReads = new float[tokens * stateCount / config.rank()];
        this.readScores = new float[tokens * config.numStateHeads() * config.numStates()];
        this.positionsBefore = new long[tokens];
        this.positionsAfter = new long[tokens];
    }

    void before(int t, SequenceState sequence) {
        System.arraycopy(sequence.values(), 0, stateBefore, t * stateCount, stateCount);
        positionsBefore[t] = sequence.position();
    }

    void reads(int t, int head, float[] headReads, float[] headScores) {
        int row = t * config.numStateHeads() + head;
        System.arraycopy(headReads, 0, slotReads, row * headReads.length, headReads.length);
        System.arraycopy(headScores, 0, readScores, row * headScores.length, headScores.length);
    }

    void candidates(int t, float[] candidates) {
        System.arraycopy(candidates, 0, candidateState, t * stateCount, stateCount);
    }

    void after(int t, SequenceState sequence) {
        System.arraycopy(sequence.values(), 0, stateAfter, t * stateCount, stateCount);
        positionsAfter[t] = sequence.position();
    }

    Map<MathTensor, Tensor> tensors() {
        int n = config.numStateHeads();
        int k = config.numStates();
        int r = config.rank();
        Shape states = Shape.of(1, tokens, n, k, r, r);
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        tensors.put(MathTensor.STATE_BEFORE, Tensor.ofFloats(states, stateBefore));
        tensors.put(MathTensor.SLOT_READS, Tensor.ofFloats(Shape.of(1, tokens, n, k, r), slotReads));
        tensors.put(MathTensor.READ_SCORES, Tensor.ofFloats(Shape.of(1, tokens, n, k), readScores));
        tensors.put(MathTensor.CANDIDATE_STATE, Tensor.ofFloats(states, candidateState));
        tensors.put(MathTensor.STATE_AFTER, Tensor.ofFloats(states, stateAfter));
        tensors.put(MathTensor.POSITIONS_BEFORE, Tensor.ofLongs(Shape.of(1, tokens), positionsBefore));
        tensors.put(MathTensor.POSITIONS_AFTER, Tensor.ofLongs(Shape.of(1, tokens), positionsAfter));
        return tensors;
    }
}
