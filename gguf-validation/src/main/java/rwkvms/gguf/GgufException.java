package rwkvms.gguf;

import java.io.IOException;
import java.util.List;

/**
 * Thrown if a GGUF file cannot be read to its end; it carries the fault that ended the reading and the earlier ones.
 *
 * <p>{@link GgufReader} throws no other exception, whatever the bytes are.
 */
public final class GgufException extends IOException {
    private final transient GgufProblem problem;
    private final transient List<GgufProblem> earlier;

    GgufException(GgufProblem problem, List<GgufProblem> earlier) {
        super(problem.message());
        this.problem = problem;
        this.earlier = List.copyOf(earlier);
    }

    GgufException(GgufFault fault, String place, long offset, String expected, String found) {
        this(new GgufProblem(fault, place, offset, expected, found, fault.rulings()), List.of());
    }

    /** The fault that ended the reading. */
    public GgufProblem problem() {
        return problem;
    }

    /** Faults met before it that left the rest readable. */
    public List<GgufProblem> earlier() {
        return earlier;
    }
}
