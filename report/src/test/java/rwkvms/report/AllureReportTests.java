package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allure's files; ReportFolderTests has the status and the message of every outcome. */
final class AllureReportTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aResultHasItsSuiteItsDurationAndItsDetails() throws Exception {
        long before = System.currentTimeMillis();

        AllureReport.into(folder).add("gate check", new Entry("basic", new Outcome.Passed()).with(new EntryDetails() {
            @Override
            public void attach(AllureReport report) {
                report.parameter("rtol", 1e-5);
                report.description("<p>eleven tensors</p>");
                report.attachCsv("tensors", "tensor,error\nreads,0\n");
                report.attachText("reproduce", "gate check");
                report.headroom(new Headroom("native", "CPU", 0.25));
                report.figure("gate power", "faults killed", "26 of 26 \u03b2");
            }
        }));

        var result = AllureResults.in(folder).getFirst();
        assertThat(result.at("/name").asText()).isEqualTo("basic");
        assertThat(result.at("/fullName").asText()).isEqualTo("gate check.basic");
        assertThat(result.at("/historyId").asText()).isEqualTo("gate check.basic");
        assertThat(result.at("/status").asText()).isEqualTo("passed");
        assertThat(result.at("/stage").asText()).isEqualTo("finished");
        assertThat(result.at("/labels")).extracting(label -> label.at("/name").asText() + "=" + label.at("/value")
                .asText()).containsExactly("suite=gate check", "package=gate check", "framework=gate");
        assertThat(result.at("/start").longValue()).isGreaterThanOrEqualTo(before);
        assertThat(result.at("/stop").longValue()).isGreaterThanOrEqualTo(result.at("/start").longValue());
        assertThat(result.at("/parameters/0/name").asText()).isEqualTo("rtol");
        assertThat(result.at("/parameters/0/value").asText()).isEqualTo("1.0E-5");
        assertThat(result.at("/descriptionHtml").asText()).isEqualTo("<p>eleven tensors</p>");
        var attachments = result.at("/attachments");
        assertThat(attachments.findValuesAsText("name")).containsExactly("tensors", "reproduce");
        assertThat(attachments.findValuesAsText("type")).containsExactly("text/csv", "text/plain");
        assertThat(attachments.findValuesAsText("source")).extracting(name -> name.substring(name.lastIndexOf('.')))
                .containsExactly(".csv", ".txt");
        assertThat(result.at("/parameters")).extracting(
                parameter -> parameter.at("/name").asText() + "=" + parameter.at("/value").asText()).containsExactly(
                        "rtol=1.0E-5", "runtime=native", "device=CPU", "of limit=0.25",
                        "gate power: faults killed=26 of 26 \u03b2");
        assertThat(folder.resolve(attachments.at("/0/source").asText())).hasContent("tensor,error\nreads,0\n");
    }

    @Test
    void theCategoriesLieBesideTheResults() throws Exception {
        AllureReport.into(folder.resolve("new"));

        var categories = new ObjectMapper().readTree(folder.resolve("new/categories.json").toFile());
        assertThat(categories.findValuesAsText("messageRegex")).contains("DIFFERENCE.*", "NOT EVALUATED.*");
    }
}
