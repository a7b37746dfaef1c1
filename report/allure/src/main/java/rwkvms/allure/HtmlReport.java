package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Turns the results that the modules left in their {@code target/allure-results} into the page that a maintainer signs and into
 * Allure's, each one self-contained file, and ends the build's output with what failed.
 *
 * <p>It needs no other module, so that it also runs if one of them has failed. Exits 1 if Allure fails, if the page is too large, or
 * if this module's own tests failed, which do not stop it.
 */
public final class HtmlReport {
    /** Larger pages open slowly, and are too large for a comment or a mail. */
    static final long MAX_BYTES = 12_000_000;
    private static final String PAGE = "index.html";
    /** This module. */
    private static final String OWN = "report/allure";

    private final Path root;
    private final Path home;
    private final Path categories;
    private final Path output;
    private final History history;

    /**
     * A report that is still to be written.
     *
     * @param home       Allure's
     * @param categories what messages mean, as Allure reads it
     * @param history    what earlier builds left
     */
    HtmlReport(Path root, Path home, Path categories, Path output, History history) {
        this.root = root;
        this.home = home;
        this.categories = categories;
        this.output = output;
        this.history = history;
    }

    /**
     * Arguments: repository root, Allure's home, categories.json, output folder, folder of the history, then the modules by folder.
     * {@code -Dallure.from=DIR} takes the results in a folder instead, such as those that {@code --report} left;
     * {@code -Drelease.verdicts=DIR} adds verdicts to the release page.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path root = Path.of(args[0]);
        HtmlReport report = new HtmlReport(root, Path.of(args[1]), Path.of(args[2]), Path.of(args[3]),
                new History(root.resolve(args[4])));
        String from = System.getProperty("allure.from", "");
        List<String> errors = from.isEmpty()
                ? report.ofBuild(
                        List.of(args).subList(5, args.length).stream().map(name -> Module.of(root, name)).toList(),
                        System.getProperty("release.verdicts", ""), System.getenv())
                : report.of(root.resolve(from), System.getenv());
        System.exit(errors.isEmpty() ? 0 : 1);
    }

    /** Writes the report on a build, tells what failed, and returns why the report itself is not as it should be. */
    List<String> ofBuild(List<Module> modules, String verdicts, Map<String, String> variables)
            throws IOException, InterruptedException {
        for (Module module : modules) {
            Files.createDirectories(module.results());
            module.reportMissingResults();
        }
        List<String> errors = new ArrayList<>();
        Map<Module, List<JsonNode>> tests = label(modules);
        Environment environment = Environment.of(root);
        Budget budget = Budget.of(modules, SinglePage.resource("budget.csv"));
        history.repair().ifPresent(HtmlReport::complain);
        try (AllureProcess allure = started(modules, Optional.of(history), environment, variables)) {
            Path page = release(tests, verdicts, environment, budget, errors);
            List<String> failed = FailedTests.lines(tests);
            errors.addAll(write(allure, Optional.of(history)));
            System.out.println("[INFO] Release page: " + page);
            System.out.println("[INFO] Every test: " + output.resolve(PAGE));
            budget.lines().forEach(line -> System.out.println("[INFO] " + line));
            failed.forEach(HtmlReport::complain);
            tests.keySet().removeIf(module -> !module.name().equals(OWN));
            if (!FailedTests.lines(tests).isEmpty()) {
                errors.add(OWN + ": its own tests failed, see above");
            }
        }
        errors.forEach(HtmlReport::complain);
        return errors;
    }

