package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The commit that this tool runs from, for the provenance of its verdicts: 40 digits, followed by {@code -dirty} if a tracked
 * file differs or git does not know a source or golden file; or {@code unknown} and why.
 */
public final class Commit {
    /** A release has this file instead of a repository. */
    static final String RELEASE_FILE = "COMMIT";

    private static final String ROOT_PROPERTY = "rwkvms.root";
    private static final String DIRTY = "-dirty";
    private static final String UNKNOWN = "unknown: ";
    private static final String OID = "# branch.oid ";
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40,64}");
    private static final Pattern RELEASED = Pattern.compile(HASH + "(" + DIRTY + ")?");
    /** Untracked files that a verdict depends on: what the tool is built from, and what it judges. */
    private static final Pattern UNTRACKED = Pattern.compile("\\? \"?([^/]+/src/|golden/|gate$).*");
    /** A repository of this size answers in ten milliseconds. */
    private static final int LIMIT_SECONDS = 5;
    /** Changes nothing in the repository, starts nothing that its configuration names, and does not ask who owns it. */
    private static final String[] STATUS = {"git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false",
            "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=normal"};
    private static final FutureTask<String> THIS_TOOL = new FutureTask<>(
            () -> of(Path.of(System.getProperty(ROOT_PROPERTY, "."))));

    private Commit() {
    }

    /** Starts to find out in the background what {@link #ofThisTool} returns. */
    public static void ask() {
        Thread.ofPlatform().daemon().start(THIS_TOOL);
    }

    /** The commit of the checkout or release in whose folder this process has been started. */
    public static String ofThisTool() {
        THIS_TOOL.run();
        try {
            return THIS_TOOL.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return UNKNOWN + "git took more than " + LIMIT_SECONDS + " s";
        } catch (ExecutionException e) {
            return UNKNOWN + e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN + "interrupted";
        }
    }

    /** The commit of a checkout or release in a folder. */
    static String of(Path folder) {
        Path released = folder.resolve(RELEASE_FILE);
        if (Files.isRegularFile(released)) {
            return released(released);
        }
        if (Files.notExists(folder.resolve(".git"))) {
            return UNKNOWN + "no git repository";
        }
        Optional<String> status = ToolOutput.of(folder, STATUS);
        return status.isEmpty() ? UNKNOWN + "git is missing or cannot read the repository" : ofStatus(status.get());
    }

    private static String released(Path file) {
        try {
            String text = Files.readString(file).strip();
            return RELEASED.matcher(text).matches() ? text : UNKNOWN + "the release was made outside of a repository";
        } catch (IOException e) {
            return UNKNOWN + e;
        }
    }

    private static String ofStatus(String status) {
        List<String> lines = status.lines().toList();
        String hash = lines.stream().filter(line -> line.startsWith(OID)).map(line -> line.substring(OID.length()))
                .findFirst().orElse("");
        if (!HASH.matcher(hash).matches()) {
            return UNKNOWN + "the repository has no commit";
        }
        return hash + (lines.stream().anyMatch(Commit::differs) ? DIRTY : "");
    }

    private static boolean differs(String line) {
        return line.startsWith("?") ? UNTRACKED.matcher(line).matches() : !line.startsWith("#");
    }
}
