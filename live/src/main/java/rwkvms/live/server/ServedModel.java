package rwkvms.live.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.ggml.Ggml;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaModel;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.llama.Vocabulary;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.SidecarReader;

/** A base model in llama.cpp and the sidecar bound to it in the C++ runtime. */
public record ServedModel(Path base, Path sidecarFile, LlamaModel model, Vocabulary words, Sidecar sidecar,
        NativeMemory memory) implements AutoCloseable {
    /** The layers with a memory: sliding and full ones, with one left out between them. */
    private static final List<Integer> TINY_LAYERS = List.of(0, 2, 3, 5);
    /** The chunk of the tiny sidecar in tokens: a prompt crosses several. */
    private static final int TINY_CHUNK = 5;
    private static final long TINY_SEED = 31;

    /** llama.cpp and the C++ runtime, loaded once per process. */
    private static final class Engine {
        private static final NativeRuntime RUNTIME = NativeRuntime.open(Optional.empty());
        private static final Ggml GGML = Ggml.open();
        private static final Llama LLAMA = Llama.open(GGML);
    }

    /** The tiny model, which needs no download: both of its files are written into the folder. */
    public static ServedModel tiny(Path folder) throws IOException, NotEvaluatedException {
        return tiny(folder, Optional.empty());
    }

    /** The same on a device, as in {@link #open(Path, Path, Optional)}. */
    public static ServedModel tiny(Path folder, Optional<Place> place) throws IOException, NotEvaluatedException {
        Path base = folder.resolve("tiny-gemma4.gguf");
        Path sidecar = folder.resolve("tiny-sidecar.gguf");
        TinyGemma4.writeSpeaking(base, Gemma4Sizes.speaking(), TINY_SEED);
        SidecarWriter.write(sidecar, TinySidecar.of(base, Gemma4Sizes.speaking(), TINY_LAYERS)
                .with(config -> config.withChunkSize(TINY_CHUNK)).withVersions(2, 2).draft(TINY_SEED), true);
        return open(base, sidecar, place);
    }

    /** Opens a model and its sidecar on the processor, as the next method. */
    public static ServedModel open(Path base, Path sidecarFile) throws IOException, NotEvaluatedException {
        return open(base, sidecarFile, Optional.empty());
    }

    /**
     * The device that a model is computed on.
     *
     * @param work a folder for processes that try it
     */
    public record Place(String device, Path work) {
    }

    /**
     * Opens a model and its sidecar.
     *
     * @param place where the model is computed; empty: on the processor
     * @throws NotEvaluatedException if the C++ runtime cannot run the sidecar
     */
    public static ServedModel open(Path base, Path sidecarFile, Optional<Place> place)
            throws IOException, NotEvaluatedException {
        Sidecar sidecar = SidecarReader.open(sidecarFile);
        try {
            MemoryModel described = new MemoryModel(sidecar, Optional.of(base), sidecar.config());
            NativeMemory memory = Engine.RUNTIME.load(described);
            Optional<Device> device = place.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Devices.load(Engine.GGML, place.get().device(), place.get().work()));
            LlamaModel model = Engine.LLAMA.load(base, device);
            return new ServedModel(base, sidecarFile, model, model.words(), sidecar, memory);
        } catch (IOException | RuntimeException | NotEvaluatedException e) {
            sidecar.close();
            throw e;
        }
    }

    @Override
    public void close() {
        memory.close();
        sidecar.close();
        model.close();
    }
}
