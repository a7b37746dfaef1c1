package rwkvms.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The checkout whose job runs: annotations may point only at its files, for a pull request has no others. The gate's own golden
 * cases, for instance, lie in another checkout if a fork is judged.
 *
 * @param root empty if there is none
 */
record Workspace(Optional<Path> root) {
    /** What GitHub calls the workspace, or the checkout around the working folder. */
    static Workspace ofJob() {
        return Optional.ofNullable(System.getenv("GITHUB_WORKSPACE")).filter(folder -> !folder.isBlank())
                .map(folder -> new Workspace(Optional.of(absolute(Path.of(folder)))))
                .orElseGet(() -> new Workspace(checkout(absolute(Path.of("")))));
    }

    /** The path of a file in the checkout, or empty if it is not a file of this checkout. */
    String place(String file) {
        if (file.isEmpty() || root.isEmpty()) {
            return "";
        }
        Path path = absolute(Path.of(file));
        return Files.exists(path) && checkout(path).equals(root)
                ? root.get().relativize(path).toString().replace('\\', '/')
                : "";
    }

    /** The innermost checkout that a path is in. */
    private static Optional<Path> checkout(Path path) {
        for (Path folder = path; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve(".git"))) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
