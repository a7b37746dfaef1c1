package rwkvms.parity.nd4j;

import java.util.EnumSet;
import java.util.Set;

import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Stage;

/** One rule of the math that {@link Nd4jRuntime} breaks on request, with the tensors a difference may first show in. */
public enum Fault {
    NONE("nothing is broken"),

    MASKED_TOKEN_AS_PREDECESSOR("streaming takes the row before, masked or not", MathTensor.FEATURE_R,
            MathTensor.FEATURE_W),
    K_A_IGNORED("feature_k without k_a", MathTensor.FEATURE_K),
    KK_NOT_NORMALISED("kk is not divided by its norm", MathTensor.FEATURE_A),

    LAMBDA_AND_BETA_SWAPPED("keep is beta, erase and write are lambda", MathTensor.KEEP, MathTensor.ERASE),
    DECAY_WITHOUT_EXP("w_decay is exp(feature_w)", MathTensor.W_DECAY),

    SLOT_OFF_BY_ONE("the slot after the right one is written", MathTensor.SLOT_INDICES),
    POSITION_ADVANCED_ON_MASK("a masked token counts", MathTensor.SLOT_INDICES, MathTensor.POSITIONS_AFTER,
            MathTensor.FINAL_POSITIONS),
    TRANSPOSED_READ("slot_reads of the transposed state", MathTensor.SLOT_READS,
            MathTensor.READ_ROUTES_PER_HEAD, MathTensor.RAW_READS),
    WRITE_BEFORE_READ("reads the state after this token's write", MathTensor.SLOT_READS,
            MathTensor.READ_ROUTES_PER_HEAD, MathTensor.RAW_READS),
    READ_DECAYED_STATE("reads the decayed state", MathTensor.SLOT_READS, MathTensor.READ_ROUTES_PER_HEAD,
            MathTensor.RAW_READS),
    SCORES_UNSCALED("scores without 1/sqrt(r)", MathTensor.READ_SCORES, MathTensor.READ_ROUTES_PER_HEAD),
    TOP_K_IGNORED("all slots keep their score", MathTensor.READ_SCORES, MathTensor.READ_ROUTES_PER_HEAD),
    DECAY_ON_ROWS("the decay acts on rows", written()),
    CORRECTION_OF_DECAYED_STATE("corr reads the decayed state", written()),
    A_AND_B_SWAPPED("a and b are exchanged in the write", written()),
    OUTER_PRODUCT_TRANSPOSED("writes k v' instead of v k'", written()),
    ERASE_GATE_IGNORED("rwkv_ms_erase_gate is not applied", written()),

    GROUP_NORM_BIAS("ln_x.bias is added", MathTensor.READS),
    GROUP_NORM_EPS("eps is 1e-5 and not 64e-5", MathTensor.READS),
    UNBIASED_VARIANCE("the variance is divided by r - 1", MathTensor.READS),

    ALPHA_NOT_DIVIDED_BY_RANK("deltas are scaled by alpha", MathTensor.DELTA_Q, MathTensor.DELTA_V);

    private final String description;
    @SuppressWarnings("ImmutableEnumChecker") // never changed after construction
    private final Set<MathTensor> first = EnumSet.noneOf(MathTensor.class);

    Fault(String description, MathTensor... first) {
        this.description = description;
        this.first.addAll(Set.of(first));
    }

    /** Where a wrong write shows: in the trace, in what the next tokens read, or only at the end. */
    private static MathTensor[] written() {
        return new MathTensor[]{MathTensor.CANDIDATE_STATE, MathTensor.STATE_AFTER, MathTensor.READ_ROUTES_PER_HEAD,
                MathTensor.READ_ROUTES, MathTensor.RAW_READS, MathTensor.FINAL_STATE};
    }

    /** What is wrong, in a few words. */
    public String description() {
        return description;
    }

    /** Tensors in which the first difference may be: the one that the rule computes, or the first recorded after it. */
    public Set<MathTensor> first() {
        return EnumSet.copyOf(first);
    }

    /** The stage that a verdict must name. */
    public Stage stage() {
        return first.iterator().next().stage().orElseThrow();
    }
}
