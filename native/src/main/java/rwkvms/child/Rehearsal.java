package rwkvms.child;

import java.io.IOException;
import java.nio.file.Path;

import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeRuntime;

/**
 * What most children of the tests do: judges the golden cases of a folder on the C++ runtime. The build runs it once and keeps which
 * classes that takes, for all of them.
 */
public final class Rehearsal {
    private Rehearsal() {
    }

    /** Prints what became of each case of the folder that the argument names. */
    public static void main(String[] arguments) throws BindingException, FixtureException, IOException {
        try (NativeRuntime runtime = NativeRuntime.open()) {
            for (CaseFiles files : CaseFiles.below(Path.of(arguments[0]))) {
                try (GoldenCase golden = GoldenCase.open(files)) {
                    System.out.println(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime));
                }
            }
        }
    }
}
