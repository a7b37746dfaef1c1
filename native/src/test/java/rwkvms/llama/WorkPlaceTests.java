package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.ggml.Device;
import rwkvms.ggml.Ggml;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.MemoryModel;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.SidecarReader;

/** Where a model was computed, as its hook saw it. */
final class WorkPlaceTests {
    private static final Device GPU = new Device("Vulkan0", "any", "GPU", 1, 1, "libggml-vulkan.so", "Vulkan0");

    @Test
    void everyNodeMustBeThere() {
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("hidden", Set.of("Vulkan0"), "q", Set.of("Vulkan0"))),
                "Vulkan0")).isEmpty();
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("hidden", Set.of("Vulkan0"), "q",
                Set.of("Vulkan_Host"))), "Vulkan0"))
                .containsExactly("layer 3: expected q in Vulkan0, found it in Vulkan_Host");
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("o", Set.of("CPU"))), "Vulkan0"))
                .containsExactly("layer 3: expected o in Vulkan0, found it in CPU");
    }

    /** Deltas that the processor adds are no computation of llama.cpp. */
    @Test
    void whoAddsTheDeltasDecidesNothing() {
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("q", Set.of("Vulkan0"), "added_q", Set.of("CPU"))),
                "Vulkan0")).isEmpty();
    }

    /** Computed there at first, and elsewhere later. */
    @Test
    void everyMicrobatchMustBeThere() {
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("o", new TreeSet<>(Set.of("CPU",
                "Vulkan0")))), "Vulkan0"))
                .containsExactly("layer 3: expected o in Vulkan0, found it in CPU and Vulkan0");
    }

    /** llama.cpp was asked for a device and computes on the processor, as if the device's library did nothing. */
    @Test
    void aSilentFallbackIsContradicted(@TempDir Path folder) throws Exception {
        List<Integer> layers = List.of(0, 2);
        Path base = folder.resolve("tiny.gguf");
        TinyGemma4.write(base, Gemma4Sizes.tiny(), 11);
        Path file = folder.resolve("sidecar.gguf");
        SidecarWriter.write(file, TinySidecar.of(base, Gemma4Sizes.tiny(), layers).draft(3), true);
        Llama llama = Llama.open(Ggml.open());
        try (NativeRuntime runtime = NativeRuntime.open();
                LlamaModel processor = llama.load(base);
                NativeMemory memory = runtime.load(MemoryModel.of(SidecarReader.open(file)));
                NativeSession session = memory.newSession();
                NativeHook hook = session.hook();
                LlamaContext context = processor.newContext(
                        ContextSettings.of(256).withHook(new ContextSettings.Hook(hook.callback(), hook.handle())))) {
            hook.attach(context.handle(), Optional.of(base));
            LlamaModel asked = new LlamaModel(llama, base, processor.handle(), Optional.of(GPU), 0, List.of());
            assertThat(WorkPlace.contradictions(asked, hook, layers)).containsExactly(
                    "layers on Vulkan0: expected at least 1, found 0",
                    "layer 0: expected its nodes in Vulkan0, found that none was computed",
                    "layer 2: expected its nodes in Vulkan0, found that none was computed");

            context.decode(0, 1, 2, 3);

            assertThat(WorkPlace.contradictions(asked, hook, layers)).hasSize(7).contains(
                    "layer 0: expected hidden in Vulkan0, found it in CPU",
                    "layer 2: expected o in Vulkan0, found it in CPU");
            assertThat(WorkPlace.contradictions(processor, hook, layers)).isEmpty();
            hook.detach();
        }
    }

    @Test
    void whatIsNotKnownIsNoProof() {
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of()), "CPU"))
                .containsExactly("layer 3: expected its nodes in CPU, found that none was computed");
        assertThat(WorkPlace.contradictions(3, Optional.empty(), "CPU")).containsExactly("layer 3: this library has no"
                + " rwkv_ms_hook_places, so nobody knows where it was computed");
    }

    @Test
    void layersOnADeviceAreCountedInTheLog() {
        assertThat(Llama.offloaded("load_tensors: offloading 6 layers; load_tensors: offloaded 7/7 layers to GPU; x"))
                .isEqualTo(7);
        assertThat(Llama.offloaded("load_tensors: offloaded 0/7 layers to GPU")).isZero();
        assertThat(Llama.offloaded("nothing")).isZero();
    }
}
