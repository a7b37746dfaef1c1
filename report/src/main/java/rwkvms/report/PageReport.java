package rwkvms.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code --report DIR} leaves of pages: Allure results and JUnit XML, every figure as SVG and PNG, a Markdown summary, the
 * JSON, and annotations.
 */
public final class PageReport {
    private PageReport() {
    }

    /** Writes into a folder, created where needed. */
    public static void write(Path folder, String suite, List<Page> pages, String markdown, String json)
            throws IOException {
        ReportFolder.prepare(folder);
        ReportFiles.write(folder.resolve("verdict.json"), json + "\n");
        BoundedText summary = new BoundedText(MarkdownSummary.MAX_BYTES);
        markdown.lines().forEach(summary::line);
        ReportFiles.write(folder.resolve("summary.md"), summary.toString());
        Map<String, String> details = new LinkedHashMap<>();
        pages.forEach(page -> details.put(page.name(), page.html()));
        ReportFolder.writeForTools(folder, suite, pages.stream().map(PageReport::tested).toList(), details);
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        Provenance.ofThisMachine().writeEnvironment(results);
        for (Page page : pages) {
            report.runCase(suite, page.name(), () -> page.attach(report));
            for (Figure figure : page.figures()) {
                ReportFiles.write(folder.resolve(figure.name() + ".svg"), figure.svg());
                ReportFiles.write(folder.resolve(figure.name() + ".png"), figure.png());
            }
        }
    }

    private static Tested tested(Page page) {
        return switch (page.outcome()) {
            case Page.Passed() -> new Tested(page.name(), Tested.Status.PASSED, "", "");
            case Page.Failed(String reason) -> new Tested(page.name(), Tested.Status.FAILED, reason, "");
            case Page.Skipped(String reason) -> new Tested(page.name(), Tested.Status.NOT_EVALUATED, reason, "");
        };
    }
}
