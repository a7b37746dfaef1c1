package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of a stream, byte for byte, and clients that read slowly or have hung up. */
@Timeout(60)
final class EventStreamTests {
    @Test
    void eventsAsTheyAreSent() throws Exception {
        RecordedResponse sent = RecordedResponse.keeping();
        EventStream stream = new EventStream(sent.response());
        assertThat(stream.started()).isFalse();
        stream.check();
        stream.send("{\"a\":\"\u20ac\"}");
        assertThat(stream.started()).isTrue();
        sent.awaitFlushes(1);
        stream.pulse();
        stream.send("[DONE]");
        stream.end();

        assertThat(sent.text()).isEqualTo("data: {\"a\":\"\u20ac\"}\n\n:\n\ndata: [DONE]\n\n");
        assertThat(sent.headers()).isEqualTo(
                Map.of("content-type", "text/event-stream; charset=utf-8", "cache-control", "no-cache"));
        assertThat(sent.opened()).isEqualTo(1);
        assertThat(sent.isClosed()).isTrue();
    }

    @Test
    void nothingIsOpenedForNothing() {
        RecordedResponse sent = RecordedResponse.keeping();
        EventStream stream = new EventStream(sent.response());
        stream.end();
        assertThat(stream.started()).isFalse();
        assertThat(sent.opened()).isZero();
        assertThat(sent.headers()).isEmpty();
    }

    /** A client that reads nothing until it is released. */
    private static RecordedResponse waitingFor(CountDownLatch reads) {
        return RecordedResponse.writing(text -> {
            try {
                reads.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
    }

    /** A client that does not read does not keep the slot. */
    @Test
    void whoReadsSlowlyIsNotWaitedForBeforeTheEnd() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        RecordedResponse sent = waitingFor(reads);
        EventStream stream = new EventStream(sent.response());
        for (int i = 0; i < 3; i++) {
            stream.send("e");
        }
        assertThat(sent.text()).isEmpty();
        reads.countDown();
        stream.end();
        assertThat(sent.text()).isEqualTo("data: e\n\n".repeat(3));
    }

    @Test
    void whoIsGoneIsNoticed() {
        RecordedResponse sent = RecordedResponse.writing(text -> {
            throw new IOException("gone");
        });
        EventStream stream = new EventStream(sent.response());
        stream.send("a");
        assertThatExceptionOfType(HungUpException.class).isThrownBy(stream::end).withMessage("the client hung up");
        assertThatExceptionOfType(HungUpException.class).isThrownBy(stream::check);
        assertThatExceptionOfType(HungUpException.class).isThrownBy(stream::pulse);

        EventStream other = new EventStream(RecordedResponse.writing(text -> {
            throw new UncheckedIOException(new IOException("gone"));
        }).response());
        other.send("a");
        assertThatExceptionOfType(HungUpException.class).isThrownBy(other::end);
    }

    @Test
    void whatCannotBeFinishedIsClosed() throws Exception {
        RecordedResponse sent = RecordedResponse.keeping();
        EventStream stream = new EventStream(sent.response());
        stream.send("a");
        stream.abandon();
        sent.awaitClosed();
        assertThat(sent.text()).isEqualTo("data: a\n\n");
    }

    @Test
    void anInterruptEndsTheWaiting() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        RecordedResponse sent = waitingFor(reads);
        EventStream stream = new EventStream(sent.response());
        stream.send("a");
        Thread.currentThread().interrupt();
        stream.end();
        assertThat(Thread.interrupted()).isTrue();
        reads.countDown();
        sent.awaitClosed();
    }
}
