package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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
                                | b | reference | **FAILED** | 1 of 1 differs | 1.00 | 50000 \u00d7 |
                                """);
    }

    /** One mistake is one item, and the failure that stands for it is the one that differs first. */
    @Test
    void failuresInOneTensorStandTogether() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.differing("b", 2), Verdicts.differing("c", 3),
                Verdicts.mixed("z"));
        String text = MarkdownSummary.of(verdict);
        assertThat(text.indexOf("**FAILED**: z on native: scan, slot\\_indices")).isPositive()
                .isLessThan(text.indexOf("**FAILED**: 2 cases on reference differ first in readout, reads, such as"
                        + " b on reference: readout, reads"));
        assertThat(text).contains("\n      gate b\n\n  The others: c on reference\n\n")
                .containsOnlyOnce("found 2.0").doesNotContain("gate c");
        assertThat(verdict.complaints()).singleElement().asString().startsWith("z on native: scan, slot_indices")
                .endsWith("(and 2 more that failed)");
        assertThat(Annotations.of(verdict, new Workspace(Optional.empty()))).contains(
                "::error title=gate check%3A z on native::scan",
                "::error title=gate check%3A b on reference and 1 more::");
        assertThat(VerdictJson.of(verdict, false).path("failure_groups").toString()).isEqualTo(
                "[{\"runtime\":\"native\",\"stage\":\"scan\",\"tensor\":\"slot_indices\",\"cases\":[\"z\"]},"
                        + "{\"runtime\":\"reference\",\"stage\":\"readout\",\"tensor\":\"reads\",\"cases\":[\"b\",\"c\"]}]");
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

    /** All tensors agree, and the case failed for another reason. */
    @Test
    void aFailureForAnotherReasonDoesNotLookLikeAPass() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of(), Verdicts.incomplete("a"))))
                .contains("| a | reference | **FAILED** | 1/2 agree, 1 error | 0 |");
    }

    @Test
    void aRuntimeThatFailedHasNoFigures() {
        assertThat(MarkdownSummary.of(Verdicts.of(List.of(), Verdicts.failing("a"))))
                .contains("- **FAILED**: a on reference: the runtime failed: it gave up")
                .contains("| a | reference | **FAILED** | 0/33 compared | none | none |").doesNotContain("NaN");
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
