package rwkvms.live.probe;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import rwkvms.child.ChildJvm;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.file.FileFailure;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.nativeruntime.Exports;
import rwkvms.nativeruntime.FloatingPoint;
import rwkvms.nativeruntime.UnloadableLibraryException;
import rwkvms.report.DiagnosisReport;
import rwkvms.report.Outcome;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.NotOfferedFailure;

/**
 * The process that loads somebody else's library. Its arguments are the library, the file to append results to, a
 * folder to work in, how many checks to skip at the start, and the folders of the golden cases. It appends a line of
 * JSON before and after each check, so that the reader knows in which check it died.
 */
public final class ProbeChild {
    /** The number of checks, exports and identity, that must pass for the others to say anything. */
    static final int NEEDED = 2;

    private final Path results;
    private final FloatingPoint arithmetic = FloatingPoint.save();

    private ProbeChild(Path results) {
        this.results = results;
    }

    public static void main(String[] arguments) {
        ChildJvm.run(() -> check(arguments));
    }

    /** Runs the checks, whatever the library does. */
    public static void check(String... arguments) throws IOException {
        Path library = Path.of(arguments[0]);
        ProbeChild child = new ProbeChild(Path.of(arguments[1]));
        if (!child.loads(library)) {
            return;
        }
        int done = Integer.parseInt(arguments[3]);
        List<CaseFiles> golden = new ArrayList<>();
        for (String folder : List.of(arguments).subList(4, arguments.length)) {
            CaseFiles.in(Path.of(folder)).ifPresent(golden::add);
        }
        // The checks are not closed: a library that dies when its runtime is destroyed would only hide what it did
        // before.
        ProbeChecks checks = new ProbeChecks(library, golden, Path.of(arguments[2]));
        List<ProbeCheck> all = checks.all();
        boolean usable = true;
        for (int i = done; i < all.size() && (usable || i < NEEDED); i++) {
            usable &= child.run(all.get(i)).reasons().isEmpty() || i >= NEEDED;
            boolean last = all.get(i).part() == ProbeCheck.Part.GOLDEN
                    && (i + 1 == all.size() || all.get(i + 1).part() != ProbeCheck.Part.GOLDEN);
            if (last) {
                child.append(checks.diagnoses());
            }
        }
    }

    /** Whether the dynamic linker loads the library. */
    private boolean loads(Path library) throws IOException {
        append(JsonNodeFactory.instance.objectNode().put(ChildResults.LOADING, library.toString()));
        try {
            Exports.of(library);
        } catch (UnloadableLibraryException e) {
            append(JsonNodeFactory.instance.objectNode().put(ChildResults.UNLOADABLE, e.getMessage()));
            return false;
        }
        append(JsonNodeFactory.instance.objectNode().put(ChildResults.LOADED, library.toString()));
        return true;
    }

    private Outcome run(ProbeCheck check) throws IOException {
        append(JsonNodeFactory.instance.objectNode().put("begin", check.label()));
        Outcome outcome = outcome(check);
        outcome = arithmetic.restore().<Outcome>map(Outcome.Failed::new).orElse(outcome);
        ObjectNode end = JsonNodeFactory.instance.objectNode().put("end", check.label());
        outcome.notEvaluated().ifPresent(reason -> end.put("not_evaluated", reason));
        outcome.reasons().forEach(end.putArray("problems")::add);
        if (!outcome.mistrusted().isEmpty()) {
            outcome.mistrusted().forEach(end.putArray(ChildResults.MISTRUSTED)::add);
        }
        append(end);
        return outcome;
    }

    /** Only the gate reads and writes files: what it cannot read is no fault of the library. */
    static Outcome outcome(ProbeCheck check) {
        try {
            return check.body().run();
        } catch (NotEvaluatedException e) {
            return new Outcome.NotEvaluated(e.reason());
        } catch (NotOfferedFailure e) {
            return new Outcome.NotEvaluated(String.valueOf(e.getMessage()));
        } catch (IOException | FixtureException | BindingException e) {
            return new Outcome.NotEvaluated(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        } catch (Exception | LinkageError e) {
            return new Outcome.Failed(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        }
    }

    private void append(List<Diagnosis> diagnoses) throws IOException {
        if (!diagnoses.isEmpty()) {
            ObjectNode line = JsonNodeFactory.instance.objectNode();
            DiagnosisReport.write(line, diagnoses);
            append(line);
        }
    }

    private void append(ObjectNode line) throws IOException {
        FileFailure.naming(results, () -> Files.writeString(results, line + "\n", StandardOpenOption.CREATE,
                StandardOpenOption.APPEND));
    }
}
