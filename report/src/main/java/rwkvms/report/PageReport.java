package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code --report DIR} leaves of pages: Allure results, every figure as SVG and PNG, a Markdown summary, the JSON. */
public final class PageReport {
    private PageReport() {
    }

    /** Writes into a folder, created where needed. */
    public static void write(Path folder, String suite, List<Page> pages, String markdown, String json)
            throws IOException {
        ReportFolder.prepare(folder);
        Files.writeString(folder.resolve("verdict.json"), json + "\n");
        Files.writeString(folder.resolve("summary.md"), markdown);
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        Provenance.ofThisMachine().writeEnvironment(results);
        for (Page page : pages) {
            report.runCase(suite, page.name(), () -> page.attach(report));
            for (Figure figure : page.figures()) {
                Files.writeString(folder.resolve(figure.name() + ".svg"), figure.svg());
                Files.write(folder.resolve(figure.name() + ".png"), figure.png());
            }
        }
    }
}
