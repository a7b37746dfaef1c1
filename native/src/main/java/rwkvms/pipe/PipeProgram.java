package rwkvms.pipe;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.checkpoint.Safetensors;
import rwkvms.child.Child;
import rwkvms.child.Dialogue;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateException;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.DType;

/** A program that has said hello, until it ends. */
final class PipeProgram implements AutoCloseable {
    /** The version of the protocol that this suite speaks. */
    static final String PROTOCOL = "1";
    /** Keys of an answer to hello that begin so are told in the provenance. */
    private static final String ABOUT = "about.";
    /** Characters that are told of a text of the program. */
    private static final int LONGEST = 1000;

    private final String name;
    private final Dialogue dialogue;
    private final Map<String, String> hello = new LinkedHashMap<>();
    private final Set<Operation> offered = EnumSet.of(Operation.HELLO);
    private boolean ended;
    private DType dtype = DType.FLOAT32;

    private PipeProgram(String name, Dialogue dialogue) {
        this.name = name;
        this.dialogue = dialogue;
    }

    /**
     * Starts a program and says hello.
     *
     * @throws IOException if it cannot be started, does not answer, or speaks another version
     */
    static PipeProgram start(String name, Child child, long memory) throws IOException {
        PipeProgram program = new PipeProgram(name, dialogue(name, child, memory));
        boolean greeted = false;
        try {
            program.greet();
            greeted = true;
            return program;
        } catch (RuntimeFailure e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        } finally {
            if (!greeted) {
                program.close();
            }
        }
    }

    private static Dialogue dialogue(String name, Child child, long memory) throws IOException {
        try {
            return Dialogue.start(child, memory);
        } catch (IOException e) {
            throw new IOException(name + ": cannot be started: "
                    + String.valueOf(e.getMessage()).replaceFirst("^Cannot run .*\\(([^()]+)\\)\\s*$", "$1"), e);
        }
    }

    private void greet() throws IOException {
        ask(new Request(Operation.HELLO).text("protocol", PROTOCOL)).metadata()
                .forEach((key, value) -> hello.put(line(key), line(value)));
        String protocol = text("protocol");
        if (!protocol.equals(PROTOCOL)) {
            throw new IOException(name + ": hello: expected protocol " + PROTOCOL + ", found "
                    + (protocol.isEmpty() ? "none" : protocol));
        }
        for (String label : text("operations").split(" ", -1)) {
            Arrays.stream(Operation.values()).filter(each -> each.label().equals(label)).forEach(offered::add);
        }
        String label = text("dtype");
        dtype = label.isEmpty()
                ? DType.FLOAT32
                : DType.ofLabel(label).filter(DType::isFloating).orElseThrow(() -> new IOException(name
                        + ": hello: dtype: expected float32, float64, bfloat16 or float16, found " + label));
    }

    private String text(String key) {
        return hello.getOrDefault(key, "");
    }

    /** The type that the program computes in, float32 if it says nothing. */
    DType dtype() {
        return dtype;
    }

    /** What the program says about itself. */
    SortedMap<String, String> about() {
        SortedMap<String, String> about = new TreeMap<>();
        about.put("program.name", text("name"));
        about.put("program.version", text("version"));
        about.put("program.protocol", text("protocol"));
        hello.forEach((key, value) -> {
            if (key.startsWith(ABOUT)) {
                about.put("program." + key.substring(ABOUT.length()), value);
            }
        });
        return about;
    }

    /** Whether it can be asked no more. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether it ended because an answer took too long. */
    boolean stalled() {
        return dialogue.stalled();
    }

    /** The end of what it wrote to standard error, as one line. */
    String said() {
        return dialogue.said();
    }

    boolean offers(Operation operation) {
        return offered.contains(operation);
    }

    /**
     * Asks and waits for the answer.
     *
     * @throws NotOfferedFailure if the program does not support it
     * @throws StateException if it refuses a state
     * @throws RuntimeFailure if it fails, or its answer is none: then it is ended
     */
    Safetensors ask(Request request) {
        String operation = request.operation().label();
        if (!offers(request.operation())) {
            throw new NotOfferedFailure(name + " does not offer " + operation);
        }
        if (ended) {
            throw new RuntimeFailure(operation + ": the program had ended before");
        }
        Safetensors answer = exchanged(request, operation);
        String text = line(answer.metadata().getOrDefault("text", ""));
        String status = line(answer.metadata().getOrDefault("status", ""));
        return switch (status) {
            case "ok" -> answer;
            case "unsupported" -> throw new NotOfferedFailure(name + " does not support this " + operation
                    + (text.isEmpty() ? "" : ": " + text));
            case "error" ->
                throw new RuntimeFailure(operation + ": " + (text.isEmpty() ? "the program does not say why" : text));
            case "refused" -> throw refusal(answer, operation, text);
            default -> throw end(operation + ": status: expected ok, unsupported, refused or error, found "
                    + (status.isEmpty() ? "none" : status));
        };
    }

    /** A text of the program as one line for a terminal, cut if it is long. */
    private static String line(String text) {
        String one = text.replaceAll("\\p{Cntrl}+", " ");
        return one.length() <= LONGEST ? one : one.substring(0, LONGEST) + "...";
    }

    private Safetensors exchanged(Request request, String operation) {
        try {
            return dialogue.within((in, out) -> {
                try {
                    Frame.write(out, request.message());
                } catch (IOException closed) {
                    // It takes no more; what it has answered before says how far it came.
                }
                return Frame.read(in, "the answer");
            });
        } catch (Frame.MalformedException e) {
            throw end(operation + ": " + e.getMessage());
        } catch (EOFException e) {
            String partly = String.valueOf(e.getMessage());
            throw end(operation + ": the program " + how() + (partly.isEmpty() ? "" : "; its answer ended " + partly));
        } catch (IOException e) {
            throw end(operation + ": the program " + how());
        }
    }

    private String how() {
        try {
            return dialogue.ending();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Ends a program that cannot be asked any more. */
    private RuntimeFailure end(String problem) {
        dialogue.close();
        ended = true;
        return new RuntimeFailure(problem);
    }

    private RuntimeFailure refusal(Safetensors answer, String operation, String text) {
        String label = line(answer.metadata().getOrDefault("fault", ""));
        return Arrays.stream(StateFault.values()).filter(fault -> fault.name().equals(label)).findFirst()
                .<RuntimeFailure>map(fault -> new StateException(fault, text))
                .orElseGet(() -> new RuntimeFailure(operation + ": fault: expected one of state.md, found "
                        + (label.isEmpty() ? "none" : label)));
    }

    /** Ends its input, at which it should end; returns how it failed, if it did. */
    Optional<String> finish() throws IOException {
        return ended ? Optional.empty() : dialogue.end().map(how -> "behind the last case, the program " + how);
    }

    @Override
    public void close() {
        dialogue.close();
    }
}
