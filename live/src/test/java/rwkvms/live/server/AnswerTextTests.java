package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Text from tokens: whole characters, no part of a stop text, nothing twice. */
final class AnswerTextTests {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aCharacterIsGivenWhenItsLastByteIsThere() {
        AnswerText text = new AnswerText(List.of());
        byte[] euro = bytes("\u20ac");
        assertThat(text.add(new byte[]{euro[0]})).isFalse();
        text.add(new byte[]{euro[1]});
        assertThat(text.sure(false)).isEmpty();
        text.add(new byte[]{euro[2], 'a'});
        assertThat(text.sure(false)).isEqualTo("\u20aca");
        assertThat(text.sure(false)).isEmpty();
    }

    @Test
    void bytesThatAreNoCharacterBecomeTheReplacement() {
        AnswerText text = new AnswerText(List.of());
        text.add(new byte[]{(byte) 0xFF, 'a'});
        text.add(new byte[]{(byte) 0xE2});
        assertThat(text.sure(false)).isEqualTo("\uFFFDa");
        text.end();
        assertThat(text.sure(true)).isEqualTo("\uFFFD");
        assertThat(text.text()).isEqualTo("\uFFFDa\uFFFD");
    }

    @Test
    void whatMayBecomeAStopTextIsHeldBack() {
        AnswerText text = new AnswerText(List.of("END", ""));
        assertThat(text.add(bytes("abE"))).isFalse();
        assertThat(text.sure(false)).isEqualTo("ab");
        assertThat(text.add(bytes("N"))).isFalse();
        assertThat(text.sure(false)).isEmpty();
        assertThat(text.add(bytes("x"))).isFalse();
        assertThat(text.sure(false)).isEqualTo("ENx");
        text.add(bytes("E"));
        assertThat(text.add(bytes("ND and more"))).isTrue();
        assertThat(text.sure(true)).isEmpty();
        assertThat(text.text()).isEqualTo("abENx");
        assertThat(text.stoppedBy()).isEqualTo("END");
    }

    @Test
    void theFirstOfSeveralStopTextsCounts() {
        AnswerText text = new AnswerText(List.of("cd", "bc"));
        assertThat(text.add(bytes("abcd"))).isTrue();
        assertThat(text.text()).isEqualTo("a");
        assertThat(text.stoppedBy()).isEqualTo("bc");
    }

    @Test
    void atTheEndWhatWasHeldBackIsGiven() {
        AnswerText text = new AnswerText(List.of("END"));
        text.add(bytes("aEN"));
        assertThat(text.sure(false)).isEqualTo("a");
        text.end();
        assertThat(text.sure(true)).isEqualTo("EN");
    }

    /** A stop text that began in an earlier piece is found; one of a single character holds nothing back. */
    @Test
    void stopTextsAcrossPieces() {
        AnswerText text = new AnswerText(List.of("bcd", "x"));
        text.add(bytes("aab"));
        assertThat(text.sure(false)).isEqualTo("aa");
        text.add(bytes("c"));
        assertThat(text.sure(false)).isEmpty();
        assertThat(text.add(bytes("d"))).isTrue();
        assertThat(text.text()).isEqualTo("aa");
        assertThat(text.stoppedBy()).isEqualTo("bcd");

        AnswerText single = new AnswerText(List.of("x"));
        single.add(bytes("ab"));
        assertThat(single.sure(false)).isEqualTo("ab");
        assertThat(single.add(bytes("cx"))).isTrue();
        assertThat(single.sure(true)).isEqualTo("c");
    }

    /** The longest beginning of a stop text at the end is held back. */
    @Test
    void theLongestBeginningIsHeldBack() {
        AnswerText text = new AnswerText(List.of("abab!", "b?"));
        text.add(bytes("xabab"));
        assertThat(text.sure(false)).isEqualTo("x");
        text.add(bytes("a"));
        assertThat(text.sure(false)).isEqualTo("ab");
        assertThat(text.add(bytes("b!"))).isTrue();
        assertThat(text.text()).isEqualTo("xab");
        assertThat(text.sure(true)).isEmpty();
    }

    @Test
    void ofStopTextsAtTheSamePlaceTheFirstOneCounts() {
        AnswerText text = new AnswerText(List.of("bc", "b"));
        assertThat(text.add(bytes("abc"))).isTrue();
        assertThat(text.stoppedBy()).isEqualTo("bc");
        assertThat(text.text()).isEqualTo("a");
        AnswerText whole = new AnswerText(List.of("ab"));
        assertThat(whole.add(bytes("ab"))).isTrue();
        assertThat(whole.text()).isEmpty();
    }
}
