package rwkvms.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;

/** A line that repeats a command, to paste into the shell that it was started from. */
final class Reproduce {
    private static final String SCRIPT = "gate";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private final StringBuilder line = new StringBuilder(script());

    /** Begins a line that repeats a check. */
    Reproduce() {
        this("check");
    }

    Reproduce(String command) {
        line.append(' ').append(command);
    }

    /** Adds the option {@code name} with its value, unless that is null. */
    Reproduce with(String name, @Nullable Object value) {
        return value == null ? this : argument(name).argument(value);
    }

    /** Adds an option without a value, if it was given. */
    Reproduce flag(String name, boolean given) {
        return given ? argument(name) : this;
    }

    /** Adds how the tokens were put into calls, if not into one. */
    Reproduce calls(Calls calls) {
        return switch (calls.kind()) {
            case WHOLE -> this;
            case CHUNKS, MICROBATCHES -> with("--chunk", calls.tokens());
            case STEPS -> with("--step", calls.tokens());
        };
    }

    /** Adds a word, in quotes if the shell would take a character for its own; a path as seen from the current folder. */
    Reproduce argument(Object value) {
        line.append(' ').append(quoted((value instanceof Path path ? fromHere(path) : value).toString()));
        return this;
    }

    /** Adds the tolerances that are not the default. */
    Reproduce within(Tolerance tolerance) {
        if (tolerance.rtol() != Tolerance.DEFAULT.rtol()) {
            with("--rtol", tolerance.rtol());
        }
        if (tolerance.atol() != Tolerance.DEFAULT.atol()) {
            with("--atol", tolerance.atol());
        }
        return this;
    }

    @Override
    public String toString() {
        return line.toString();
    }

    /** Returns the path relative to the current folder if it lies below: shorter, and the same on other machines. */
    static Path fromHere(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(here) && !absolute.equals(here) ? here.relativize(absolute) : path;
    }

    /** Returns the script that runs this tool, as a shell in the current folder calls it. */
    private static String script() {
        Path script = Path.of(System.getProperty(GoldenFolder.ROOT_PROPERTY, ".")).resolve(SCRIPT);
        if (!Files.isExecutable(script)) {
            return "./" + SCRIPT;
        }
        Path near = fromHere(script.toAbsolutePath().normalize());
        return quoted(near.isAbsolute() ? near.toString() : "./" + near);
    }

    private static String quoted(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
