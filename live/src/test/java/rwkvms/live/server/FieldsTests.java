package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields of a request: the valid values, and the messages for the others. */
final class FieldsTests {
    /** The ways to read the field a. */
    enum Read {
        NUMBER(fields -> fields.number("a", 0.5, 2, 7)),
        WHOLE(fields -> fields.whole("a", -1, 9, 7)),
        FLAG(
                fields -> fields.flag("a", true)),
        NOT(fields -> fields.flag("a", false)),
        TEXTS(
                fields -> fields.texts("a")),
        BITS(fields -> fields.bits("a", 7)),
        OBJECT(
                fields -> fields.object("a").flag("b", false)),
        OTHERS(fields -> fields.others(Set.of("a", "b"))),
        REQUIRED(
                fields -> fields.require("a", "a text"));

        private final Function<Fields, Object> read;

        Read(Function<Fields, Object> read) {
            this.read = read;
        }
    }

    private static Fields fields(String body) throws IOException {
        return new Fields(new ObjectMapper().readTree(body));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            NUMBER   | {}                | 7.0
            NUMBER   | {"a":null}        | 7.0
            NUMBER   | {"a":0.5}         | 0.5
            NUMBER   | {"a":2}           | 2.0
            WHOLE    | {}                | 7
            WHOLE    | {"a":-1}          | -1
            WHOLE    | {"a":9}           | 9
            FLAG     | {}                | true
            FLAG     | {"a":false}       | false
            NOT      | {"a":null}        | false
            NOT      | {"a":true}        | true
            TEXTS    | {}                | []
            TEXTS    | {"a":"b"}         | [b]
            TEXTS    | {"a":["b",""]}    | [b, ]
            REQUIRED | {"a":0}           | 0
            WHOLE    | {"a":2.0}         | 2
            WHOLE    | {"a":0.2e1}       | 2
            WHOLE    | {"a":-1.0}        | -1
            WHOLE    | {"a":null}        | 7
            BITS     | {}                | 7
            BITS     | {"a":null}        | 7
            BITS     | {"a":-1}          | -1
            BITS     | {"a":5.0}         | 5
            BITS     | {"a":9007199254740993}     | 9007199254740993
            BITS     | {"a":-9223372036854775808} | -9223372036854775808
            BITS     | {"a":18446744073709551614} | -2
            OBJECT   | {}                | false
            OBJECT   | {"a":null}        | false
            OBJECT   | {"a":{}}          | false
            OBJECT   | {"a":{"b":true}}  | true
            OTHERS   | {"a":1,"b":null}  | []
            OTHERS   | {"a":1,"c":2,"d":null,"e":[]} | [c, e]
            """)
    void takes(Read read, String body, String value) throws IOException {
        assertThat(read.read.apply(fields(body))).hasToString(value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            NUMBER   | {"a":0.49}                       | expected a number from 0.5 to 2.0, found 0.49
            NUMBER   | {"a":2.01}                       | expected a number from 0.5 to 2.0, found 2.01
            NUMBER   | {"a":"1"}                        | expected a number from 0.5 to 2.0, found a text
            NUMBER   | {"a":true}                       | expected a number from 0.5 to 2.0, found true
            WHOLE    | {"a":-2}                         | expected a whole number from -1 to 9, found -2
            WHOLE    | {"a":10}                         | expected a whole number from -1 to 9, found 10
            WHOLE    | {"a":1.5}                        | expected a whole number from -1 to 9, found 1.5
            WHOLE    | {"a":18446744073709551617}       | expected a whole number from -1 to 9, found 18446744073709551617
            WHOLE    | {"a":1234567890123456789012345678901234567890}  | expected a whole number from -1 to 9, found 1234567890123456789012345678901234567890
            WHOLE    | {"a":12345678901234567890123456789012345678901} | expected a whole number from -1 to 9, found 1234567890123456789012345678901234567890...
            FLAG     | {"a":1}                          | expected true or false, found 1
            FLAG     | {"a":{}}                         | expected true or false, found an object
            TEXTS    | {"a":1}                          | expected a text or a list of texts, found 1
            TEXTS    | {"a":["b",null]}                 | expected a text or a list of texts, found null
            TEXTS    | {"a":[[]]}                       | expected a text or a list of texts, found a list
            REQUIRED | {}                               | expected a text, found none
            REQUIRED | {"a":null}                       | expected a text, found none
            WHOLE    | {"a":9.5}                        | expected a whole number from -1 to 9, found 9.5
            WHOLE    | {"a":10.0}                       | expected a whole number from -1 to 9, found 10.0
            WHOLE    | {"a":"2"}                        | expected a whole number from -1 to 9, found a text
            BITS     | {"a":1.5}                        | expected a whole number from -9223372036854775808 to 18446744073709551615, found 1.5
            BITS     | {"a":"1"}                        | expected a whole number from -9223372036854775808 to 18446744073709551615, found a text
            BITS     | {"a":18446744073709551616}       | expected a whole number from -9223372036854775808 to 18446744073709551615, found 18446744073709551616
            BITS     | {"a":-9223372036854775809}       | expected a whole number from -9223372036854775808 to 18446744073709551615, found -9223372036854775809
            OBJECT   | {"a":[]}                         | expected an object, found a list
            OBJECT   | {"a":true}                       | expected an object, found true
            """)
    void refuses(Read read, String body, String problem) throws IOException {
        Fields fields = fields(body);
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> read.read.apply(fields))
                .withMessage("a: " + problem).satisfies(e -> assertThat(e.status()).isEqualTo(400));
    }

    @Test
    void aBodyIsAnObject() {
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> fields("[]"))
                .withMessage("body: expected a JSON object, found a list");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> fields(""))
                .withMessage("body: expected a JSON object, found nothing");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> fields("null"))
                .withMessage("body: expected a JSON object, found null");
    }
}
