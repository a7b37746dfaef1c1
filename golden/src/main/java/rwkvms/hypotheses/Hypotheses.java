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

    public static Optional<Hypothesis> named(String name) {
        return ALL.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
