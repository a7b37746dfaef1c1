package rwkvms.parity;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;

/** What computes random calls: first it is asked, then it gives the answer, so that those in other processes work meanwhile. */
interface Implementation extends AutoCloseable {
    String name();

    void ask(LongCall call);

    /** The tensors of the call that was asked for last. */
    TensorSet answer();

    /** Why it cannot run on this machine. */
    default Optional<String> refused() {
        return Optional.empty();
    }

    @Override
    void close();

    /** A runtime that is asked from this process, and that its caller closes. */
    static Implementation of(String name, MemoryRuntime runtime) {
        return of(name, call -> call.run(runtime), () -> {
        });
    }

    /** A runtime that ends with this. */
    static Implementation owned(MemoryRuntime runtime) {
        return of(runtime.name(), call -> call.run(runtime), runtime::close);
    }

    /** What {@code run} gives; {@code end} is run when this is closed. */
    static Implementation of(String name, Function<LongCall, TensorSet> run, Runnable end) {
        return new Here(name, run, end);
    }

    /** Computed in this process, when the answer is wanted. */
    final class Here implements Implementation {
        private final String name;
        private final Function<LongCall, TensorSet> run;
        private final Runnable end;
        private @Nullable LongCall call;

        private Here(String name, Function<LongCall, TensorSet> run, Runnable end) {
            this.name = name;
            this.run = run;
            this.end = end;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void ask(LongCall asked) {
            call = asked;
        }

        @Override
        public TensorSet answer() {
            return run.apply(Objects.requireNonNull(call));
        }

        @Override
        public void close() {
            end.run();
        }
    }

    /** A runtime in a process of its own, of which ggml allows one CPU variant each: {@link ImplementationChild}. */
    final class InChild implements Implementation {
        private static final int BUFFER = 1 << 16;
        /** It ends with its standard input. */
        private static final Duration UNWATCHED = Duration.ZERO;

        private final String name;
        private final Path log;
        private final Process process;
        private final DataOutputStream to;
        private final DataInputStream from;
        private @Nullable String reason;

        InChild(String name, List<String> arguments) {
            this.name = name;
            this.log = Path.of("target", "alarms-" + name.replaceAll("[^A-Za-z0-9]+", "-") + ".log");
            // JavaCPP would ask the system for its memory use at each array; it does collect them, unlike in the tests' own process
            Child child = ChildJvm.of(ImplementationChild.class,
                    List.of("-XX:TieredStopAtLevel=4", "-Xmx256m", "-Drwkvms.root=" + Cases.ROOT,
                            "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                            "--sun-misc-unsafe-memory-access=allow"),
                    arguments, Path.of("target").toAbsolutePath(), UNWATCHED);
            try {
                ProcessBuilder builder = new ProcessBuilder(child.command()).redirectError(log.toFile());
                builder.environment().putAll(child.environment());
                builder.environment().put("OMP_NUM_THREADS", "1");
                this.process = builder.start();
                this.to = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
                this.from = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER));
            } catch (IOException e) {
                throw ended(e);
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<String> refused() {
            String said = reason;
            if (said == null) {
                said = firstWords();
                reason = said;
            }
            return Optional.of(said).filter(words -> !words.isEmpty());
        }

        private String firstWords() {
            try {
                return from.readUTF();
            } catch (IOException e) {
                throw ended(e);
            }
        }

        @Override
        public void ask(LongCall call) {
            try {
                to.writeUTF(call.sidecar().path().toString());
                call.write(to);
                to.flush();
            } catch (IOException e) {
                throw ended(e);
            }
        }

        @Override
        public TensorSet answer() {
            try {
                return TensorStream.read(from);
            } catch (IOException e) {
                throw ended(e);
            }
        }

        private UncheckedIOException ended(IOException e) {
            try {
                return new UncheckedIOException(name + ": its process has ended: " + Files.readString(log), e);
            } catch (IOException unread) {
                return new UncheckedIOException(name + ": its process has ended", e);
            }
        }

        @Override
        public void close() {
            Child.kill(process);
        }
    }
}
