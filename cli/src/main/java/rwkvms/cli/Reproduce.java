package rwkvms.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.Tolerance;

/** Lines that repeat a check, ready to paste into the shell that it was started from. */
final class Reproduce {
    private static final String SCRIPT = "gate";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private final StringBuilder line = new StringBuilder(script());

    /** A check. */
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

    /** Adds a word, in quotes if the shell would take a character for its own. */
    Reproduce argument(Object value) {
        line.append(' ').append(quoted(value.toString()));
        return this;
    }

    /** With the tolerances, where they are not the gate's own. */
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

    /** A path as seen from the folder that the gate was started in: shorter, and the same on other machines. */
    static Path fromHere(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(here) && !absolute.equals(here) ? here.relativize(absolute) : path;
    }

    /** The script that builds and runs this tool, as this folder's shell would call it. */
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
