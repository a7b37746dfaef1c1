package rwkvms.report;

import static java.util.Objects.requireNonNullElse;

import io.qameta.allure.Allure;
import io.qameta.allure.AllureLifecycle;
import io.qameta.allure.FileSystemResultsWriter;
import io.qameta.allure.model.Label;
import io.qameta.allure.model.Parameter;
import io.qameta.allure.model.Status;
import io.qameta.allure.model.StatusDetails;
import io.qameta.allure.model.StepResult;
import io.qameta.allure.model.TestResult;
import io.qameta.allure.util.ResultsUtils;
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

    /** For the test that JUnit or jqwik runs in this thread. */
    public static AllureReport ofTest() {
        return new AllureReport(Allure.getLifecycle(), null);
    }

    /** Writes results into a folder, created where needed, and beside them the categories by message prefix. */
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

    /**
     * Runs one case and writes its result: failed on an AssertionError, skipped on a {@link NotEvaluatedException}, broken on any
     * other exception, passed otherwise. The exception goes into the result, not to the caller.
     *
     * @throws IOException where a file of it could not be written
     */
    public void runCase(String suite, String name, Runnable body) throws IOException {
        var uuid = UUID.randomUUID().toString();
        lifecycle.scheduleTestCase(new TestResult().setUuid(uuid).setName(name).setFullName(suite + "." + name)
                .setHistoryId(suite + "." + name)
                .setLabels(List.of(label("suite", suite), label("package", suite), label("framework", "gate"))));
        lifecycle.startTestCase(uuid);
        try {
            body.run();
            lifecycle.updateTestCase(uuid, result -> result.setStatus(Status.PASSED));
        } catch (AssertionError | RuntimeException e) {
            var details = new StatusDetails().setMessage(requireNonNullElse(e.getMessage(), e.toString()))
                    .setTrace(ResultsUtils.getStatusDetails(e).map(StatusDetails::getTrace).orElse(""));
            lifecycle.updateTestCase(uuid, result -> result.setStatus(statusOf(e)).setStatusDetails(details));
        } finally {
            lifecycle.stopTestCase(uuid);
            lifecycle.writeTestCase(uuid);
        }
        if (files != null) {
            files.check();
        }
    }

    /** Adds a step that is over already. */
    public void step(String name, boolean passed) {
        var uuid = UUID.randomUUID().toString();
        lifecycle.startStep(uuid, new StepResult().setName(name).setStatus(passed ? Status.PASSED : Status.FAILED));
        lifecycle.stopStep(uuid);
    }

    public void parameter(String name, Object value) {
        lifecycle.updateTestCase(
                result -> result.getParameters().add(new Parameter().setName(name).setValue(value.toString())));
    }

    /** HTML at the top of the test's page. */
    public void description(String html) {
        lifecycle.updateTestCase(result -> result.setDescriptionHtml(html));
    }

    public void attachCsv(String name, String csv) {
        attach(name, "text/csv", ".csv", csv);
    }

    public void attachText(String name, String text) {
        attach(name, "text/plain", ".txt", text);
    }

    public void attachSvg(String name, String svg) {
        attach(name, "image/svg+xml", ".svg", svg);
    }

    private void attach(String name, String type, String extension, String content) {
        lifecycle.addAttachment(name, type, extension,
                new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static Status statusOf(Throwable e) {
        return switch (e) {
            case AssertionError difference -> Status.FAILED;
            case NotEvaluatedException nothing -> Status.SKIPPED;
            default -> Status.BROKEN;
        };
    }

    private static Label label(String name, String value) {
        return new Label().setName(name).setValue(value);
    }
}
