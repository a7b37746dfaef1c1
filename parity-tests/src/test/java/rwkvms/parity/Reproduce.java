package rwkvms.parity;

import java.nio.file.Path;
import java.util.Optional;

import rwkvms.golden.GoldenCase;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.sidecar.Sidecar;

/** One line to paste that runs a single check again. */
final class Reproduce {
    private Reproduce() {
    }

    static String line(GoldenCase golden, String runtime) {
        if (runtime.startsWith(Nd4jRuntime.NAME)) {
            return "mvn verify -pl parity-tests -am -Dtest=GoldenParityTests -Dsurefire.failIfNoSpecifiedTests=false";
        }
        return "./gate check --fixture " + relative(golden.fixtureFile())
                + option(" --sidecar ", golden.sidecar().map(Sidecar::path)) + option(" --base ", golden.base())
                + " --runtime " + runtime;
    }

    private static String option(String name, Optional<Path> file) {
        return file.map(path -> name + relative(path)).orElse("");
    }

    private static Path relative(Path file) {
        return Cases.ROOT.relativize(file.toAbsolutePath().normalize());
    }
}
