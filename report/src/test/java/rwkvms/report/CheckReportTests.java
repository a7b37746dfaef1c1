package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.golden.CheckResult;

final class CheckReportTests {
    private static final Provenance PROVENANCE = new Provenance(new TreeMap<>()).with("cpu", "a <CPU>");
    private static final String FAILED_ROW = "<tr style=\"color:#c33;font-weight:bold\">";
    private static final String BAD_POINTS = "<table><tr><th scope=\"col\">index</th><th scope=\"col\">expected</th><th scope=\"col\">found</th><th scope=\"col\">diff</th>"
            + "<th scope=\"col\">limit</th></tr>";

    private static String html(CheckResult result) {
        return new CheckReport(result, new Provenance(new TreeMap<>()), "gate a").html();
    }

    @Test
    void whatSaysLittleIsMistrustedOnItsPage() {
        assertThat(html(Verdicts.mistrusted("a"))).contains("<b>a on reference: passed</b>")
                .contains("<p>Mistrusted: reads: 8 of 8 values are 0</p><p>Mistrusted: cannot tell &lt;a&gt;</p>");
        assertThat(html(Verdicts.passed("a"))).doesNotContain("Mistrusted");
    }

    @Test
    void valuesThatFloat32KnowsLessWellAreCounted() {
        assertThat(html(Verdicts.knownLessWell("a"))).contains("<b>a on reference: passed</b>")
                .contains("<p>Note: reads: 1 of 4 at 1e-5</p>")
                .contains("<td>0</td><td>0.00130</td><td>2</td></tr></table>");
    }

    /** The plots are those of the comparisons' values; all else is held word for word. */
    @Test
    void aFailedCaseHasEverythingOnItsPage() {
        String bars = ErrorPlot.byTensor(List.of(new TensorError("keep", 0, 1.5e-5, true),
                new TensorError("slot_indices", 2, Double.MIN_NORMAL, false),
                new TensorError("raw_reads", 0.5, 5e-5, false),
                new TensorError("final_positions", 0, Double.MIN_NORMAL, true),
                new TensorError("reads", 0x1p-17, 2e-5, true)));
        String lines = ErrorPlot.byToken(List.of(new TokenErrors("raw_reads", List.of(0.0, 0.5)),
                new TokenErrors("reads", List.of(0x1p-17, 0.0))), 1e-5);

        assertThat(new CheckReport(Verdicts.mixed("a & b"), PROVENANCE, "gate \"a & b\"").html()).isEqualTo(
                "<p><b>a &amp; b on native: FAILED</b>, 5 of 5 tensors compared, 2 of them beyond their limits,"
                        + " 15 values, max abs diff 2.00 (slot_indices[0, 1]), beyond any tolerance</p>"
                        + "<p>First divergence: scan, slot_indices[0, 1] (token 1, layer 3): expected 1.0, found 3.0</p>"
                        + "<p>Note: chunk: 4 in the fixture, &lt;8&gt; in the sidecar</p>"
                        + "<p><code>gate &quot;a &amp; b&quot;</code></p>" + bars + lines
                        + "<table><tr>" + Stream.of("stage", "tensor", "values", "max abs diff", "at", "of tolerance",
                                "max rel diff", "max ULP", "over", "NMSE", "known less well")
                                .map(column -> "<th scope=\"col\">" + column + "</th>").collect(Collectors.joining())
                        + "</tr>"
                        + row("<tr>", "coefficients", "keep", "4", "0", "[0, 0, 0, 0]", "0.0 %", "0", "0", "0", "0",
                                "0")
                        + row(FAILED_ROW, "scan", "slot_indices", "2", "2.00", "[0, 1]", "beyond any", "2.00", "0",
                                "1", "4.00", "0")
                        + row(FAILED_ROW, "scan", "raw_reads", "4", "0.500", "[0, 1, 1]", "10000 \u00d7", "0.125",
                                "1048576", "1", "0.0118", "0")
                        + row("<tr>", "scan", "final_positions", "1", "0", "[0]", "0.0 %", "0", "0", "0", "0", "0")
                        + row("<tr>", "readout", "reads", "4", "7.63e-06", "[0, 0, 0]", "38 %", "7.63e-06", "64", "0",
                                "1.46e-11", "0")
                        + "</table><p>slot_indices: the first 1 of 1 values over tolerance</p>" + BAD_POINTS
                        + row("<tr>", "[0, 1]", "1.0", "3.0", "2.00", "0")
                        + "</table><p>raw_reads: the first 1 of 1 values over tolerance</p>" + BAD_POINTS
                        + row("<tr>", "[0, 1, 1]", "4.0", "4.5", "0.500", "5.00e-05") + "</table>"
                        + "<details><summary>Provenance</summary><table><tr><td>cpu</td><td>a &lt;CPU&gt;</td></tr>"
                        + "</table></details>");
    }

