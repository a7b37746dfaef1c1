package rwkvms.cli;

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

    /** The provenance of a verdict before its inputs are known. */
    static Provenance provenance() {
        return Provenance.ofThisMachine().with("gate", text());
    }
}