    private Path release(Map<Module, List<JsonNode>> results, String verdicts, Environment environment, Budget budget,
            List<String> errors) throws IOException {
        List<JudgedTest> tests = new ArrayList<>();
        results.forEach((module, its) -> its.forEach(test -> tests.add(JudgedTest.of(module.name(), test))));
        if (!verdicts.isEmpty()) {
            tests.addAll(verdicts(root.resolve(verdicts), environment.commit(), errors));
        }
        Path page = Files.createDirectories(output).resolve(ReleasePage.NAME);
        Map<String, String> entries = new TreeMap<>(environment.entries());
        entries.put("Seconds of tests, of those allowed", budget.line());
        Files.writeString(page, ReleasePage.of(tests, entries,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        return page;
    }

    /** Returns the results by module, as Allure reads them. */
    private static Map<Module, List<JsonNode>> label(List<Module> modules) throws IOException {
        Promises promises = Promises.read();
        try {
            List<List<JsonNode>> labelled = modules.parallelStream().map(module -> labelled(module, promises)).toList();
            Map<Module, List<JsonNode>> tests = new LinkedHashMap<>();
            for (int i = 0; i < modules.size(); i++) {
                tests.put(modules.get(i), labelled.get(i));
            }
            return tests;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static List<JsonNode> labelled(Module module, Promises promises) {
        try {
            CppTests.toResults(module.name(), module.results());
            module.removeEmptySteps();
            return module.label(promises);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<JudgedTest> verdicts(Path folder, String commit, List<String> errors) {
        try {
            List<JudgedTest> tests = VerdictFiles.below(folder, commit);
            tests.stream().filter(JudgedTest::failed)
                    .forEach(test -> errors.add(test.module() + ": " + test.name() + ": FAILED " + test.message()));
            return tests;
        } catch (IOException e) {
            errors.add(String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    /** Writes the report on the results in a folder, which stay as they are and are no point of the trend. */
    List<String> of(Path from, Map<String, String> variables) throws IOException, InterruptedException {
        List<Module> modules = List.of(copied(from, output.resolveSibling("results")));
        label(modules);
        try (AllureProcess allure = started(modules, Optional.empty(), Environment.of(root), variables)) {
            List<String> errors = write(allure, Optional.empty());
            System.out.println("[INFO] Report: " + output.resolve(PAGE));
            errors.forEach(HtmlReport::complain);
            return errors;
        }
    }

    private static void complain(String line) {
        System.out.println("[ERROR] " + line);
    }

    /** Gives Allure what it needs beside the results, and starts it: it takes longer than what is done meanwhile. */
    private AllureProcess started(List<Module> modules, Optional<History> trend, Environment environment,
            Map<String, String> variables) throws IOException {
        Files.createDirectories(output);
        Executor executor = Executor.of(variables, environment.commit(),
                trend.isPresent() ? trend.get().nextOrder() : 1);
        for (Module module : modules) {
            Files.copy(categories, module.results().resolve("categories.json"), StandardCopyOption.REPLACE_EXISTING);
            environment.writeTo(module.results());
        }
        executor.writeTo(modules.getFirst().results());
        if (trend.isPresent()) {
            trend.get().into(modules.getFirst().results());
        }
        return AllureProcess.start(home, output.resolveSibling("allure-folder"), modules);
    }

    private List<String> write(AllureProcess allure, Optional<History> trend) throws IOException, InterruptedException {
        if (!allure.succeeds()) {
            return List.of("Allure could not generate " + allure.folder() + ", see above");
        }
        SingleFile report = SingleFile.read(allure.folder().resolve(PAGE));
        if (trend.isPresent()) {
            trend.get().keep(report.files());
        }
        Path page = output.resolve(PAGE);
        Files.writeString(page, SinglePage.of(report));
        delete(allure.folder());
        return size(page, report.files());
    }

    /** Returns lines that say what fills a page beyond the limit; none if it is within. */
    static List<String> size(Path page, Map<String, byte[]> files) throws IOException {
        if (Files.size(page) <= MAX_BYTES) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%s: expected at most %.0f MB, found %.1f MB; largest files in it:", page,
                MAX_BYTES / 1e6, Files.size(page) / 1e6));
        files.entrySet().stream().sorted(Comparator.comparingInt(file -> -file.getValue().length)).limit(10)
                .forEach(file -> lines.add(String.format(Locale.ROOT, "  %6.2f MB %s", file.getValue().length / 1e6,
                        file.getKey())));
        return lines;
    }

    private static Module copied(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            throw new IOException("-Dallure.from: " + from + ": expected a folder of Allure results, found none");
        }
        delete(to);
        Files.createDirectories(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from, Files::isRegularFile)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return new Module(from, String.valueOf(to.getFileName()), to);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
