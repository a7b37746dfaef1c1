package rwkvms.cli;

import java.nio.file.Path;

import rwkvms.fixtures.Tolerance;
import rwkvms.golden.CaseFiles;

/** The one line that runs a case again, ready to paste into a shell. */
final class Reproduce {
    private Reproduce() {
    }

    static String line(CaseFiles files, String runtime, Tolerance tolerance) {
        StringBuilder line = new StringBuilder("./gate check --fixture ").append(quoted(files.fixture()));
        files.sidecar().ifPresent(sidecar -> line.append(" --sidecar ").append(quoted(sidecar)));
        files.base().ifPresent(base -> line.append(" --base ").append(quoted(base)));
        line.append(" --runtime ").append(quoted(Path.of(runtime)));
        if (!tolerance.equals(Tolerance.DEFAULT)) {
            line.append(" --rtol ").append(tolerance.rtol()).append(" --atol ").append(tolerance.atol());
        }
        return line.toString();
    }

    /** Single quotes where the shell would take a character for its own. */
    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./:@%+=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
