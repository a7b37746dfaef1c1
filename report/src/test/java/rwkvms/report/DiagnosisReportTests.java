package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.diagnosis.Explanation;
import rwkvms.hypotheses.Hypotheses;

/** A diagnosis stands above the cases in everything that a report writes. */
final class DiagnosisReportTests {
    private static final String WHERE = "2 of 3 cases differ first in scan, read_routes, from the second token on.";
    private static final Diagnosis NAMED = new Diagnosis("native", WHERE, Finding.NAMED,
            List.of(explanation("no decay", 2), explanation("keep is beta", 2)), List.of(), List.of(), 208,
            Optional.empty());
    private static final Diagnosis NONE = new Diagnosis("a <fork>", WHERE, Finding.NONE, List.of(), List.of(),
            List.of("Only cases with top-k fail, and all of them."), 208,
            Optional.of("Not tried within 2 s: 3 of 9 cases that pass."));
    private static final List<String> LINES = List.of("native: " + WHERE,
            "Your values are those of \"no decay\" in 2 of 2 cases (max abs diff 1.2e-06). See math.md §4, step 6."
                    + " It looks as if somebody left the decay out.",
            "They are as well those of \"keep is beta\" in 2 of 2 cases (max abs diff 1.2e-06). See math.md §3. It looks"
                    + " as if somebody took one gate for the other.",
            "a <fork>: " + WHERE, "None of 208 hypotheses gives these values.",
            "Only cases with top-k fail, and all of them.", "Not tried within 2 s: 3 of 9 cases that pass.");

    @TempDir
    private Path folder = Path.of("");

    private static Explanation explanation(String name, int cases) {
        return new Explanation(Hypotheses.named(name).orElseThrow(), cases, 0, cases, 1.2e-6);
    }

    private static Verdict verdict() {
        return new CheckDetails(List.of("native", "a <fork>"), Tolerance.DEFAULT,
                List.of(new CheckedCase(Verdicts.mixed("a"), "again")), List.of(NAMED, NONE), List.of())
                .verdict(List.of(),
                        new Provenance(new TreeMap<>()), "again");
    }

    @Test
    void theLinesAreThoseOfEveryRuntime() {
        assertThat(DiagnosisReport.lines(List.of(NAMED, NONE))).isEqualTo(LINES);
        assertThat(DiagnosisReport.lines(List.of(NONE)).getFirst()).isEqualTo(WHERE);
    }

    @Test
    void partOfTheStoryNamesTheOthers() {
        assertThat(new Diagnosis("native", WHERE, Finding.PARTLY, List.of(explanation("no decay", 2)),
                List.of("topk-2"), List.of(), 208, Optional.empty()).lines().getLast())
                .isEqualTo("There it is, but not alone: topk-2 differs in another way.");
    }

    @Test
    void everyFileOfAReportBeginsWithIt() throws Exception {
        ReportFolder.write(verdict(), folder);
        JsonNode json = new ObjectMapper().readTree(folder.resolve("verdict.json").toFile()).path("diagnosis");
        assertThat(json).hasSize(2);
        assertThat(json.get(0)).hasToString(
                """
                        {"runtime":"native","where":"%s","finding":"named","hypotheses":208,"explanations":[\
                        {"hypothesis":"no decay","section":"math.md §4, step 6","developer":"left the decay out","cases":2,\
                        "nearer":0,"of":2,"max_abs_diff":1.2E-6},{"hypothesis":"keep is beta","section":"math.md §3",\
                        "developer":"took one gate for the other","cases":2,"nearer":0,"of":2,"max_abs_diff":1.2E-6}],"others":[],\
                        "known":[],"untried":null}"""
                        .formatted(WHERE));
        assertThat(json.at("/1/untried").textValue()).isEqualTo("Not tried within 2 s: 3 of 9 cases that pass.");
        String html = Files.readString(folder.resolve("report.html"));
        assertThat(html).contains("<p class=\"diagnosis\">a &lt;fork&gt;: " + WHERE + "</p>");
        assertThat(html.indexOf("hypotheses gives")).isLessThan(html.indexOf("<h2>"));
        String markdown = Files.readString(folder.resolve("summary.md"));
        assertThat(markdown).contains("a \\<fork\\>: 2 of 3 cases");
        assertThat(markdown.indexOf("hypotheses gives")).isLessThan(markdown.indexOf("**FAILED**: a"));
        assertThat(Files.readAllLines(folder.resolve("annotations.txt")).getFirst())
                .isEqualTo("::error title=gate check::" + String.join("%0A", LINES));
    }
}
