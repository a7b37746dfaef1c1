package rwkvms.runtime;

import java.util.Optional;

/** A runtime failed where it should not have: an error code of its library, or a result of the wrong form. */
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
