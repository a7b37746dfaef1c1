package rwkvms.runtime;

import java.util.Optional;

/** A state that cannot be saved or is refused; nothing has changed. The message names the field, expected and found. */
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
