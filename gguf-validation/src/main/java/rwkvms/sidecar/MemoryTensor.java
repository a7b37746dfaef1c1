package rwkvms.sidecar;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The tensors of one layer in the order of a file, with compact name, source name and PyTorch shape (sidecar.md).
 *
 * <p>31 of them are required; {@link #LAMBDA} and {@link #LAMBDA_B} exist if lambda is not coupled to beta.
 */
public enum MemoryTensor {
    MEM_Q("mem_q", "memory_q_proj", Dim.D, Dim.H),
    MEM_K("mem_k", "memory_k_proj", Dim.D, Dim.H),
    MEM_V("mem_v", "memory_v_proj", Dim.D, Dim.H),
    DELTA_Q("delta_q", "delta_q_proj", Dim.Q_OUT, Dim.D),
    DELTA_K("delta_k", "delta_k_proj", Dim.K_OUT, Dim.D),
    DELTA_V("delta_v", "delta_v_proj", Dim.V_OUT, Dim.D),
    DELTA_O("delta_o", "delta_o_proj", Dim.O_OUT, Dim.D),
    BETA("beta", "beta_proj", Dim.G, Dim.H),
    BETA_B("beta_b", "beta_bias", Dim.G),
    LAMBDA("lambda", "lambda_proj", Dim.G, Dim.H),
    LAMBDA_B("lambda_b", "lambda_bias", Dim.G),
    X_R("x_r", Dim.D),
    X_W("x_w", Dim.D),
    X_K("x_k", Dim.D),
    X_V("x_v", Dim.D),
    X_A("x_a", Dim.D),
    X_G("x_g", Dim.D),
    W1("w1", Dim.D, Dim.L_W),
    W2("w2", Dim.L_W, Dim.D),
    W0("w0", Dim.D),
    A1("a1", Dim.D, Dim.L_A),
    A2("a2", Dim.L_A, Dim.D),
    A0("a0", Dim.D),
    G1("g1", Dim.D, Dim.L_G),
    G2("g2", Dim.L_G, Dim.D),
    K_K("k_k", Dim.D),
    K_A("k_a", Dim.D),
    RECEPTANCE("receptance.weight", Dim.D, Dim.D),
    KEY("key.weight", Dim.D, Dim.D),
    VALUE("value.weight", Dim.D, Dim.D),
    OUTPUT("output.weight", Dim.D, Dim.D),
    LN_X_WEIGHT("ln_x.weight", Dim.D),
    LN_X_BIAS("ln_x.bias", Dim.D);

    private static final String CORE = "rwkv.";
    private static final String SOURCE_CORE = "hrm_rwkv7_core.";

    private final String compactTail;
    private final String sourceTail;
    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Dim> dims;

    MemoryTensor(String compactTail, String sourceTail, Dim... dims) {
        this.compactTail = compactTail;
        this.sourceTail = sourceTail;
        this.dims = List.of(dims);
    }

    /** A tensor of the core, whose names end alike. */
    MemoryTensor(String tail, Dim... dims) {
        this.compactTail = CORE + tail;
        this.sourceTail = SOURCE_CORE + tail;
        this.dims = List.of(dims);
    }

    /** The name behind {@code blk.<layer>.}, such as {@code mem_q} or {@code rwkv.w1}. */
    public String compactTail() {
        return compactTail;
    }

    /** The name behind {@code model.language_model.layers.<layer>.self_attn.}, such as {@code memory_q_proj}. */
    public String sourceTail() {
        return sourceTail;
    }

    /** PyTorch shape, outermost first; a GGUF file's {@code ne} is its reverse. */
    public List<Dim> dims() {
        return dims;
    }

    /** Whether the tensor belongs to a free lambda, and not to every layer. */
    public boolean ofFreeLambda() {
        return this == LAMBDA || this == LAMBDA_B;
    }

    /** Whether the tensor is the projection of a delta head. */
    public boolean isDelta() {
        return this == DELTA_Q || this == DELTA_K || this == DELTA_V || this == DELTA_O;
    }

    /** Whether a layer, or one of its delta heads, does nothing if the tensor is all zero. */
    public boolean makesDead() {
        return this == OUTPUT || isDelta();
    }

    static Optional<MemoryTensor> ofCompactTail(String tail) {
        return Arrays.stream(values()).filter(tensor -> tensor.compactTail.equals(tail)).findFirst();
    }

    static Optional<MemoryTensor> ofSourceTail(String tail) {
        return Arrays.stream(values()).filter(tensor -> tensor.sourceTail.equals(tail)).findFirst();
    }
}
