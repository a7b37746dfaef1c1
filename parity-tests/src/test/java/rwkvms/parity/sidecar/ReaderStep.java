package rwkvms.parity.sidecar;

/** A step of the child process on each file, in this order; each step may end the process. */
enum ReaderStep {
    /** {@code gguf_init_from_file} without tensor data. */
    GGML_HEADER,
    /** The same with the data, if the header was taken. */
    GGML_DATA,
    /** {@code rwkv_ms_sidecar_open}. */
    CPP
}
