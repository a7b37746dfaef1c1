package rwkvms.report;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.file.Sha256;

/**
 * What a verdict was made from and on: hashes of all inputs and libraries, versions, machine (gate.md). Immutable; each
 * {@code with} returns a copy.
 *
 * @param entries name to value, sorted by name; hashes are 64 hexadecimal digits
 */
public record Provenance(SortedMap<String, String> entries) {
    public Provenance {
        entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }

    /** Of nothing. */
    static final Provenance NONE = new Provenance(new TreeMap<>());

    /** JVM, operating system and CPU of this process, and the commit of the checkout or release that it runs from. */
    public static Provenance ofThisMachine() {
        return new Provenance(new TreeMap<>())
                .with("jvm", System.getProperty("java.vm.name") + " " + Runtime.version())
                .with("os", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"))
                .with("cpu", Cpu.model()).with("commit", Commit.ofThisTool());
    }

    public Provenance with(String name, String value) {
        var copy = new TreeMap<>(entries);
        copy.put(name, value);
        return new Provenance(copy);
    }

    /**
     * Adds the SHA-256 of a file under {@code "sha256 <role>: <file name>"}. The folder is left out, for it differs
     * between machines.
     *
     * @throws IOException if the file cannot be read
     */
    public Provenance withFile(String role, Path file) throws IOException {
        return with("sha256 " + role + ": " + file.getFileName(), Sha256.of(file));
    }

    /** Writes the entries as Allure's {@code environment.properties} into a folder of results. */
    public void writeEnvironment(Path results) throws IOException {
        var properties = new Properties();
        properties.putAll(entries);
        var text = new StringWriter();
        properties.store(text, null);
        ReportFolder.write(results, "environment.properties", text.toString());
    }
}
