package rwkvms.report;

import io.qameta.allure.Allure;
import io.qameta.allure.AllureLifecycle;
import io.qameta.allure.FileSystemResultsWriter;
import io.qameta.allure.model.Label;
import io.qameta.allure.model.Parameter;
import io.qameta.allure.model.Status;
import io.qameta.allure.model.StatusDetails;
import io.qameta.allure.model.TestResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import rwkvms.file.FileFailure;

/**
 * Adds to the Allure result of the test that runs in this thread, or writes results without a test framework (the
 * {@code --report} option of gate.md).
 */
public final class AllureReport {
    private final AllureLifecycle lifecycle;
    private final @Nullable AllureFiles files;

    private AllureReport(AllureLifecycle lifecycle, @Nullable AllureFiles files) {
        this.lifecycle = lifecycle;
        this.files = files;
    }

    /** Returns the report on the test that JUnit or jqwik runs in this thread. */
    public static AllureReport ofTest() {
        return new AllureReport(Allure.getLifecycle(), null);
    }

    /** Returns a report that writes results into a folder, created if needed, with the categories of messages beside them. */
    public static AllureReport into(Path results) throws IOException {
        Files.createDirectories(results);
        try (var categories = AllureReport.class.getResourceAsStream("categories.json")) {
            if (categories == null) {
                throw new IllegalStateException("categories.json is missing in the jar of rwkvms.report");
            }
            Path file = results.resolve("categories.json");
            FileFailure.naming(file, () -> Files.copy(categories, file, StandardCopyOption.REPLACE_EXISTING));
        }
        AllureFiles files = new AllureFiles(results, new FileSystemResultsWriter(results));
        return new AllureReport(new AllureLifecycle(files), files);
    }

    /** Writes the result of an entry: passed, failed, or skipped if it was not evaluated. */
    public void add(String suite, Entry entry) throws IOException {
        Status status = switch (entry.outcome()) {
            case Outcome.Passed passed -> Status.PASSED;
            case Outcome.Failed failed -> Status.FAILED;
            case Outcome.NotEvaluated missed -> Status.SKIPPED;
        };
        String message = (entry.failed() ? "DIFFERENCE: " : "NOT EVALUATED: ") + entry.name() + ": " + entry.message()
                + (entry.failed() && !entry.reproduce().isEmpty() ? "\n  " + entry.reproduce() : "");
        add(suite, entry.name(), status, entry.passed() ? "" : message, entry.details());
    }

    /** Writes a broken result. */
    void add(String suite, Obstacle error) throws IOException {
        add(suite, error.name(), Status.BROKEN, "NOT JUDGED: " + error.message(), EntryDetails.NONE);
    }

    private void add(String suite, String name, Status status, String message, EntryDetails details)
            throws IOException {
        var uuid = UUID.randomUUID().toString();
        lifecycle.scheduleTestCase(new TestResult().setUuid(uuid).setName(name).setFullName(suite + "." + name)
                .setHistoryId(suite + "." + name).setStatus(status)
                .setStatusDetails(message.isEmpty() ? null : new StatusDetails().setMessage(message))
                .setLabels(List.of(label("suite", suite), label("package", suite), label("framework", "gate"))));
        lifecycle.startTestCase(uuid);
        details.attach(this);
        lifecycle.stopTestCase(uuid);
        lifecycle.writeTestCase(uuid);
        if (files != null) {
            files.check();
        }
    }

    public void parameter(String name, Object value) {
        lifecycle.updateTestCase(
                result -> result.getParameters().add(new Parameter().setName(name).setValue(value.toString())));
    }

    /** Says for the release page how near the test came to its limit. */
    public void headroom(Headroom headroom) {
        parameter(Headroom.RUNTIME, headroom.runtime());
        parameter(Headroom.DEVICE, headroom.device());
        parameter(Headroom.OF_LIMIT, headroom.of());
    }

    /**
     * Says something for a part of the release page.
     *
     * @param part such as {@code gate power}
     */
    public void figure(String part, String name, Object value) {
        parameter(part + ": " + name, value);
    }

    /** Puts HTML at the top of the test's page. */
    public void description(String html) {
        lifecycle.updateTestCase(result -> result.setDescriptionHtml(html));
    }

    public void attachCsv(String name, String csv) {
        attach(name, "text/csv", ".csv", csv);
    }

    public void attachText(String name, String text) {
        attach(name, "text/plain", ".txt", text);
    }

    private void attach(String name, String type, String extension, String content) {
        lifecycle.addAttachment(name, type, extension,
                new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static Label label(String name, String value) {
        return new Label().setName(name).setValue(value);
    }
}
