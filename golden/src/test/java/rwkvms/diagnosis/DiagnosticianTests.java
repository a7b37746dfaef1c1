package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;

/**
 * Every mistake is named if a runtime makes it, and alone but for its twin: some of them by default, all with {@code -Pfaults}.
 */
final class DiagnosticianTests {
    private static final boolean ALL = "all".equals(System.getProperty("rwkvms.hypotheses"));
    /** Prime, so that the sample has mistakes of every stage. */
    private static final int STRIDE = 83;
    /** Mistakes that the cases here do not tell apart: both are named. */
    private static final List<Set<String>> TWINS = List.of(
            Set.of("no floor of 1e-6 under the norm of q and k", "a floor of 1e-8 under the norm of q and k"),
            Set.of("semantics 1 keeps all", "semantics 1 with the coefficients of semantics 2"),
            Set.of("no floor of 1e-6 under the norms of the cosine", "a floor of 1e-8 under the norms of the cosine"));

    @TestFactory
    Stream<DynamicTest> everyMistakeIsNamed() throws Exception {
        Mistaken mistaken = Mistaken.on();
        List<Hypothesis> all = Hypotheses.ALL;
        return IntStream.range(0, all.size()).filter(i -> ALL || i % STRIDE == 0).mapToObj(all::get)
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> assertThat(mistaken.few(each))
                        .singleElement().satisfies(said -> assertThat(said.explanations()).as("%s", said.lines())
                                .extracting(explanation -> explanation.hypothesis().name())
                                .containsExactlyInAnyOrderElementsOf(namesOf(each)))))
                .onClose(mistaken::close);
    }

    private static Set<String> namesOf(Hypothesis mistake) {
        return TWINS.stream().filter(twins -> twins.contains(mistake.name())).findFirst()
                .orElse(Set.of(mistake.name()));
    }
}
