package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureFault;
import rwkvms.golden.BindingException;
import rwkvms.live.health.ServerException;
import rwkvms.llama.LlamaException;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.report.VerdictJson;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.sidecar.validation.SidecarException;

/**
 * Messages of a command that cannot go on: one line on standard error, one JSON object on standard output if {@code --json} asks
 * for it, a stack trace only with {@code --debug}.
 */
final class Failures {
    private static final String DAMAGED = "; fetch or generate the file again";
    private static final String INVALID = "; correct what generated the file (docs/spec/fixture.md)";
    private static final String OTHER_FILES = "; name the sidecar and the base that the fixture was computed with";
    private static final String EVERY_FINDING = "; 'gate sidecar validate' lists every finding";

    /** Options whose values are secret, even if they are misspelt or belong to another command. */
    private static final Pattern SECRET = Pattern
            .compile("--?(?!api-key-file$)(?:api|[^=]*(?:key|token|secret|password))[^=]*", Pattern.CASE_INSENSITIVE);

    private Failures() {
    }

    /** Tells an exception that ends a command, with exit code 2. */
    static int handle(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof StandardOutput.UnwrittenException) {
            return ExitCode.COULD_NOT_JUDGE; // and the gate says why
        }
        CommonOptions options = CommonOptions.of(command);
        if (options != null && options.debug()) {
            failure.printStackTrace(command.getErr());
        }
        tell(message(failure), command, options != null && options.json());
        return ExitCode.COULD_NOT_JUDGE;
    }

    /** Tells why a command line cannot be understood, with exit code 64. */
    static int usage(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        tell(withoutSecrets(oneLine(text(failure)), List.of(arguments)), command,
                List.of(arguments).contains("--json"));
        PrintWriter err = command.getErr();
        CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("usage: '" + command.getCommandSpec().qualifiedName() + " --help' lists what it takes");
        return ExitCode.USAGE;
    }

    /** Returns the message without a key that is on the command line. */
    private static String withoutSecrets(String message, List<String> arguments) {
        String shown = message;
        boolean secret = false;
        for (String argument : arguments) {
            String name = argument.split("=", 2)[0];
            boolean named = SECRET.matcher(name).matches();
            if (secret || (named && !name.equals(argument))) {
                shown = shown.replace("'" + argument + "'", named ? "'" + name + "=...'" : "'...'");
            }
            secret = named && name.equals(argument);
        }
        return shown;
    }

    private static void tell(String message, CommandLine command, boolean json) {
        command.getErr().println("gate: " + message);
        if (json) {
            print(VerdictJson.ofFailure(message), command.getOut());
        }
    }

    /** Prints the object; if it cannot be written, the exit code says so (see {@link Gate}). */
    private static void print(ObjectNode object, PrintWriter out) {
        try {
            out.println(object);
        } catch (StandardOutput.UnwrittenException e) {
            out.flush();
        }
    }

    /** Returns one line for the user: place, expected, found, what to do. A fault of the tool is called that. */
    static String message(Exception failure) {
        return oneLine(switch (failure) {
            case FixtureException e -> text(e) + advice(e.fault());
            case BindingException e -> text(e) + OTHER_FILES;
            case SidecarException e -> text(e) + EVERY_FINDING;
            case IncompatibleLibraryException e -> text(e);
            case ServerException e -> text(e);
            case LlamaException e -> text(e);
            case RuntimeFailure e -> "the runtime failed: " + text(e);
            case CharacterCodingException e -> "expected UTF-8 in every file of text, found other bytes in one";
            case AccessDeniedException e -> e.getFile() + ": cannot be read or written: permission denied";
            case NoSuchFileException e -> e.getFile() + ": expected a readable file, found none";
            case FileSystemException e -> e.getFile() + ": cannot be read or written: " + reason(e);
            case IOException e -> text(e);
            default -> "internal error: " + failure + "; please report it with the output of --debug";
        });
    }

    /** What the system says of a failure, or else its kind. */
    static String reason(FileSystemException failure) {
        return Objects.requireNonNullElse(failure.getReason(), failure.getClass().getSimpleName());
    }

    private static String advice(FixtureFault fault) {
        return switch (fault) {
            case UNREADABLE, NOT_JSON, TRAILING_BYTES, DUPLICATE_KEY, COUNT_MISMATCH, HASH_MISMATCH, SUMMARY_MISMATCH ->
                DAMAGED;
            case UNKNOWN_SCHEMA, MISSING, BAD_VALUE, UNKNOWN_DTYPE, BAD_DIMENSION, NON_FINITE, CONFIG_MISMATCH,
                    MASK_SHAPE, GENERATOR, KEPT_TOKENS ->
                INVALID;
        };
    }

    /** Replaces control characters, which may come from files and their names, with blanks. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }

    private static String text(Exception failure) {
        return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    }
}
