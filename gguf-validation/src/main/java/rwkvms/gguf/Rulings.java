package rwkvms.gguf;

/** How each profile rules on a fault. */
public record Rulings(Ruling gguf, Ruling ggml) {
    public static final Rulings NONE = new Rulings(Ruling.TAKES, Ruling.TAKES);
    public static final Rulings BOTH = new Rulings(Ruling.REFUSES, Ruling.REFUSES);
    public static final Rulings GGUF_ONLY = new Rulings(Ruling.REFUSES, Ruling.TAKES);
    public static final Rulings GGML_ONLY = new Rulings(Ruling.TAKES, Ruling.REFUSES);
    /** The specification forbids it; ggml loads the header and fails at the data. */
    public static final Rulings DATA = new Rulings(Ruling.REFUSES, Ruling.REFUSES_DATA);
    public static final Rulings UNDECIDED = new Rulings(Ruling.UNDECIDED, Ruling.UNDECIDED);

    public Ruling of(Profile profile) {
        return switch (profile) {
            case GGUF -> gguf;
            case GGML -> ggml;
        };
    }

    static Rulings of(boolean ggufRefuses, boolean ggmlRefuses) {
        return new Rulings(ggufRefuses ? Ruling.REFUSES : Ruling.TAKES, ggmlRefuses ? Ruling.REFUSES : Ruling.TAKES);
    }
}
