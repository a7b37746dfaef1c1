package rwkvms.state.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.ggml.Ggml;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.FileType;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.LlamaModel;
import rwkvms.llama.Quantizer;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;

/**
 * A tiny Gemma4 and the sidecar bound to it, loaded in llama.cpp, in the C++ runtime and in the reference. The sidecar wraps
 * sliding and full layers, and leaves one out between them.
 */
record LiveModel(Path base, Path sidecarFile, LlamaModel model, Sidecar sidecar, NativeMemory memory,
        LoadedMemory reference) implements AutoCloseable {
    static final List<Integer> LAYERS = List.of(0, 2, 3, 5);
    /** Tokens per slot: few, so that a prompt crosses several slots. */
    static final int CHUNK_SIZE = 5;
    static final long SEED = 31;

    /**
     * llama.cpp and the C++ runtime, loaded once per process.
     *
     * @param device computes the model, if the system property names one ({@link Devices#PROPERTY})
     */
    record Engine(Llama llama, NativeRuntime runtime, Optional<Device> device) {
        /** The engine on one {@code libggml-cpu-*}; without a choice, on the best for this CPU. */
        static Engine on(Optional<Path> cpuVariant) {
            NativeRuntime runtime = NativeRuntime.open(cpuVariant);
            Ggml ggml = Ggml.open();
            return new Engine(Llama.open(ggml), runtime, Optional.ofNullable(System.getProperty(Devices.PROPERTY))
                    .map(name -> device(ggml, name)));
        }

        private static Device device(Ggml ggml, String name) {
            try {
                return Devices.load(ggml, name, Path.of("target").toAbsolutePath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static Engine shared() {
            return Shared.ENGINE;
        }

        private static final class Shared {
            private static final Engine ENGINE = on(Optional.empty());
        }
    }

    /** The tiny model with short slots. */
    static LiveModel in(Path folder, Engine engine) throws IOException, NotEvaluatedException {
        return in(folder, engine, Gemma4Sizes.tiny(), sidecar -> sidecar);
    }

    static LiveModel in(Path folder, Engine engine, Gemma4Sizes sizes, UnaryOperator<SyntheticSidecar> change)
            throws IOException, NotEvaluatedException {
        Written files = write(folder, sizes, change);
        return open(engine, files.base, files.sidecar);
    }

    /**
     * A model with weights of another type, which llama.cpp makes of it.
     *
     * @param repacks whether llama.cpp may hold weights in another order ({@link LlamaModel#repacked()})
     */
    static LiveModel quantised(Path folder, Engine engine, Gemma4Sizes sizes, FileType type, boolean repacks,
            UnaryOperator<SyntheticSidecar> change) throws IOException, NotEvaluatedException {
        Path base = folder.resolve(type + "-" + sizes.hashCode() + ".gguf");
        if (!Files.exists(base)) {
            Quantizer.of(engine.llama()).write(base(folder, sizes), base, type);
        }
        return on(base, engine, sizes, change, repacks);
    }

    /** The files of a model. */
    record Written(Path base, Path sidecar) {
    }

    /** Writes the files unless they exist. */
    static Written write(Path folder, Gemma4Sizes sizes, UnaryOperator<SyntheticSidecar> change) throws IOException {
        Path base = base(folder, sizes);
        return new Written(base, sidecar(base, sizes, change));
    }

    private static Path base(Path folder, Gemma4Sizes sizes) throws IOException {
        Path base = folder.resolve("tiny-" + sizes.hashCode() + ".gguf");
        if (!Files.exists(base)) {
            TinyGemma4.write(base, sizes, SEED);
        }
        return base;
    }

    /** A model on a base of these sizes, which exists already, with a sidecar beside it. */
    static LiveModel on(Path base, Engine engine, Gemma4Sizes sizes, UnaryOperator<SyntheticSidecar> change,
            boolean repacks) throws IOException, NotEvaluatedException {
        return open(engine, base, sidecar(base, sizes, change), repacks);
    }

    private static Path sidecar(Path base, Gemma4Sizes sizes, UnaryOperator<SyntheticSidecar> change)
            throws IOException {
        List<Integer> layers = LAYERS.stream().filter(sizes.ownKeyLayers()::contains).toList();
        SyntheticSidecar synthetic = change
                .apply(TinySidecar.of(base, sizes, layers).with(config -> config.withChunkSize(CHUNK_SIZE))
                        .withVersions(2, 2));
        Path file = base.resolveSibling("sidecar-" + synthetic.hashCode() + ".gguf");
        SidecarWriter.write(file, synthetic.draft(SEED), true);
        return file;
    }

    /** Opens files that already exist. */
    static LiveModel open(Engine engine, Path base, Path file) throws IOException, NotEvaluatedException {
        return open(engine, base, file, true);
    }

    private static LiveModel open(Engine engine, Path base, Path file, boolean repacks)
            throws IOException, NotEvaluatedException {
        Sidecar sidecar = SidecarReader.open(file);
        MemoryModel model = new MemoryModel(sidecar, Optional.of(base), sidecar.config());
        return new LiveModel(base, file, engine.llama().load(base, engine.device(), repacks), sidecar,
                engine.runtime().load(model),
                new ReferenceRuntime().load(model));
    }

    /** A context without memory. */
    LlamaContext bare(ContextSettings settings) {
        return model.newContext(settings);
    }

    LiveSession session(ContextSettings settings) {
        return LiveSession.of(this, settings);
    }

    /** Token {@code i} of the sequence that all tests feed. */
    static int token(int i) {
        return (i * 31 + i / 7 * 5 + 3) % Gemma4Sizes.tiny().vocabulary();
    }

    static int[] tokens(int from, int to) {
        int[] tokens = new int[to - from];
        for (int i = from; i < to; i++) {
            tokens[i - from] = token(i);
        }
        return tokens;
    }

    @Override
    public void close() {
        reference.close();
        memory.close();
        sidecar.close();
        model.close();
    }
}
