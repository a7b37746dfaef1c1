package rwkvms.llama;

/** llama.cpp refused or failed; the message has what it logged. */
public final class LlamaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LlamaException(String problem) {
        super(problem);
    }
}
