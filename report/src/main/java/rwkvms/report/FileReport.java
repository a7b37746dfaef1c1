package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What {@code --report DIR} leaves of a command on files: Allure results, one test a file, a Markdown summary, the JSON. */
public final class FileReport {
    private FileReport() {
    }

    /**
     * Writes into a folder, created where needed.
     *
     * @param problems by file what is wrong with it; a file without problems passed
     */
    public static void write(Path folder, String suite, Map<String, List<String>> problems, String json)
            throws IOException {
        ReportFolder.prepare(folder);
        Files.writeString(folder.resolve("verdict.json"), json + "\n");
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        Provenance.ofThisMachine().writeEnvironment(results);
        StringBuilder summary = new StringBuilder("# ").append(suite).append('\n');
        problems.forEach((file, wrong) -> {
            summary.append("\n- ").append(wrong.isEmpty() ? "passed" : "**FAILED**").append(": `").append(file)
                    .append("`\n");
            for (String problem : wrong) {
                if (summary.length() < MarkdownSummary.MAX_BYTES) {
                    summary.append("  - ").append(problem).append('\n');
                }
            }
            report.runCase(suite, file, () -> {
                if (!wrong.isEmpty()) {
                    throw new AssertionError(String.join("\n", wrong));
                }
            });
        });
        Files.writeString(folder.resolve("summary.md"), summary);
    }
}
