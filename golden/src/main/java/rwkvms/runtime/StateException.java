package rwkvms.runtime;

import java.util.Optional;

/**
 * Thrown if a state cannot be saved or is refused, and nothing has changed. The message names the field, expected and
 * found.
 */
public final class StateException extends RuntimeFailure {
    private static final long serialVersionUID = 1;

    private final StateFault fault;

    public StateException(StateFault fault, String problem) {
        super(problem);
        this.fault = fault;
    }

    @Override
    public Optional<StateFault> fault() {
        return Optional.of(fault);
    }
}