    @Test
    void whatKeptTensorsFromBeingComparedIsOnThePage() {
        assertThat(html(Verdicts.failing("a"))).startsWith("<p><b>a on reference: FAILED</b>, 0 of 33 tensors"
                + " compared, 0 values</p><p>Error: the runtime failed: it gave up</p>"
                + "<p><code>gate a</code></p><img ");
    }

    @Test
    void aCaseOfOneTokenHasNoLines() {
        assertThat(html(Verdicts.differing("a", 2))).containsOnlyOnce("<img ").contains("max abs diff by tensor");
    }

    /** A float32 is 0x1p-23 from 1, and a limit there is 2e-5. */
    @Test
    void thePlotsAreOfWhatFailedOrCameClose() {
        assertThat(html(Verdicts.passed("a"))).contains("<td>reads</td>").doesNotContain("<img ");
        assertThat(html(Verdicts.differing("a", 1 + 9e-6f))).contains(": passed</b>").doesNotContain("<img ");
        assertThat(html(Verdicts.differing("a", 1 + 11e-6f))).contains(": passed</b>").contains("<img ");
        assertThat(html(Verdicts.differing("a", 2))).contains("<td>reads</td>", "<img ");
    }

    @Test
    void aShareIsAPercentageWhileThatCanBeRead() {
        assertThat(Stream.of(0.0, 0.091, 0.23, 1.5, 9.99, 10.0, 1e4, 3e9, Double.POSITIVE_INFINITY, Double.NaN)
                .map(CheckReport::percent)).containsExactly("0.0 %", "9.1 %", "23 %", "150 %", "999 %", "10 \u00d7",
                        "10000 \u00d7", "3.0e+09 \u00d7", "beyond any", "none");
    }

    @Test
    void aTestsResultHasParametersThePageAndTheTable(@TempDir Path folder) throws Exception {
        CheckReport page = new CheckReport(Verdicts.mixed("a"), PROVENANCE, "gate a");
        AllureReport report = AllureReport.into(folder);

        report.add("check", new Entry("a", new Outcome.Passed()).with(page));

        JsonNode result = AllureResults.in(folder).getFirst();
        assertThat(result.at("/parameters").toString()).isEqualTo("""
                [{"name":"case","value":"a"},{"name":"runtime","value":"native"},\
                {"name":"device","value":"CPU"},{"name":"of limit","value":"Infinity"},\
                {"name":"rtol","value":"1.0E-5"},{"name":"atol","value":"1.0E-5"}]""");
        assertThat(result.at("/steps")).isEmpty();
        assertThat(result.at("/descriptionHtml").asText()).isEqualTo(page.html());
        assertThat(result.at("/attachments")).hasSize(1);
        assertThat(result.at("/attachments/0/name").asText()).isEqualTo("tensors");
        assertThat(folder.resolve(result.at("/attachments/0/source").asText())).hasContent("""
                stage,tensor,values,max_abs_diff,of_tolerance,max_rel_diff,max_ulp,over,beyond_tolerance,unknowable
                coefficients,keep,4,0.0,0.0,0.0,0,0,0,0
                scan,slot_indices,2,2.0,Infinity,2.0,0,1,0,0
                scan,raw_reads,4,0.5,10000.0,0.125,1048576,1,0,0
                scan,final_positions,1,0.0,0.0,0.0,0,0,0,0
                readout,reads,4,7.62939453125E-6,0.38146972656249994,7.62939453125E-6,64,0,0,0
                """);
    }

    private static String row(String start, String... cells) {
        return start + Stream.of(cells).map(cell -> "<td>" + cell + "</td>").collect(Collectors.joining()) + "</tr>";
    }
}
