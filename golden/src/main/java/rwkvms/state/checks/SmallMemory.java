package rwkvms.state.checks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * A sidecar of three small layers on one runtime, and blocks of tokens to feed it. Nine tokens write each of its three slots,
 * so that a dozen crosses all boundaries.
 */
public record SmallMemory(Sidecar sidecar, LoadedMemory memory) implements AutoCloseable {
    /** Layers with a gap, as real sidecars may have one. */
    public static final SyntheticSidecar SIZES = SyntheticSidecar.SMALL
            .with(config -> config.withHiddenSize(12).withRank(4).withNumStates(3)
                    .withChunkSize(3))
            .withLayers(new TreeMap<>(Map.of(0, new AttentionWidths(6, 4, 4, 12), 2, new AttentionWidths(6, 4, 4, 12),
                    5, new AttentionWidths(10, 6, 6, 12))));
    public static final long SEED = 11;
    /** Number of different blocks. */
    public static final int BLOCKS = 6;
    private static final int MAX_TOKENS = 4;
    /** The sidecars of this process: the contract of states asks for the same few dozens of times. */
    private static final Map<Drawn, Sidecar> SIDECARS = new HashMap<>();

    /** What a drawn sidecar depends on. */
    private record Drawn(SyntheticSidecar sizes, long seed) {
    }

    public static SmallMemory on(MemoryRuntime runtime) throws IOException, NotEvaluatedException {
        return on(runtime, SIZES, SEED);
    }

    public static SmallMemory on(MemoryRuntime runtime, SyntheticSidecar sizes, long seed)
            throws IOException, NotEvaluatedException {
        Sidecar sidecar = sidecar(sizes, seed);
        return new SmallMemory(sidecar, runtime.load(MemoryModel.of(sidecar)));
    }

    /** A sidecar in a file that is deleted when the process ends; it stays open, and is the same each time. */
    public static synchronized Sidecar sidecar(SyntheticSidecar sizes, long seed) throws IOException {
        Drawn drawn = new Drawn(sizes, seed);
        Sidecar known = SIDECARS.get(drawn);
        if (known != null) {
            return known;
        }
        Path file = Files.createTempFile("small-", ".gguf");
        file.toFile().deleteOnExit();
        SidecarWriter.write(file, sizes.draft(seed), true);
        Sidecar made = SidecarReader.read(file, Arena.global());
        SIDECARS.put(drawn, made);
        return made;
    }

    public MemorySession newSession() {
        return memory.newSession();
    }

    /** One to four tokens for every layer; odd blocks have a masked token. */
    public static ForwardInput block(int number) {
        Random random = new Random(number);
        int tokens = 1 + number % MAX_TOKENS;
        float[] hidden = new float[tokens * SIZES.config().hiddenSize()];
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = (float) random.nextGaussian();
        }
        ForwardInput input = ForwardInput.of(Tensor.ofFloats(Shape.of(tokens, SIZES.config().hiddenSize()), hidden))
                .withTaps(Taps.DELTAS);
        boolean[] valid = new boolean[tokens];
        for (int t = 0; t < tokens; t++) {
            valid[t] = t != tokens / 2;
        }
        return number % 2 == 0 ? input : input.withMask(Tensor.ofBooleans(Shape.of(tokens), valid));
    }

    /** Runs a block through every layer, as a host does. */
    public SortedMap<Integer, TensorSet> forward(MemorySession session, ForwardInput input) {
        SortedMap<Integer, TensorSet> deltas = new TreeMap<>();
        sidecar.layers().forEach(layer -> deltas.put(layer, session.forward(layer, input)));
        return deltas;
    }

    /** A session that has seen these blocks. */
    public MemorySession after(int... blocks) {
        MemorySession session = newSession();
        for (int block : blocks) {
            forward(session, block(block));
        }
        return session;
    }

    public SortedMap<Integer, LayerState> states(MemorySession session) {
        SortedMap<Integer, LayerState> states = new TreeMap<>();
        sidecar.layers().forEach(layer -> states.put(layer, session.state(layer)));
        return states;
    }

    public static boolean sameBits(SortedMap<Integer, LayerState> some, SortedMap<Integer, LayerState> others) {
        return same(some, others, LayerState::sameBits);
    }

    public static boolean sameOutputs(SortedMap<Integer, TensorSet> some, SortedMap<Integer, TensorSet> others) {
        return same(some, others, TensorSet::sameBits);
    }

    private static <T> boolean same(SortedMap<Integer, T> some, SortedMap<Integer, T> others,
            BiPredicate<T, T> sameBits) {
        return some.keySet().equals(others.keySet()) && some.keySet().stream()
                .allMatch(layer -> sameBits.test(some.get(layer), others.get(layer)));
    }

    @Override
    public void close() {
        memory.close();
    }
}
