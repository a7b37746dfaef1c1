package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What {@code --report DIR} leaves of a command on files: Allure results and JUnit XML, one test a file, a Markdown summary, the
 * JSON, and annotations.
 */
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
        write(folder, suite, problems, Map.of(), json);
    }

    /**
     * Writes into a folder, created where needed.
     *
     * @param problems by subject what is wrong with it
     * @param missed   by subject, one of those, why it was not evaluated; one without either passed
     */
    public static void write(Path folder, String suite, Map<String, List<String>> problems,
            Map<String, String> missed, String json) throws IOException {
        ReportFolder.prepare(folder);
        ReportFiles.write(folder.resolve("verdict.json"), json + "\n");
        Path results = folder.resolve("allure-results");
        AllureReport report = AllureReport.into(results);
        Provenance.ofThisMachine().writeEnvironment(results);
        BoundedText summary = new BoundedText(MarkdownSummary.MAX_BYTES).line("# " + suite).line("");
        List<Tested> tests = new ArrayList<>();
        problems.forEach((subject, wrong) -> tests.add(tested(subject, wrong, missed.get(subject))));
        for (Tested test : tests) {
            String subject = test.name().replaceAll("\\R|`", " ");
            summary.line("- " + switch (test.status()) {
                case PASSED -> "passed";
                case NOT_EVALUATED -> "not evaluated";
                default -> "**FAILED**";
            } + ": `" + subject + "`");
            test.message().lines().forEach(line -> summary.line("  - " + line));
            report.runCase(suite, test.name(), () -> {
                switch (test.status()) {
                    case PASSED -> {
                        // nothing to tell
                    }
                    case NOT_EVALUATED -> throw new IllegalStateException("NOT EVALUATED: " + test.message());
                    default -> throw new AssertionError(test.message());
                }
            });
        }
        ReportFiles.write(folder.resolve("summary.md"), summary.toString());
        ReportFolder.writeForTools(folder, suite, tests, Map.of());
    }

    private static Tested tested(String subject, List<String> wrong, @Nullable String reason) {
        Tested.Status status = !wrong.isEmpty()
                ? Tested.Status.FAILED
                : reason != null ? Tested.Status.NOT_EVALUATED : Tested.Status.PASSED;
        String file = Files.isRegularFile(path(subject)) ? subject : "";
        return new Tested(subject, status,
                wrong.isEmpty() && reason != null ? reason : String.join("\n", wrong), file);
    }

    /** A subject is a file's path or a name of any kind. */
    private static Path path(String subject) {
        try {
            return Path.of(subject);
        } catch (InvalidPathException e) {
            return Path.of("");
        }
    }
}
