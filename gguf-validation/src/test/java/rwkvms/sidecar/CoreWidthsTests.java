package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoreWidthsTests {
    /** 2.5·√369 / 32 = 1.5007 is the first to round to 2, 5·√93 / 32 = 1.5068 likewise; 1024 gives 2.5, a tie. */
    @ParameterizedTest
    @CsvSource({"1, 32, 32", "8, 32, 32", "64, 32, 32", "92, 32, 32", "93, 32, 64", "256, 32, 64", "368, 32, 96",
            "369, 64, 96", "1024, 64, 160", "2304, 128, 256", "2560, 128, 256", "4096, 160, 320"})
    void followsMathMd(int readDim, int decay, int gate) {
        assertThat(CoreWidths.of(readDim)).isEqualTo(new CoreWidths(decay, decay, gate));
    }
}
