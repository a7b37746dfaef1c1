package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import rwkvms.live.probe.ProbeChild;
import rwkvms.nativeruntime.NativeFiles;

/**
 * What most runs of the gate, and most processes that it starts, do: a probe of a library, a check, a report. The build runs it once
 * and keeps which classes that takes, for all of them.
 */
final class Rehearsal {
    private Rehearsal() {
    }

    /** Runs both in a folder that the argument names, and ends as the check does. */
    public static void main(String[] arguments) throws IOException {
        Path work = Path.of(arguments[0]);
        Path basic = Path.of(System.getProperty(GoldenFolder.ROOT_PROPERTY, "."), "golden", "data", "basic");
        Path results = Files.createDirectories(work).resolve("results");
        Files.deleteIfExists(results);
        ProbeChild.check(NativeFiles.library().toString(), results.toString(), work.toString(), "0", basic.toString());
        Gate.main(new String[]{"check", "--fixture", basic.toString(), "--report", work.resolve("report").toString()});
    }
}
