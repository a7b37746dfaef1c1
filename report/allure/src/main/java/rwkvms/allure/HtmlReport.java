package rwkvms.allure;

import io.qameta.allure.CommandLine;
import io.qameta.allure.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the results that the modules left in their {@code target/allure-results} into one self-contained HTML file, and ends
 * the build's output with what failed.
 *
 * <p>It needs only Allure's class path and is launched from source, so that it also runs if a module of the build has failed. Exits
 * 1 if Allure fails.
 */
public final class HtmlReport {

    private HtmlReport() {
    }

    /** Arguments: repository root, Allure's home, categories.json, output folder, then the modules by folder. */
    public static void main(String[] args) throws IOException {
        var root = Path.of(args[0]);
        var allureHome = Path.of(args[1]);
        var categories = Path.of(args[2]);
        var output = Path.of(args[3]);
        var modules = List.of(args).subList(4, args.length).stream().map(name -> new Module(root, name)).toList();

        var environment = Environment.of(root);
        for (var module : modules) {
            Files.createDirectories(module.results());
            module.reportMissingResults();
            module.nameCppTests();
            Files.copy(categories, module.results().resolve("categories.json"), StandardCopyOption.REPLACE_EXISTING);
            environment.writeTo(module.results());
        }

        if (generate(allureHome, output, modules) != ExitCode.NO_ERROR) {
            System.err.println("[ERROR] Allure could not generate " + output + ", see above");
            System.exit(1);
        }
        System.out.println("[INFO] Report: " + output.resolve("index.html"));
        FailedTests.lines(modules).forEach(line -> System.out.println("[ERROR] " + line));
    }

    private static ExitCode generate(Path allureHome, Path output, List<Module> modules) {
        var arguments = new ArrayList<>(List.of("--quiet", "generate", "--clean", "--single-file", "--name",
                "RWKV-MS gate", "--output", output.toString()));
        modules.forEach(module -> arguments.add(module.results().toString()));
        var allure = new CommandLine(allureHome);
        return allure.parse(arguments.toArray(String[]::new)).orElseGet(allure::run);
    }
}
