package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** 100 of the bytes are reserved for the line that says that the rest is cut. */
final class BoundedTextTests {
    @Test
    void whatFitsExactlyIsKept() {
        assertThat(new BoundedText(110).line("123").line("12345")).hasToString("123\n12345\n");
    }

    @Test
    void aByteMoreIsCutAndSoIsAllBehindIt() {
        assertThat(new BoundedText(110).line("123").line("123456").line("").line("1"))
                .hasToString("123\n\ncut: 3 more lines; the JSON verdict has everything\n");
    }

    @Test
    void lettersCountAsTheirBytes() {
        assertThat(new BoundedText(110).line("näher")).hasToString("näher\n");
        assertThat(new BoundedText(110).line("näää")).hasToString("näää\n");
        assertThat(new BoundedText(110).line("nääää"))
                .hasToString("nääää\n");
        assertThat(new BoundedText(110).line("näääää"))
                .hasToString("\ncut: 1 more lines; the JSON verdict has everything\n");
    }
}
