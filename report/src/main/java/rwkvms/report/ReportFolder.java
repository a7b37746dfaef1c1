package rwkvms.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import rwkvms.file.FileFailure;

/**
 * What {@code --report DIR} leaves of a {@link Verdict}: Allure results, an HTML page, a Markdown summary, the whole JSON, every
 * figure, and what CI systems read: JUnit XML and annotations.
 */
public final class ReportFolder {
    private ReportFolder() {
    }

    /** Writes into a folder, created if needed. Results of earlier runs stay there: Allure shows them as history. */
    public static void write(Verdict verdict, Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("--report " + folder + ": expected a folder, or none yet, found a file");
        }
        Files.createDirectories(folder);
        List<TestCase> cases = verdict.cases();
        write(folder, "verdict.json", VerdictJson.of(verdict, true) + "\n");
        write(folder, "summary.md", MarkdownSummary.of(verdict));
        write(folder, "junit.xml", JUnitXml.of(verdict.suite(), cases));
        write(folder, "annotations.txt", Annotations.of(verdict, Workspace.ofJob()));
        write(folder, "report.html", HtmlSummary.of(verdict));
        writeAllure(verdict, folder.resolve("allure-results"));
        for (Entry entry : verdict.entries()) {
            for (Figure figure : entry.details().figures()) {
                write(folder, figure.name() + ".svg", figure.svg());
                write(folder, figure.name() + ".png", figure.png());
            }
        }
    }

    /** Writes a file. A failure names it: the JDK says of a full disk no more than that it is full. */
    static void write(Path folder, String name, String text) throws IOException {
        write(folder, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path folder, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        FileFailure.naming(file, () -> Files.write(file, bytes));
    }

    private static void writeAllure(Verdict verdict, Path results) throws IOException {
        AllureReport report = AllureReport.into(results);
        verdict.provenance().writeEnvironment(results);
        for (Entry entry : verdict.entries()) {
            report.add(verdict.suite(), entry);
        }
        for (Obstacle error : verdict.errors()) {
            report.add(verdict.suite(), error);
        }
    }
}
