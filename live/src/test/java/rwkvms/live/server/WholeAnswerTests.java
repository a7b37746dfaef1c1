package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One answer: sent at once, or after blanks that checked whether the client is still there. */
final class WholeAnswerTests {
    private static final ObjectNode JSON = Answers.object().put("a", "\u20ac");
    private static final Map<String, String> TYPE = Map.of("content-type", "application/json; charset=utf-8");

    @Test
    void atOnce() {
        RecordedResponse sent = RecordedResponse.keeping();
        WholeAnswer answer = new WholeAnswer(sent.response());
        answer.send(JSON);
        assertThat(sent.text()).isEqualTo("{\"a\":\"\u20ac\"}");
        assertThat(sent.headers()).isEqualTo(TYPE);
        assertThat(answer.started()).isFalse();
        assertThat(sent.opened()).isZero();
    }

    @Test
    void behindBlanks() throws Exception {
        RecordedResponse sent = RecordedResponse.keeping();
        WholeAnswer answer = new WholeAnswer(sent.response());
        answer.pulse();
        assertThat(answer.started()).isTrue();
        assertThat(sent.text()).isEqualTo(" ");
        sent.awaitFlushes(1);
        answer.pulse();
        sent.awaitFlushes(1);
        answer.send(JSON);
        assertThat(sent.text()).isEqualTo("  {\"a\":\"\u20ac\"}");
        assertThat(sent.headers()).isEqualTo(TYPE);
        assertThat(sent.opened()).isEqualTo(1);
        assertThat(sent.isClosed()).isTrue();
    }

    @Test
    void whoIsGoneIsNoticed() {
        WholeAnswer answer = new WholeAnswer(RecordedResponse.writing(text -> {
            throw new IOException("gone");
        }).response());
        assertThatExceptionOfType(HungUpException.class).isThrownBy(answer::pulse);
        assertThatExceptionOfType(HungUpException.class).isThrownBy(() -> answer.send(JSON));

        WholeAnswer atTheEnd = new WholeAnswer(RecordedResponse.writing(text -> {
            if (text.equals("close")) {
                throw new UncheckedIOException(new IOException("gone"));
            }
        }).response());
        atTheEnd.pulse();
        assertThatExceptionOfType(HungUpException.class).isThrownBy(() -> atTheEnd.send(JSON));
    }
}
