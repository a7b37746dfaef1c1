package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AllureReportTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aCaseThatReturnsIsPassedWithItsParametersAndDescription() throws Exception {
        var report = AllureReport.into(folder);

        report.runCase("check", "basic", () -> {
            report.parameter("rtol", 1e-5);
            report.description("<p>eleven tensors</p>");
        });

        var result = onlyResult();
        assertThat(result.at("/name").asText()).isEqualTo("basic");
        assertThat(result.at("/fullName").asText()).isEqualTo("check.basic");
        assertThat(result.at("/status").asText()).isEqualTo("passed");
        assertThat(result.at("/descriptionHtml").asText()).isEqualTo("<p>eleven tensors</p>");
        assertThat(result.at("/parameters/0/name").asText()).isEqualTo("rtol");
        assertThat(result.at("/parameters/0/value").asText()).isEqualTo("1.0E-5");
    }

    @Test
    void aResultIsFiledUnderItsSuiteWithItsDuration() throws Exception {
        long before = System.currentTimeMillis();

        AllureReport.into(folder).runCase("gate check", "basic", () -> {
        });

        var result = onlyResult();
        assertThat(result.at("/labels")).extracting(label -> label.at("/name").asText() + "=" + label.at("/value")
                .asText()).containsExactly("suite=gate check", "package=gate check", "framework=gate");
        assertThat(result.at("/historyId").asText()).isEqualTo("gate check.basic");
        assertThat(result.at("/stage").asText()).isEqualTo("finished");
        assertThat(result.at("/start").longValue()).isGreaterThanOrEqualTo(before);
        assertThat(result.at("/stop").longValue()).isGreaterThanOrEqualTo(result.at("/start").longValue());
    }

    @Test
    void aFailedAssertionIsFailedAndKeepsItsMessage() throws Exception {
        AllureReport.into(folder).runCase("check", "basic", () -> {
            throw new AssertionError("DIFFERENCE: scan, raw_reads");
        });

        var result = onlyResult();
        assertThat(result.at("/status").asText()).isEqualTo("failed");
        assertThat(result.at("/statusDetails/message").asText()).isEqualTo("DIFFERENCE: scan, raw_reads");
        assertThat(result.at("/statusDetails/trace").asText()).contains("AllureReportTests");
    }

    @Test
    void anyOtherExceptionIsBroken() throws Exception {
        AllureReport.into(folder).runCase("check", "basic", () -> {
            throw new IllegalStateException();
        });

        var result = onlyResult();
        assertThat(result.at("/status").asText()).isEqualTo("broken");
        assertThat(result.at("/statusDetails/message").asText()).isEqualTo("java.lang.IllegalStateException");
    }

    @Test
    void stepsKeepTheirOwnStatusAndTheFailedOneEndsTheCase() throws Exception {
        var report = AllureReport.into(folder);

        report.runCase("check", "basic", () -> {
            report.step("projections", () -> report.parameter("tensors", 3));
            report.step("scan", () -> {
                throw new AssertionError("DIFFERENCE: scan, raw_reads");
            });
            report.step("readout", () -> report.parameter("never", "reached"));
        });

        var result = onlyResult();
        assertThat(result.at("/status").asText()).isEqualTo("failed");
        assertThat(result.at("/steps").findValuesAsText("name")).containsExactly("projections", "scan");
        assertThat(result.at("/steps").findValuesAsText("status")).containsExactly("passed", "failed");
        assertThat(result.at("/steps").findValuesAsText("stage")).containsExactly("finished", "finished");
        assertThat(result.at("/parameters").findValuesAsText("name")).containsExactly("tensors");
    }

    @Test
    void attachmentsAreFilesOfTheirKind() throws Exception {
        var report = AllureReport.into(folder);

        report.runCase("check", "basic", () -> {
            report.attachHtml("plot", "<img>");
            report.attachCsv("tensors", "tensor,error\nreads,0\n");
            report.attachText("reproduce", "gate check");
            report.attachSvg("figure", "<svg>\u03b2</svg>");
        });

        var attachments = onlyResult().at("/attachments");
        assertThat(attachments.findValuesAsText("name")).containsExactly("plot", "tensors", "reproduce", "figure");
        assertThat(attachments.findValuesAsText("type")).containsExactly("text/html", "text/csv", "text/plain",
                "image/svg+xml");
        assertThat(attachments.findValuesAsText("source")).extracting(name -> name.substring(name.lastIndexOf('.')))
                .containsExactly(".html", ".csv", ".txt", ".svg");
        assertThat(folder.resolve(attachments.at("/3/source").asText())).hasContent("<svg>\u03b2</svg>");
        assertThat(folder.resolve(attachments.at("/1/source").asText())).hasContent("tensor,error\nreads,0\n");
    }

    @Test
    void theCategoriesLieBesideTheResults() throws Exception {
        AllureReport.into(folder.resolve("new"));

        var categories = new ObjectMapper().readTree(folder.resolve("new/categories.json").toFile());
        assertThat(categories.findValuesAsText("messageRegex")).contains("DIFFERENCE.*", "NOT EVALUATED.*");
    }

    private JsonNode onlyResult() throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> results = files.filter(file -> file.toString().endsWith("-result.json")).toList();
            assertThat(results).hasSize(1);
            return new ObjectMapper().readTree(results.getFirst().toFile());
        }
    }
}
