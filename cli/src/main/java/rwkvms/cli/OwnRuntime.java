package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.MemoryRuntime;

/** A runtime of this suite, in this process. */
record OwnRuntime(RuntimeChoice asked, MemoryRuntime runtime, Tolerance tolerance) implements CheckedRuntime {
    @Override
    public Map<String, String> provenance() {
        return runtime.provenance();
    }

    @Override
    public List<Path> files() throws IOException {
        return runtime instanceof NativeRuntime library ? LibraryFiles.of(library) : List.of();
    }

    @Override
    public Optional<CaseResult> judge(int number, GoldenCase golden, FixtureCheck check, Calls calls)
            throws BindingException {
        return Optional.of(CheckedRuntime.judged(runtime, golden, check, calls, tolerance));
    }

    @Override
    public void end(Consumer<Exception> failures, Consumer<String> remarks) {
        // It got every case and writes nothing.
    }

    @Override
    public void close() {
        runtime.close();
    }
}
