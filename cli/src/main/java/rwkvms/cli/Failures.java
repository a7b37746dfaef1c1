package rwkvms.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.report.Verdict;

/** Exceptions that end a command: one line on standard error and exit code 2; a stack trace only with {@code --debug}. */
final class Failures {
    private Failures() {
    }

    static int handle(Exception failure, CommandLine command, ParseResult parsed) {
        CommonOptions options = CommonOptions.of(command);
        if (options != null && options.debug()) {
            failure.printStackTrace(command.getErr());
        }
        command.getErr().println("gate: " + message(failure));
        return Verdict.COULD_NOT_JUDGE;
    }

    /** What to tell a user; a failure of the tool itself says so. */
    static String message(Exception failure) {
        return switch (failure) {
            case FixtureException e -> text(e);
            case BindingException e -> text(e);
            case IncompatibleLibraryException e -> text(e);
            case NoSuchFileException e -> e.getFile() + ": expected a readable file, found none";
            case FileSystemException e -> e.getFile() + ": cannot be read or written: " + e.getReason();
            case IOException e -> text(e);
            default -> "internal error: " + failure + "; please report it with the output of --debug";
        };
    }

    private static String text(Exception failure) {
        return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    }
}
