package rwkvms.runtime;

import java.util.Optional;

/** Thrown if a runtime fails unexpectedly: its library gives an error code, or its result has the wrong form. */
public class RuntimeFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RuntimeFailure(String problem) {
        super(problem);
    }

    public RuntimeFailure(String problem, Throwable cause) {
        super(problem, cause);
    }

    /** Why a state was refused; empty for every other failure. */
    public Optional<StateFault> fault() {
        return Optional.empty();
    }
}
