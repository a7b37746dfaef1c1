package rwkvms.gguf;

/** The two rule books a GGUF container is held against; they differ in both directions. */
public enum Profile {
    /** The GGUF specification, by its letter: what it does not mention, it takes. */
    GGUF,
    /** ggml's reader, {@code gguf_init_from_file}, as measured on the pinned build (llama-cpp.md, "GGUF reader"). */
    GGML
}
