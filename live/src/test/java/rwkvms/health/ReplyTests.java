package rwkvms.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.function.Function;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from an answer, and what is said of one that cannot be read. */
final class ReplyTests {
    /** The ways to read an answer. */
    enum Read {
        JSON(reply -> reply.json().toString()),
        FIELD(reply -> reply.field("a").toString()),
        WHOLE(
                reply -> String.valueOf(reply.whole("a"))),
        SAID(Reply::said),
        STREAMED(Reply::streamed);

        private final Function<Reply, String> read;

        Read(Function<Reply, String> read) {
            this.read = read;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            JSON     | 200 | {"a":1}                                                          | {"a":1}
            JSON     | 299 | {"a":[{}]}                                                       | {"a":[{}]}
            FIELD    | 200 | {"a":"b"}                                                        | "b"
            WHOLE    | 200 | {"a":-7000000000}                                                | -7000000000
            SAID     | 200 | {"choices":[{"message":{"content":"Hi"}}]}                       | Hi
            SAID     | 200 | {"choices":[{"message":{"content":" ","reasoning_content":"r"}}]} | r
            SAID     | 200 | {"choices":[{"message":{"content":"c","reasoning_content":"r"}}]} | c
            SAID     | 200 | {}                                                               | ``
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"}}]}%n: x%ndata: {"choices":[{"delta":{"content":"b"}}]}%ndata: [DONE]%n | ab
            STREAMED | 200 | data: {"choices":[{"delta":{}}]}%ndata: [DONE]                    | ``
            """)
    void reads(Read read, int status, String body, String found) {
        assertThat(read.read.apply(new Reply("GET /x", status, body.replace("%n", "\n")))).isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            JSON     | 199 | {}                 | expected HTTP 2xx, found 199: {}
            JSON     | 300 | ``                 | expected HTTP 2xx, found 300: nothing
            JSON     | 200 | []                 | expected a JSON object, found []
            JSON     | 200 | ``                 | expected a JSON object, found nothing
            JSON     | 200 | {} {}              | expected a JSON object, found {} {}
            FIELD    | 200 | {"b":1}            | expected a field a, found none in {"b":1}
            FIELD    | 200 | {"a":null}         | expected a field a, found none in {"a":null}
            WHOLE    | 200 | {"a":1.5}          | a: expected a whole number, found 1.5
            SAID     | 500 | no%nanswer         | expected HTTP 2xx, found 500: no answer
            STREAMED | 201 | data: [DONE]       | expected HTTP 200, found 201: data: [DONE]
            STREAMED | 200 | data: {}           | expected a stream that ends with [DONE], found data: {}
            STREAMED | 200 | data: oops%ndata: [DONE] | expected a JSON object, found oops
            """)
    void refuses(Read read, int status, String body, String problem) {
        Reply reply = new Reply("GET /x", status, body.replace("%n", "\n"));
        assertThatExceptionOfType(ProbeException.class).isThrownBy(() -> read.read.apply(reply))
                .withMessage("GET /x: " + problem);
    }

    /** A parser must not follow an answer into any depth. */
    @Test
    void nestsOnlySoDeep() {
        String deep = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
        assertThat(new Reply("GET /x", 200, deep).json().has("a")).isTrue();
        String deeper = "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}";
        assertThatExceptionOfType(ProbeException.class).isThrownBy(() -> new Reply("GET /x", 200, deeper).json())
                .withMessage("GET /x: expected a JSON object, found " + deeper);
    }

    @Test
    void whatIsShownIsOneShortLine() {
        assertThat(Reply.shown(" a\r\n\u0007b ")).isEqualTo("a b");
        assertThat(Reply.shown("\n \t")).isEqualTo("nothing");
        assertThat(Reply.shown("x".repeat(200))).isEqualTo("x".repeat(200));
        assertThat(Reply.shown("x".repeat(200) + "y")).isEqualTo("x".repeat(200) + "...");
    }
}
