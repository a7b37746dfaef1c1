package rwkvms.hypotheses;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The table of mistakes, in the order of math.md. */
public final class Hypotheses {
    public static final List<Hypothesis> ALL = Stream.of(ProjectionMistakes.all(), ShiftMistakes.all(),
            FeatureMistakes.all(), CoefficientMistakes.all(), ReadMistakes.all(), WriteMistakes.all(),
            ReadoutMistakes.all()).flatMap(List::stream).toList();

    private Hypotheses() {
    }

    /** The mistake of that name, or the pair of mistakes. */
    public static Optional<Hypothesis> named(String name) {
        int and = name.indexOf(Hypothesis.AND);
        if (and >= 0) {
            Optional<Hypothesis> other = named(name.substring(and + Hypothesis.AND.length()));
            return named(name.substring(0, and)).flatMap(one -> other.map(one::and));
        }
        return ALL.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
