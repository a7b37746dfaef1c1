package rwkvms.live.library;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.child.ChildJvm;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.Calls;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.OpenCase;
import rwkvms.nativeruntime.FloatingPoint;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.nativeruntime.Place;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;

/**
 * The process that runs somebody else's library. Its arguments are the library, its name in verdicts, the
 * {@link LibraryFolder}, how many cases to skip at the start, the number of threads, and for microbatches a {@link Place}. It judges
 * nothing: it writes one file per case with what the library computed.
 */
public final class LibraryChild {
    private static final int THREADS = 4;
    private static final int DEVICE = 5;

    private final NativeRuntime runtime;
    private final Optional<Place> place;
    private final OpenCase cases = new OpenCase(Tolerance.DEFAULT);

    private LibraryChild(NativeRuntime runtime, Optional<Place> place) {
        this.runtime = runtime;
        this.place = place;
    }

    public static void main(String[] arguments) {
        ChildJvm.run(() -> run(arguments));
    }

    static void run(String... arguments) throws IOException {
        LibraryFolder folder = new LibraryFolder(Path.of(arguments[2]));
        List<Calls.OfCase> cases = CaseList.read(folder.cases());
        Files.createFile(folder.started());
        FloatingPoint arithmetic = FloatingPoint.save();
        NativeRuntime runtime;
        try {
            runtime = NativeRuntime.open(arguments[1], Path.of(arguments[0]), Optional.empty(),
                    Integer.parseInt(arguments[THREADS]));
            LibraryInfo.write(folder.opened(), runtime);
        } catch (IncompatibleLibraryException | RuntimeFailure e) {
            LibraryInfo.refused(folder.opened(), e);
            return;
        }
        Optional<String> spoilt = arithmetic.restore();
        // The runtime is not closed: a library that dies of that would only hide what it did before.
        LibraryChild child = new LibraryChild(runtime, arguments.length > DEVICE
                ? Optional.of(new Place(arguments[DEVICE], arguments[DEVICE + 1],
                        Boolean.parseBoolean(arguments[DEVICE + 2])))
                : Optional.empty());
        for (int i = Integer.parseInt(arguments[3]); i < cases.size(); i++) {
            Answer answer = child.answer(cases.get(i));
            Optional<String> left = spoilt.or(arithmetic::restore);
            AnswerFile.write(folder.answer(i), left.<Answer>map(Answer.Failed::new).orElse(answer));
        }
    }

    private NativeRuntime runtime(Calls calls) {
        return calls.kind() == Calls.Kind.MICROBATCHES ? runtime.on(place.orElseThrow(), calls.tokens()) : runtime;
    }

    private Answer answer(Calls.OfCase asked) {
        try {
            FixtureCheck check = cases.unproven(asked.files());
            return new Answer.Tensors(check.kept(asked.calls(), check.run(runtime(asked.calls()), asked.calls())));
        } catch (NotEvaluatedException e) {
            return new Answer.Missed(e.reason());
        } catch (RuntimeFailure e) {
            return new Answer.Failed(String.valueOf(e.getMessage()));
        } catch (IncompatibleLibraryException | FixtureException | IOException e) {
            return new Answer.Unusable(String.valueOf(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError | LinkageError e) {
            return new Answer.Unusable("internal error: " + e + "; please report it with the output of --debug");
        }
    }
}
