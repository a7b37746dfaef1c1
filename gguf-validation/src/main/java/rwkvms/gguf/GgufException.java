package rwkvms.gguf;

import java.io.IOException;
import java.util.List;

/**
 * A GGUF file that cannot be read on: the fault that ended it, and those met before.
 *
 * <p>The only exception {@link GgufReader} lets out over bytes it was given, whatever they hold.
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

    public GgufFault fault() {
        return problem.fault();
    }

    public String place() {
        return problem.place();
    }

    public long offset() {
        return problem.offset();
    }

    public String expected() {
        return problem.expected();
    }

    public String found() {
        return problem.found();
    }
}
