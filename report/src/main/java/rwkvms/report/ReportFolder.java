package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;

/** What {@code --report DIR} leaves: Allure results, a Markdown summary and the JSON verdict with every tensor. */
public final class ReportFolder {
    private static final String SUITE = "gate check";

    private ReportFolder() {
    }

    /** Writes into a folder, created where needed. Results of earlier runs stay there: Allure shows them as history. */
    public static void write(Verdict verdict, Path folder) throws IOException {
        prepare(folder);
        Files.writeString(folder.resolve("verdict.json"), VerdictJson.of(verdict, true) + "\n");
        Files.writeString(folder.resolve("summary.md"), MarkdownSummary.of(verdict));
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        verdict.provenance().writeEnvironment(results);
        for (Judged each : verdict.judged()) {
            report.runCase(SUITE, each.outcome().caseName() + " on " + each.outcome().runtime(),
                    () -> body(report, verdict.provenance(), each));
        }
        for (String error : verdict.errors()) {
            report.runCase(SUITE, "input " + (verdict.errors().indexOf(error) + 1), () -> {
                throw new IllegalStateException("NOT JUDGED: " + error);
            });
        }
    }

    /** The folder of {@code --report} is there afterwards; a file of that name is refused. */
    static void prepare(Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("--report " + folder + ": expected a folder, or none yet, found a file");
        }
        Files.createDirectories(folder);
    }

    private static void body(AllureReport report, Provenance provenance, Judged each) {
        switch (each.outcome()) {
            case CheckResult result -> {
                CheckReport page = new CheckReport(result, provenance, each.reproduce());
                page.attach(report);
                if (!result.ok()) {
                    throw new AssertionError(page.failureMessage());
                }
            }
            case NotEvaluated missed -> throw new IllegalStateException("NOT EVALUATED: " + missed.caseName() + " on "
                    + missed.runtime() + ": " + missed.reason());
        }
    }
}
