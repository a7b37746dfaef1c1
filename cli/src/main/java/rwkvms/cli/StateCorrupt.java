package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;
import rwkvms.state.StateDamage;
import rwkvms.state.StateView;

/** {@code gate state corrupt FILE --what W --out O}: writes a copy with one fault, which a runtime must refuse by name. */
@Command(name = "corrupt", description = "Writes a copy of a slot or session file with one fault in its state payload.")
final class StateCorrupt extends GateCommand {
    @Parameters(paramLabel = "FILE", description = "The slot or session file; it stays as it is.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Option(names = "--what", required = true, paramLabel = "FAULT", converter = Label.class, completionCandidates = Labels.class, description = "The fault: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // a required option
    private StateDamage what;

    @Option(names = "--out", required = true, paramLabel = "COPY", description = "The damaged copy.")
    @SuppressWarnings("NullAway.Init") // a required option
    private Path out;

    @Option(names = "--force", description = "Overwrites COPY.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        StateView view = StateFiles.view(file);
        if (Files.exists(out) && (!force || Files.isSameFile(out, file))) {
            throw new IOException(out + (Files.isSameFile(out, file)
                    ? ": expected another file than the one to be damaged"
                    : ": expected no such file; --force overwrites it"));
        }
        byte[] damaged = what.applyTo(Files.readAllBytes(file), view).orElseThrow(() -> new IOException(file
                + ": the state payload at byte " + view.offset()
                + " has a foreign layout behind its fingerprint: expected one of "
                + labels(StateDamage::fitsForeign) + ", found " + what.label()));
        OutputFile.replace(out, damaged);
        return tellDone(file,
                (json, whole) -> json.put("file", file.toString()).put("out", out.toString())
                        .put("what", what.label()).put("offset", view.offset()),
                (verdict, text) -> text.println(out + ": " + what.label() + " damaged, payload at byte "
                        + view.offset() + "; a restore must refuse it"));
    }

    private static List<String> labels(Predicate<StateDamage> wanted) {
        return Arrays.stream(StateDamage.values()).filter(wanted).map(StateDamage::label).toList();
    }

    /** A fault by its name on the command line. */
    static final class Label implements ITypeConverter<StateDamage> {
        @Override
        public StateDamage convert(String label) {
            return Arrays.stream(StateDamage.values()).filter(damage -> damage.label().equals(label)).findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "expected one of " + labels(damage -> true) + ", found " + label));
        }
    }

    /** The names, for the help text. */
    static final class Labels implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return labels(damage -> true).iterator();
        }
    }
}
