package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;

/** Every mistake is named, and alone, if a runtime makes it: some of them by default, all with {@code -Pfaults}. */
final class DiagnosticianTests {
    private static final boolean ALL = "all".equals(System.getProperty("rwkvms.hypotheses"));
    /** Prime, so that the sample has mistakes of every stage. */
    private static final int STRIDE = 83;

    @TestFactory
    Stream<DynamicTest> everyMistakeIsNamed() throws Exception {
        Mistaken mistaken = Mistaken.on();
        List<Hypothesis> all = Hypotheses.ALL;
        return IntStream.range(0, all.size()).filter(i -> ALL || i % STRIDE == 0).mapToObj(all::get)
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> assertThat(mistaken.few(each))
                        .singleElement().satisfies(said -> assertThat(said.explanations()).as("%s", said.lines())
                                .extracting(Explanation::hypothesis).containsExactly(each))))
                .onClose(mistaken::close);
    }
}
