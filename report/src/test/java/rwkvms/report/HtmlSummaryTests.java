package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseResult;

final class HtmlSummaryTests {
    private static final Provenance PROVENANCE = new Provenance(new TreeMap<>()).with("date", "2026-01-02T03:04:05Z")
            .with("cpu", "a <CPU>").with("sha256 runtime: librwkv_ms.so", "00ff");

    private static String page(CaseResult... results) {
        return page(List.of(), results);
    }

    private static String page(List<Obstacle> errors, CaseResult... results) {
        return HtmlSummary.of(new CheckDetails(List.of("reference"), Tolerance.DEFAULT, List.of(results).stream()
                .map(each -> new CheckedCase(each, "gate " + each.caseName(), Optional.empty())).toList())
                .verdict(errors, PROVENANCE, "gate all"));
    }

    /** A pass says how near it came, by which tolerance, when, with which library, and what of it says little. */
    @Test
    void aPassSaysWhatItIsWorth() {
        assertThat(page(Verdicts.differing("a", 1 + 0x1p-18f), Verdicts.mistrusted("b"))).contains(
                "<h1>gate check: <span class=\"PASSED\">passed</span></h1>",
                "<p>2 passed, 0 FAILED, 0 not evaluated, 0 NOT JUDGED</p>",
                row("compared", "2 of 2 tensors, 4 values, on reference"),
                row("largest difference", "3.81e-06 (reads)"),
                row("headroom of what passed", "81 % left where it is least: reads of a on reference"),
                row("tolerance", "1.0E-5 + 1.0E-5\u00b7|x|"), row("mistrusted", "1 that passed say little, see below"),
                row("date", "2026-01-02T03:04:05Z"), row("again", "gate all"), "<h2>Passed: 2</h2>",
                row("a on reference", "3.81e-06", "reads", "reads", "81 %", "1", "2", ""),
                row("b on reference", "0", "reads", "reads", "100 %", "1", "2",
                        "yes, below"),
                row("b on reference", "reads: 8 of 8 values are 0; cannot tell &lt;a&gt;"),
                "<h2>Made from, and on</h2>", row("sha256 runtime: librwkv_ms.so", "00ff"), row("cpu", "a &lt;CPU&gt;"))
                .doesNotContain("<h2>Failed", "<h2>Not evaluated", "<script");
    }

    /** What differs furthest up comes first, whatever its name; cases that differ in the same tensor are one row. */
    @Test
    void failuresThatSayTheSameAreOneRow() {
        String html = page(Verdicts.differing("all-heads", 2), Verdicts.differing("basic", 3), Verdicts.mixed("step"),
                Verdicts.failing("c 1"), Verdicts.failing("c 2"));

        assertThat(html).contains("<h1>gate check: <span class=\"FAILED\">FAILED</span></h1>", "<h2>Failed: 5</h2>",
                "<th scope=\"row\">step on native</th>",
                "<th scope=\"row\">2 cases on reference differ first in readout, reads, such as all-heads on reference</th>",
                "reproduce: gate all-heads\nthe others: basic on reference</td></tr>",
                "<th scope=\"row\">2 say the same but for numbers, such as c 1 on reference</th>");
        assertThat(html.indexOf("step on native")).isLessThan(html.indexOf("2 cases on reference differ"));
        assertThat(html.indexOf("2 cases on reference differ")).isLessThan(html.indexOf("2 say the same"));
        assertThat(html.indexOf("<h2>all-heads on reference</h2>"))
                .isLessThan(html.indexOf("<h2>basic on reference</h2>"));
    }

    @Test
    void whatWasNotJudgedIsThereWithItsReason() {
        assertThat(
                page(List.of(new Obstacle("input 1", "e.json: <empty>")), Verdicts.missed("d"), Verdicts.missed("e")))
                .contains("<span class=\"NOT_JUDGED\">NOT JUDGED</span>", "<h2>Not judged: 1</h2>",
                        row("input 1", "e.json: &lt;empty&gt;"), "<h2>Not evaluated: 2</h2>",
                        row("two heads", "d on reference, e on reference"))
                .doesNotContain("<h2>Passed", "headroom of what passed");
    }

    @Test
    void detailsThatAreLeftOutAreNamed() {
        List<CaseResult> many = new ArrayList<>(List.of(Verdicts.passed("a")));
        IntStream.range(0, 22).forEach(i -> many.add(Verdicts.failing("bad " + i)));

        assertThat(page(many.toArray(CaseResult[]::new))).contains("<h2>bad 0 on reference</h2>",
                "<h2>bad 2 on reference</h2>").doesNotContain("<h2>bad 3 on", "<h2>a on").contains(
                        "<p>Details of 19 more are left out here; verdict.json has all of them: bad 3 on reference,",
                        ", bad 21 on reference</p>");
    }

    /** Other commands have no tensors: what was measured stands there. */
    @Test
    void anEntryOfAnotherCommandHasItsFacts() {
        Entry entry = new Entry("q <1>", new Outcome.Passed(), List.of("3 answers", "0.1 s"), "", "",
                EntryDetails.NONE);
        assertThat(HtmlSummary.of(new Verdict("gate health", List.of(entry), List.of(), PROVENANCE, "",
                new Details() {
                    @Override
                    public void write(ObjectNode json, boolean whole) {
                    }

                    @Override
                    public String html() {
                        return "<h2>above</h2>";
                    }
                }))).contains("<h2>above</h2>", row("q &lt;1&gt;", "3 answers, 0.1 s"))
                .doesNotContain("tolerance", ">again<");
    }

    private static String row(String header, String... cells) {
        return "<tr><th scope=\"row\">" + header + "</th>" + List.of(cells).stream()
                .map(cell -> "<td>" + cell + "</td>").collect(Collectors.joining()) + "</tr>";
    }
}
