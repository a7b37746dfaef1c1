package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.runtime.RuntimeFailure;

/** The proof that every stage was computed on a device. */
final class PlaceTests {
    private static final Place VULKAN = new Place("Vulkan0", "Vulkan0", false);
    private static final String ALL = "deltas Vulkan0\nfeatures Vulkan0\nprojections Vulkan0\nreadout Vulkan0\n";

    @Test
    void everyStageMustBeThere() {
        assertThatNoException().isThrownBy(() -> VULKAN.requireAll(ALL));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            features Vulkan0 | features CPU                   | features | CPU
            readout Vulkan0  | 'readout CPU\nreadout Vulkan0' | readout  | CPU, Vulkan0
            deltas Vulkan0   | deltas                         | deltas   | none
            projections Vulkan0 | ''                          | projections | none
            deltas Vulkan0   | deltas Vulkan0_Host            | deltas   | Vulkan0_Host
            """)
    void whatWasElsewhereOrNowhereIsNamed(String line, String instead, String stage, String found) {
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> VULKAN.requireAll(ALL.replace(line, instead.replace("\\n", "\n")))).withMessage(
                        "device Vulkan0: " + stage + ": expected in the buffers Vulkan0 alone, found " + found);
    }
}
