package rwkvms.sidecar.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import rwkvms.sidecar.MemoryTensor;

/** The edges of the initial values; {@link PublishedSidecarTests} compares them with the published checkpoint. */
class RwkvInitTests {
    @Test
    void firstLayerOfEightChannels() {
        RwkvInit init = new RwkvInit(0, 8, 8);
        assertThat(init.w0(0)).isEqualTo(-8);
        assertThat(init.w0(7)).isEqualTo(3);
        assertThat(init.kK(0)).isCloseTo(0.76, within(1e-15));
        assertThat(init.a0(7)).isCloseTo(0.31, within(1e-15));
        assertThat(init.shift(MemoryTensor.X_R, 0)).isEqualTo(1);
    }

    @Test
    void aSingleChannelHasAVectorToo() {
        RwkvInit init = new RwkvInit(3, 1, 1);
        assertThat(init.kK(0)).isEqualTo(0.71);
        assertThat(init.a0(0)).isEqualTo(-0.19);
    }

    @Test
    void layersBeyondTheDepthCountAsTheLast() {
        assertThat(new RwkvInit(1000, 8, 8).w0(3)).isEqualTo(new RwkvInit(41, 8, 8).w0(3))
                .isNotEqualTo(new RwkvInit(40, 8, 8).w0(3));
    }

    @Test
    void otherTensorsAreNoTokenShift() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RwkvInit(0, 8, 8).shift(MemoryTensor.W0, 0))
                .withMessage("expected a token-shift vector, found W0");
    }
}
