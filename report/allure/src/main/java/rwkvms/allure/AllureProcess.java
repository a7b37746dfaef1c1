package rwkvms.allure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Allure, generating a report.
 *
 * @param folder where it writes the report, as a single file
 */
record AllureProcess(Path folder, Process process) implements AutoCloseable {
    /** Starts it on the results of modules; {@code home} is Allure's. */
    static AllureProcess start(Path home, Path folder, List<Module> modules) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions",
                "-XX:+UseTransparentHugePages", "--class-path",
                home.resolve("lib") + "/*" + File.pathSeparator + home.resolve("lib/config"),
                "io.qameta.allure.CommandLine", "--quiet", "generate", "--clean", "--single-file", "--name",
                "RWKV-MS gate", "--output", folder.toString()));
        modules.forEach(module -> command.add(module.results().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("APP_HOME", home.toString());
        builder.environment().put("ALLURE_NO_ANALYTICS", "true");
        return new AllureProcess(folder, builder.start());
    }

    /** Waits for its end. */
    boolean succeeds() throws InterruptedException {
        return process.waitFor() == 0;
    }

    /** Ends it if nobody waits for it any more. */
    @Override
    public void close() {
        process.destroy();
    }
}
