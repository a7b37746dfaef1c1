package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allure itself generates the pages. */
final class HtmlReportTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "../..")).toAbsolutePath().normalize();
    private static final Path CATEGORIES = ROOT.resolve("report/src/main/resources/rwkvms/report/categories.json");
    private static final Path HOME = Path.of(System.getProperty("allure.home", "target/allure"));
    private static final Map<String, String> GITHUB = Map.of("GITHUB_ACTIONS", "true", "GITHUB_WORKFLOW", "gate",
            "GITHUB_RUN_NUMBER", "7", "GITHUB_RUN_ID", "99", "GITHUB_SERVER_URL", "https://github.com",
            "GITHUB_REPOSITORY", "someone/gate");

    @TempDir
    private Path folder = Path.of("");
    private Module module = Module.of(folder, "parity-tests");

    @BeforeEach
    void results() throws IOException {
        module = Module.of(folder, "parity-tests");
        Files.createDirectories(module.results());
        result("1", "basic", "passed", "");
        result("2", "heads-2", "failed", "DIFFERENCE: scan");
    }

    private void result(String uuid, String name, String status, String message) throws IOException {
        Files.writeString(module.results().resolve(uuid + "-attachment.csv"), "tensor,error\nreads,0\n");
        new ObjectMapper().writeValue(module.results().resolve(uuid + "-result.json").toFile(),
                Map.of("uuid", uuid, "historyId", name, "name", name, "fullName",
                        "rwkvms.parity.GoldenParityTests.golden",
                        "status", status, "statusDetails", Map.of("message", message), "start", 1000, "stop", 2000,
                        "labels",
                        List.of(Map.of("name", "testClass", "value", "rwkvms.parity.GoldenParityTests"),
                                Map.of("name", "host", "value", "a-host")),
                        "attachments",
                        List.of(Map.of("name", "tensors", "type", "text/csv", "source", uuid + "-attachment.csv"))));
    }

    private HtmlReport report() {
        return new HtmlReport(folder, HOME, CATEGORIES, folder.resolve("out/allure-report"),
                new History(folder.resolve("history")));
    }

    /** What the page holds, as its script takes it apart. */
    private JsonNode page() throws IOException {
        String html = Files.readString(folder.resolve("out/allure-report/index.html"));
        Matcher packed = Pattern.compile("atob\\(\"([^\"]+)\"\\)").matcher(html);
        assertThat(packed.find()).isTrue();
        return new ObjectMapper().readTree(new GZIPInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(packed.group(1)))));
    }

    private static JsonNode file(JsonNode page, String name) throws IOException {
        String same = page.at("/same").path(name).asText(name);
        return new ObjectMapper().readTree(page.at("/files").path(same).asText());
    }

    /** Two runs are two points, and each test knows how it ended before. */
    @Test
    void theHistoryIsKeptFromRunToRun() throws Exception {
        assertThat(report().ofBuild(List.of(module), "", Map.of())).isEmpty();
        assertThat(file(page(), "widgets/history-trend.json")).hasSize(1);
        assertThat(folder.resolve("out/allure-report/release.html")).content().contains("FAILED: 1 of 2 tests",
                "<a href=\"index.html\">");
        result("2", "heads-2", "passed", "");

        assertThat(report().ofBuild(List.of(module), "none", GITHUB)).as("the pages are there nevertheless")
                .containsExactly("-Drelease.verdicts: " + folder.resolve("none") + ": expected a folder, found none");

        JsonNode page = page();
        JsonNode trend = file(page, "widgets/history-trend.json");
        assertThat(trend).hasSize(2);
        assertThat(trend.findValuesAsText("buildOrder")).containsExactly("7", "1");
        assertThat(trend.at("/0/data/passed").asInt()).isEqualTo(2);
        assertThat(trend.at("/1/data/failed").asInt()).isEqualTo(1);
        assertThat(trend.at("/0/reportUrl").asText()).isEqualTo("https://github.com/someone/gate/actions/runs/99");
        JsonNode executor = file(page, "widgets/executors.json").get(0);
        assertThat(executor.at("/buildName").asText()).isEqualTo("gate #7");
        assertThat(executor.at("/buildUrl").asText()).isEqualTo("https://github.com/someone/gate/actions/runs/99");
        JsonNode behaviors = page.at("/files").path("data/behaviors.json").path("tree");
        assertThat(behaviors.at("/children/0/name").asText()).isEqualTo("Parity");
        assertThat(behaviors.at("/children/0/children/0/name").asText())
                .isEqualTo("golden, original and published cases");
        JsonNode tests = behaviors.at("/children/0/children/0/children");
        assertThat(tests).extracting(number -> page.path("leaves").get(number.asInt()))
                .extracting(test -> test.at("/name").asText() + ", before: "
                        + statuses(page, test.at("/uid").asText()))
                .containsExactlyInAnyOrder("basic, before: [passed]", "heads-2, before: [failed]");
        assertThat(page.path("leaves")).as("each test is there once, in all trees").hasSize(2);
        assertThat(page.at("/same")).as("equal attachments are there once").isNotEmpty();
        assertThat(new History(folder.resolve("history")).nextOrder()).isEqualTo(8);
    }

    @Test
    void aDamagedHistoryBeginsAnew() throws Exception {
        Path kept = Files.createDirectories(folder.resolve("history"));
        Path trend = Files.writeString(kept.resolve("history-trend.json"), "[{\"buildOrder\":3");
        Files.writeString(kept.resolve("own.json"), "{");
        History history = new History(kept);

        assertThat(history.repair())
                .hasValue(trend + ": expected JSON that Allure wrote, found none: the trend begins anew");
        assertThat(list(kept)).containsExactly(kept.resolve("own.json"));
        assertThat(history.repair()).isEmpty();
        assertThat(history.nextOrder()).isEqualTo(1);
        assertThat(new History(folder.resolve("none")).repair()).isEmpty();
    }

    private static List<String> statuses(JsonNode page, String uid) {
        try {
            return file(page, "data/test-cases/" + uid + ".json").at("/extra/history/items").findValuesAsText("status");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code --report DIR} left stays as it was. */
    @Test
    void aFolderOfResultsMakesAPageToo() throws Exception {
        List<Path> before = list(module.results());

        assertThat(report().of(module.results(), Map.of())).isEmpty();

        assertThat(file(page(), "widgets/summary.json").at("/statistic/total").asInt()).isEqualTo(2);
        assertThat(list(module.results())).isEqualTo(before);
        assertThat(folder.resolve("history")).doesNotExist();
        assertThatThrownBy(() -> report().of(folder.resolve("none"), Map.of())).isInstanceOf(IOException.class)
                .hasMessage("-Dallure.from: " + folder.resolve("none")
                        + ": expected a folder of Allure results, found none");
    }

    private static List<Path> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void aPageBeyondTheLimitSaysWhatFillsIt() throws Exception {
        Path page = folder.resolve("index.html");
        Files.write(page, new byte[(int) HtmlReport.MAX_BYTES]);
        Map<String, byte[]> files = Map.of("data/small.json", new byte[40_000], "data/large.json",
                new byte[12_340_000]);
        assertThat(HtmlReport.size(page, files)).isEmpty();
        Files.write(page, new byte[(int) HtmlReport.MAX_BYTES + 300_000]);
        assertThat(HtmlReport.size(page, files)).containsExactly(
                page + ": expected at most 12 MB, found 12.3 MB; largest files in it:", "   12.34 MB data/large.json",
                "    0.04 MB data/small.json");
    }
}
