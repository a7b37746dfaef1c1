package rwkvms.parity.sidecar;

/** What the child process does with each file, in this order; each may end it. */
enum ReaderStep {
    /** {@code gguf_init_from_file} without tensor data. */
    GGML_HEADER,
    /** The same with the data, where the header was taken. */
    GGML_DATA,
    /** {@code rwkv_ms_sidecar_open}. */
    CPP
}
