package rwkvms.child;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DialogueLineTests {
    @Test
    void aLineThatIsRepeatedIsToldOnce() {
        assertThat(Dialogue.oneLine("warm\nwarm\nwarm\r\ncold\nwarm")).isEqualTo("warm (3 times) | cold | warm");
    }

    @Test
    void nothingIsNothing() {
        assertThat(Dialogue.oneLine("")).isEmpty();
    }
}
