package rwkvms.parity;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import rwkvms.pipe.PipeRuntime;
import rwkvms.pipe.Python;

/** The PyTorch math of the golden data as a runtime, a program behind a pipe. */
final class PyTorch {
    private static final Path SCRIPT = Python.ADAPTERS.resolve("pytorch_runtime.py");
    /** Of one answer: PyTorch starts in seconds on a busy machine, and computes 512 tokens in one. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private PyTorch() {
    }

    /** It computing in float32 on one thread; empty if no Python here has PyTorch, for which {@link #ABSENT} is the reason. */
    static Optional<PipeRuntime> inFloat32() throws IOException, InterruptedException {
        return in("float32");
    }

    /** It computing in a type by its name in PyTorch. */
    static Optional<PipeRuntime> in(String dtype) throws IOException, InterruptedException {
        Optional<String> python = Python.with("torch");
        return python.isEmpty()
                ? Optional.empty()
                : Optional.of(PipeRuntime.start(python.get() + " '" + SCRIPT + "' " + dtype, LIMIT));
    }

    static boolean isHere() throws IOException, InterruptedException {
        return Python.with("torch").isPresent();
    }

    /** Why there is none, and how to get it. */
    static final String ABSENT = Python.absent("torch");
}
