package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuoteTests {
    @Test
    void escapesWhatCouldDisturbAMessage() {
        assertThat(Quote.of("a \"b\" \\ \n \u001b[31m \u0085 \u202e \u2028 ä")).isEqualTo(
                "\"a \\\"b\\\" \\\\ \\u000a \\u001b[31m \\u0085 \\u202e \\u2028 ä\"");
    }

    @Test
    void cutsLongTexts() {
        assertThat(Quote.of("x".repeat(96))).isEqualTo('"' + "x".repeat(96) + '"');
        assertThat(Quote.of("x".repeat(97))).isEqualTo('"' + "x".repeat(96) + "\"… (97 characters)");
    }

    @Test
    void showsPairsOfSurrogatesAndEscapesLoneOnes() {
        assertThat(Quote.of("🙂")).isEqualTo("\"🙂\"");
        assertThat(Quote.of("a\udc80b\ud83d")).isEqualTo("\"a\\udc80b\\ud83d\"");
        assertThat(Quote.of("🙂🙂")).isEqualTo("\"🙂🙂\"");
        assertThat(Quote.of("x".repeat(95) + "🙂"))
                .isEqualTo('"' + "x".repeat(95) + "\\ud83d\"… (97 characters)");
        assertThat(Quote.of("x".repeat(94) + "🙂")).isEqualTo('"' + "x".repeat(94) + "🙂\"");
    }
}
