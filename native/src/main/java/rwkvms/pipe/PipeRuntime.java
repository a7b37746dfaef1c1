package rwkvms.pipe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.checkpoint.Safetensors;
import rwkvms.child.Child;
import rwkvms.child.Dialogue;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * A runtime that is a program in any language, which answers over its standard input and output (pipe.md). If it ends, the
 * next load or scan starts it again.
 */
public final class PipeRuntime implements MemoryRuntime {
    /** After this many ends it is not started again. */
    static final int ENDS = 10;
    /** After this many stalls it is not started again: each takes its whole time. */
    static final int STALLS = 2;

    private final String command;
    private final String name;
    private final Child child;
    private final long memory;
    private PipeProgram program;
    private String said = "";
    private int ends;
    private int stalls;
    private int handles;

    private PipeRuntime(String command, Child child, long memory) throws IOException {
        this.command = command;
        this.name = CommandWords.label(child.command());
        this.child = child;
        this.memory = memory;
        this.program = PipeProgram.start(name, child, memory);
    }

    /**
     * Starts the program of a command line.
     *
     * @param limit of each answer
     * @throws IOException if it cannot be started, or does not say hello
     */
    public static PipeRuntime start(String command, Duration limit) throws IOException {
        return start(command, limit, Dialogue.MEMORY);
    }

    static PipeRuntime start(String command, Duration limit, long memory) throws IOException {
        return new PipeRuntime(command,
                new Child(CommandWords.of(command), Path.of("").toAbsolutePath(), Map.of(), limit), memory);
    }

    /** The name in verdicts of the program of a command line. */
    public static String label(String command) {
        return CommandWords.label(CommandWords.of(command));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SortedMap<String, String> provenance() {
        SortedMap<String, String> provenance = new TreeMap<>(program.about());
        provenance.put("program.command", command);
        return provenance;
    }

    /** The files that a command line names. */
    public static List<Path> files(String command) {
        return CommandWords.files(CommandWords.of(command));
    }

    @Override
    public DType dtype() {
        return program.dtype();
    }

    /** Why the program is not started again; empty if it runs or can be. */
    public Optional<String> givenUp() {
        boolean over = program.hasEnded() && (ends + 1 >= ENDS || stalls + (program.stalled() ? 1 : 0) >= STALLS);
        return over
                ? Optional.of("the program " + (program.stalled() ? "stalled " + STALLS : "ended " + ENDS) + " times")
                : Optional.empty();
    }

    /** The program, started again if it has ended. */
    private PipeProgram running() {
        if (program.hasEnded()) {
            givenUp().ifPresent(why -> {
                throw new RuntimeFailure("not run: " + why);
            });
            ends++;
            stalls += program.stalled() ? 1 : 0;
            said = said();
            try {
                program = PipeProgram.start(name, child, memory);
            } catch (IOException e) {
                throw new RuntimeFailure("started again: " + e.getMessage(), e);
            }
        }
        return program;
    }

    String newHandle() {
        handles++;
        return String.valueOf(handles);
    }

    @Override
    public LoadedMemory load(MemoryModel model) throws NotEvaluatedException {
        PipeProgram running = running();
        String memoryHandle = newHandle();
        Request open = new Request(Operation.OPEN).text("memory", memoryHandle).settings(model.config())
                .text("sidecar", model.sidecar().path().toAbsolutePath());
        model.base().ifPresent(base -> open.text("base", base.toAbsolutePath()));
        for (int layer : model.sidecar().layers()) {
            model.sidecar().layer(layer).tensors()
                    .forEach((tensor, weight) -> open.tensor("blk." + layer + "." + tensor.compactTail(), weight));
        }
        offered(() -> running.ask(open));
        return new PipeMemory(this, running, memoryHandle, model.config());
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput input) throws NotEvaluatedException {
        PipeProgram running = running();
        Request scan = new Request(Operation.SCAN).settings(config).row(MathTensor.FEATURE_R, input.r())
                .row(MathTensor.FEATURE_W, input.w()).row(MathTensor.FEATURE_K, input.k())
                .row(MathTensor.FEATURE_V, input.v()).row(MathTensor.FEATURE_A, input.a())
                .row(MathTensor.FEATURE_B, input.b()).row(MathTensor.BETA, gate(input.beta()))
                .row(MathTensor.LAMBDA, gate(input.lambda())).row(MathTensor.INITIAL_STATE, input.state())
                .position(input.position());
        input.mask().ifPresent(mask -> scan.row(MathTensor.TOKEN_MASK, mask));
        return Results.of(Operation.SCAN, offered(() -> running.ask(scan)));
    }

    /** T,G as T,G,1. */
    private static Tensor gate(Tensor gate) {
        return gate.reshape(Shape.of(gate.shape().dim(0), gate.shape().dim(1), 1));
    }

    /** An exchange that a runtime may decline. */
    @FunctionalInterface
    private interface Exchange {
        Safetensors run();
    }

    private static Safetensors offered(Exchange exchange) throws NotEvaluatedException {
        try {
            return exchange.run();
        } catch (NotOfferedFailure e) {
            throw new NotEvaluatedException(String.valueOf(e.getMessage()));
        }
    }

    /** What the program has written to standard error, as one line, cut if it is long. */
    public String said() {
        return said.isEmpty() ? program.said() : said;
    }

    /** Ends the program's input, at which it should end; returns how it failed, if it did. */
    public Optional<String> finish() throws IOException {
        return program.finish();
    }

    @Override
    public void close() {
        program.close();
    }
}
