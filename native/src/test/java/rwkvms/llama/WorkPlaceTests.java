package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

/** Where a model was computed, as its hook saw it. */
final class WorkPlaceTests {
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

    /** Computed there at first, and elsewhere later. */
    @Test
    void everyMicrobatchMustBeThere() {
        assertThat(WorkPlace.contradictions(3, Optional.of(Map.of("o", new TreeSet<>(Set.of("CPU",
                "Vulkan0")))), "Vulkan0")).containsExactly("layer 3: expected o in Vulkan0, found it in CPU and Vulkan0");
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
