package rwkvms.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import rwkvms.comparison.Tolerance;

/** Options of the commands that compare numbers. */
final class ToleranceOptions {
    @Option(names = "--rtol", paramLabel = "R", description = "Relative tolerance, default 1e-5.")
    private double rtol = Tolerance.DEFAULT.rtol();

    @Option(names = "--atol", paramLabel = "A", description = "Absolute tolerance, default 1e-5.")
    private double atol = Tolerance.DEFAULT.atol();

    Tolerance of(CommandSpec spec) {
        try {
            return new Tolerance(rtol, atol);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }
}
