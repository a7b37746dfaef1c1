package rwkvms.llama;

/** The mixtures of weight types that this suite makes of a model: ids of {@code llama_ftype}. */
public enum FileType {
    F32(0),
    F16(1),
    Q4_0(2),
    Q8_0(7),
    Q4_K_M(15),
    Q6_K(18),
    BF16(32);

    private final int id;

    FileType(int id) {
        this.id = id;
    }

    int id() {
        return id;
    }
}
