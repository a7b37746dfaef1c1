package rwkvms.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** The output of a small command line tool. */
final class ToolOutput {
    private ToolOutput() {
    }

    /** Standard output without surrounding blanks; empty if the tool is missing, fails or prints nothing. */
    static Optional<String> of(Path folder, String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            // In a git hook they name another repository.
            builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
            Process process = builder.start();
            try (var output = process.getInputStream()) {
                var text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
                return process.waitFor() == 0 && !text.isEmpty() ? Optional.of(text) : Optional.empty();
            }
        } catch (IOException toolIsMissing) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
