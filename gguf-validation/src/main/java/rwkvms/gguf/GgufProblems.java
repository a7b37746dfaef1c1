package rwkvms.gguf;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects the faults that leave a file readable, up to a bound per kind, so that memory stays bounded. */
final class GgufProblems {
    /** Far above what anybody reads, and at most some 200 KiB of heap. */
    static final int MAX_PER_FAULT = 1000;

    private final List<GgufProblem> all = new ArrayList<>();
    private final Map<GgufFault, Integer> counts = new EnumMap<>(GgufFault.class);

    void add(GgufFault fault, String place, long offset, String expected, String found) {
        add(new GgufProblem(fault, place, offset, expected, found, fault.rulings()));
    }

    void add(GgufProblem problem) {
        if (counts.merge(problem.fault(), 1, Integer::sum) <= MAX_PER_FAULT) {
            all.add(problem);
        }
    }

    List<GgufProblem> all() {
        return all;
    }
}
