package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;
import rwkvms.golden.Outcome;

/** What {@code --report DIR} leaves: Allure results, a Markdown summary and the JSON verdict with every tensor. */
public final class ReportFolder {
    private static final String SUITE = "gate check";

    private ReportFolder() {
    }

    public static void write(Verdict verdict, Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("verdict.json"), VerdictJson.of(verdict, true) + "\n");
        Files.writeString(folder.resolve("summary.md"), MarkdownSummary.of(verdict));
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        verdict.provenance().writeEnvironment(results);
        for (Outcome outcome : verdict.outcomes()) {
            report.runCase(SUITE, outcome.caseName() + " on " + outcome.runtime(),
                    () -> body(report, verdict, outcome));
        }
    }

    private static void body(AllureReport report, Verdict verdict, Outcome outcome) {
        switch (outcome) {
            case CheckResult result -> {
                CheckReport page = new CheckReport(result, verdict.provenance(), verdict.reproduce());
                page.attach(report);
                if (!result.ok()) {
                    throw new AssertionError(page.failureMessage());
                }
            }
            case NotEvaluated missed ->
                throw new IllegalStateException("NOT EVALUATED: " + missed.caseName() + ": " + missed.reason());
        }
    }
}
