package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;

/**
 * What {@code --report DIR} leaves: Allure results, an HTML page, a Markdown summary, the JSON verdict with every tensor, and what CI
 * systems read: JUnit XML and annotations.
 */
public final class ReportFolder {
    private static final String SUITE = "gate check";

    private ReportFolder() {
    }

    /** Writes into a folder, created where needed. Results of earlier runs stay there: Allure shows them as history. */
    public static void write(Verdict verdict, Path folder) throws IOException {
        prepare(folder);
        ReportFiles.write(folder.resolve("verdict.json"), VerdictJson.of(verdict, true) + "\n");
        ReportFiles.write(folder.resolve("summary.md"), MarkdownSummary.of(verdict));
        writeForTools(folder, SUITE, tests(verdict), details(verdict));
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

    private static List<Tested> tests(Verdict verdict) {
        List<Tested> tests = new ArrayList<>();
        for (Judged each : verdict.judged()) {
            String name = each.outcome().caseName() + " on " + each.outcome().runtime();
            String file = each.file().map(Path::toString).orElse("");
            tests.add(switch (each.outcome()) {
                case CheckResult result when result.ok() -> new Tested(name, Tested.Status.PASSED, "", file);
                case CheckResult result -> new Tested(name, Tested.Status.FAILED,
                        CheckReport.reason(result) + "\nreproduce: " + each.reproduce(), file);
                case NotEvaluated missed -> new Tested(name, Tested.Status.NOT_EVALUATED, missed.reason(), file);
            });
        }
        for (int i = 0; i < verdict.errors().size(); i++) {
            tests.add(new Tested("input " + (i + 1), Tested.Status.NOT_JUDGED, verdict.errors().get(i), ""));
        }
        return tests;
    }

    /** Of what did not pass the page with its plots; of a single case also where it did. */
    private static Map<String, String> details(Verdict verdict) {
        Map<String, String> details = new LinkedHashMap<>();
        for (Judged each : verdict.judged()) {
            if (each.outcome() instanceof CheckResult result && details.size() < HtmlSummary.DETAILED
                    && (!result.ok() || verdict.judged().size() == 1)) {
                details.put(result.caseName() + " on " + result.runtime(),
                        new CheckReport(result, verdict.provenance(), each.reproduce()).html());
            }
        }
        return details;
    }

    /** What CI systems read, JUnit XML and a GitHub job's annotations, and a page for people. */
    static void writeForTools(Path folder, String suite, List<Tested> tests, Map<String, String> details)
            throws IOException {
        ReportFiles.write(folder.resolve("junit.xml"), JUnitXml.of(suite, tests));
        ReportFiles.write(folder.resolve("annotations.txt"), Annotations.of(suite, tests));
        ReportFiles.write(folder.resolve("report.html"), HtmlSummary.of(suite, tests, details));
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
