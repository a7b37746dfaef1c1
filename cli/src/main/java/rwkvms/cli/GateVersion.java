package rwkvms.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

import picocli.CommandLine.IVersionProvider;
import rwkvms.report.Provenance;

/** The version of this tool, from the manifest of its jar. */
final class GateVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[]{"gate " + text(), "JVM " + Runtime.version()};
    }

    static String text() {
        return Objects.requireNonNullElse(Gate.class.getPackage().getImplementationVersion(), "development");
    }

    /** The provenance of a verdict before its inputs are known. The date is that of the begin, to the second. */
    static Provenance provenance() {
        return Provenance.ofThisMachine().with("gate", text()).with("date",
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
