package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from an answer, and the message for one that cannot be read. */
final class ReplyTests {
    /** The ways to read an answer. */
    enum Read {
        JSON(reply -> reply.json().toString()),
        FIELD(reply -> reply.field("a").toString()),
        WHOLE(
                reply -> String.valueOf(reply.whole("a"))),
        TEXT(reply -> reply.text("a")),
        SAID(reply -> reply.said().text()),
        STREAMED(reply -> reply.streamed().text());

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
            SAID     | 200 | {"choices":[{"message":{"content":null,"reasoning":"r"}}]}       | r
            SAID     | 200 | {"choices":[{"message":{"content":null}}],"error":null}          | ``
            SAID     | 200 | {"choices":[{"message":{"tool_calls":[]}}]}                      | ``
            SAID     | 200 | %b{"choices":[{"message":{"content":"Hi"}}]}                     | Hi
            SAID     | 200 | {"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]} | a
            SAID     | 200 | {"choices":[{"index":0,"message":{"content":"a"}},{"index":1}]} | a
            SAID     | 200 | {"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]} | a
            STREAMED | 200 | data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"length"}]}%n%ndata: [DONE] | a
            JSON     | 200 | {"error":false}                                                  | {"error":false}
            JSON     | 200 | {"error":"","a":1}                                               | {"error":"","a":1}
            TEXT     | 200 | {"a":"b"}                                                        | b
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"}}]}%n%n: x%ndata:{"choices":[{"delta":{"content":"b"}}]}%n%n%fdata: [DONE]%n%n | ab
            STREAMED | 200 | data:{"choices":[{"delta":{"content":"a"}}]}%r%r%n%fdata:[DONE] | a
            STREAMED | 200 | %bdata: {"choices":[{"delta":{"content":"a"}}]}%r%n%r%n%fdata: [DONE]%r%n%r%n | a
            STREAMED | 200 | event: chunk%ndata: {"choices":%ndata: [{"delta":{"content":"a"}}]}%nid: 1%n%n%fdata: [DONE]%n%n | a
            STREAMED | 200 | data: {"choices":[{"delta":{}}]}%n%n%fdata: [DONE]                 | ``
            STREAMED | 200 | data: {"choices":[{"delta":{"content":null,"reasoning_content":"r"}}]}%n%ndata: {"choices":[{"delta":{"reasoning_content":"s"}}]}%n%n%fdata: [DONE]%n%n | rs
            STREAMED | 200 | data: {"choices":[{"delta":{"reasoning_content":"r"}}]}%n%ndata: {"choices":[{"delta":{"content":"c"}}]}%n%n%fdata: [DONE]%n%n | c
            STREAMED | 200 | data:%n%ndata: {"choices":[],"usage":{}}%n%ndata: {"choices":[{"index":0,"delta":{"content":"a"}}]}%n%n%fdata: [DONE]%n%ndata:%n%n: bye%n%n | a
            """)
    void reads(Read read, int status, String body, String found) {
        assertThat(read.read.apply(new Reply("GET /x", status, characters(body)))).isEqualTo(found);
    }

    private static String characters(String body) {
        return body.replace("%f", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")
                .replace("%n", "\n").replace("%r", "\r").replace("%b", "\ufeff");
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
            JSON     | 200 | <!DOCTYPE html><p>%n | expected a JSON object, found <!DOCTYPE html><p>
            JSON     | 200 | {"error":{"code":500,"message":"out of memory"}} | expected an answer, found the error out of memory
            JSON     | 200 | {"error":"busy"}   | expected an answer, found the error "busy"
            JSON     | 200 | {"error":true}     | expected an answer, found the error true
            JSON     | 200 | {"error":["a"]}    | expected an answer, found the error ["a"]
            TEXT     | 200 | {"a":1}            | a: expected a text, found 1
            SAID     | 200 | {}                 | expected a message of an assistant, found none in {}
            SAID     | 200 | {"choices":[{"message":{}}]} | expected a message of an assistant, found none in {"choices":[{"message":{}}]}
            SAID     | 200 | {"choices":[{"message":{"content":["a"]}}]} | content: expected a text, found ["a"]
            SAID     | 200 | {"choices":[{"index":1,"message":{"content":"a"}}]} | expected a message of an assistant, found none in {"choices":[{"index":1,"message":{"content":"a"}}]}
            SAID     | 200 | {"choices":[{"index":0,"message":{"content":"a"}},{"index":0,"message":{"content":"b"}}]} | expected one choice of index 0, found 2
            SAID     | 200 | {"choices":[{"message":{"content":"a","content":"b"}}]} | expected a JSON object, found Duplicate field 'content'
            JSON     | 200 | {"a":1,"a":1}      | expected a JSON object, found Duplicate field 'a'
            SAID     | 200 | {"choices":[{"message":{"content":"No."},"finish_reason":"content_filter"}]} | expected an answer, found one that content_filter ended: No.
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"},"finish_reason":"content_filter"}]}%n%ndata: [DONE]%n%n | expected an answer, found one that content_filter ended: a
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a","content":"b"}}]}%n%n%fdata: [DONE]%n%n | expected a JSON object, found Duplicate field 'content'
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}%n%ndata: [DONE]%n%n | expected a stream with a finish_reason, found none
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"},"finish_reason":""}]}%n%ndata: [DONE]%n%n | expected a stream with a finish_reason, found none
            STREAMED | 200 | %fdata: [DONE]%n%ndata: {"choices":[{"delta":{"content":"b"}}]}%n%n | expected nothing behind [DONE], found {"choices":[{"delta":{"content":"b"}}]}
            STREAMED | 200 | %fdata: [DONE]%n%ndata: oops%n%n | expected nothing behind [DONE], found oops
            STREAMED | 200 | %fdata: {"choices":[{"delta":{"content":"b"}}]}%n%ndata: [DONE]%n%n | expected nothing behind the finish_reason, found b
            STREAMED | 200 | data: {"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}%n%n%fdata: [DONE]%n%n | expected one choice, found another of index 1
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}%n%n%fdata: [DONE]%n%n | expected one choice, found 2 in one piece
            STREAMED | 201 | data: [DONE]       | expected HTTP 200, found 201: data: [DONE]
            STREAMED | 200 | data: {}           | expected a stream that ends with [DONE], found data: {}
            STREAMED | 200 | ``                 | expected a stream that ends with [DONE], found nothing
            STREAMED | 200 | <html>%n%n</html>  | expected a stream that ends with [DONE], found <html> </html>
            STREAMED | 200 | {"choices":[{"message":{"content":"a"}}]} | expected a stream that ends with [DONE], found {"choices":[{"message":{"content":"a"}}]}
            STREAMED | 200 | data: {}%ndata: [DONE]%n%n | expected a JSON object, found {} [DONE]
            STREAMED | 200 | data: oops%n%ndata: [DONE]%n%n | expected a JSON object, found oops
            STREAMED | 200 | data: {"choices":[{"delta":{"content":"a"}}]}%n%ndata:{"error":{"message":"no memory"}}%n%ndata: [DONE]%n%n | expected an answer, found the error no memory
            STREAMED | 200 | event: error%ndata: no memory%n%ndata: [DONE]%n%n | expected an answer, found the error no memory
            STREAMED | 200 | error: {"code":500}%n%ndata: [DONE]%n%n | expected an answer, found the error {"code":500}
            STREAMED | 200 | data: {"choices":[{"delta":{"content":{}}}]}%n%ndata: [DONE]%n%n | content: expected a text, found {}
            """)
    void refuses(Read read, int status, String body, String problem) {
        Reply reply = new Reply("GET /x", status, characters(body));
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> read.read.apply(reply))
                .withMessage("GET /x: " + problem);
    }

    /** The depth of nesting is limited. */
    @Test
    void nestsOnlySoDeep() {
        String deep = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
        assertThat(new Reply("GET /x", 200, deep).json().has("a")).isTrue();
        String deeper = "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}";
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> new Reply("GET /x", 200, deeper).json())
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
