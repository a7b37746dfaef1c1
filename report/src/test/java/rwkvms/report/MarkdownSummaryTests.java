package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import rwkvms.golden.CaseResult;

final class MarkdownSummaryTests {
    @Test
    void whatDidNotPassComesBeforeTheTable() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of("c.json: empty"), Verdicts.passed("a"),
                Verdicts.differing("b", 2), Verdicts.missed("d")))).isEqualTo(
                        """
                                # RWKV-MS gate: FAILED

                                2 of 2 tensors compared, 4 values, max abs diff 1.00 (reads)

                                    gate all

                                - **not judged**: c.json: empty
                                - **FAILED**: b on reference: readout, reads\\[0, 0, 1\\] (token 0, layer 3): expected 1.0, found 2.0

                                      gate b

                                - not evaluated: d on reference: two heads

                                | case | runtime | verdict | tensors | max abs diff | of tolerance |
                                |---|---|---|---|---|---|
                                | a | reference | passed | 1/1 | 0 | 0.0 % |
                                | b | reference | **FAILED** | 1/1 | 1.00 | 50000 \u00d7 |
                                """);
    }

    @Test
    void whatSaysLittleIsMistrusted() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of(), Verdicts.mistrusted("a"), Verdicts.passed("b"))))
                .startsWith("# RWKV-MS gate: passed\n")
                .contains("\n- mistrusted: a on reference: reads: 8 of 8 values are 0; cannot tell \\<a\\>\n\n")
                .contains("\n| a | reference | passed, mistrusted | 1/1 | 0 | 0.0 % |\n"
                        + "| b | reference | passed | 1/1 |");
    }

    @Test
    void nothingInANameIsMarkup() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of(), Verdicts.passed("a|b <img> *c*\nd"))))
                .contains("\n| a\\|b \\<img\\> \\*c\\* d | reference |");
    }

    @Test
    void aRuntimeThatFailedHasNoFigures() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of(), Verdicts.failing("a"))))
                .contains("- **FAILED**: a on reference: the runtime failed: it gave up")
                .contains("| a | reference | **FAILED** | 0/33 | none | none |").doesNotContain("NaN");
    }

    @Test
    void itIsCutBelowALimitHoweverMuchThereIs() {
        CaseResult[] many = IntStream.range(0, 20_000)
                .mapToObj(i -> Verdicts.differing("näme".repeat(10) + i, 2))
                .toArray(CaseResult[]::new);

        String text = MarkdownSummary.of(Verdicts.of(Collections.nCopies(5000, "an error".repeat(20)), many));

        assertThat(text.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(MarkdownSummary.MAX_BYTES)
                .isGreaterThan(MarkdownSummary.MAX_BYTES / 2);
        assertThat(text).containsPattern("\ncut: \\d+ more lines; the JSON verdict has everything\n$");
    }
}
