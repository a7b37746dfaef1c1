package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected texts are what Python 3.11's {@code json.dumps} gives. */
class PythonJsonTests {
    @ParameterizedTest
    @CsvSource({"0.0, 0.0", "-0.0, -0.0", "16.0, 16.0", "1e-06, 1e-06", "0.0001, 0.0001", "0.00001, 1e-05",
            "1.5e-7, 1.5e-07", "0.1, 0.1", "123456.789, 123456.789", "1e15, 1000000000000000.0",
            "9999999999999998.0, 9999999999999998.0", "1e16, 1e+16", "1.5e16, 1.5e+16", "1e22, 1e+22",
            "1.7976931348623157e308, 1.7976931348623157e+308", "4.9e-324, 5e-324", "1.5e-323, 1.5e-323",
            "2.2250738585072014e-308, 2.2250738585072014e-308", "2e23, 2e+23", "-2.5, -2.5", "100.0, 100.0",
            "8.41e21, 8.41e+21", "9007199254740993.0, 9007199254740992.0", "5e-05, 5e-05", "1e100, 1e+100"})
    void writesFloatsAsPythonDoes(String number, String expected) {
        assertThat(PythonJson.repr(Double.parseDouble(number))).isEqualTo(expected);
    }

    @Test
    void keepsIntegersAndFloatsApart() throws JsonProcessingException {
        assertThat(sorted("{\"b\": 16, \"a\": 16.0, \"c\": 12345678901234567890123, \"d\": -0}")).isEqualTo(
                "{\"a\":16.0,\"b\":16,\"c\":12345678901234567890123,\"d\":0}");
    }

    /** However much follows: a manifest may have megabytes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 45, 46, 47, 48, 100_000})
    void aMessageShowsTheBeginningOfAValue(int elements) throws JsonProcessingException {
        for (String json : List.of("[" + "1,".repeat(elements) + "2]",
                "{\"a\":[" + "1,".repeat(elements) + "2],\"b\":3}",
                "\"" + "xy".repeat(elements) + "\\n\"")) {
            String whole = PythonJson.compact(Json.parse(json), PythonJson.Keys.AS_GIVEN);
            assertThat(whole).isEqualTo(json);
            assertThat(PythonJson.shown(Json.parse(json)))
                    .isEqualTo(whole.length() <= 96 ? whole : whole.substring(0, 96) + "…");
        }
    }

    @Test
    void escapesAllButPrintableAscii() throws JsonProcessingException {
        assertThat(sorted("\"é 🙂 \\ud800 / \\u007f \\n\\r\\t\\b\\f\\u0001 \\\" \\\\ ~\"")).isEqualTo(
                "\"\\u00e9 \\ud83d\\ude42 \\ud800 / \\u007f \\n\\r\\t\\b\\f\\u0001 \\\" \\\\ ~\"");
    }

    /** {@code json.dumps(…, indent=2, sort_keys=True, ensure_ascii=False) + "\n"}. */
    @Test
    void indentsAsACheckpointsFiles() throws JsonProcessingException {
        assertThat(PythonJson.indented(Json.parse("{\"b\":[1,{\"c\":\"é — 🙂\\u007f\\n\"}],\"a\":[],\"d\":{}}")))
                .isEqualTo("""
                        {
                          "a": [],
                          "b": [
                            1,
                            {
                              "c": "é — 🙂\u007f\\n"
                            }
                          ],
                          "d": {}
                        }
                        """.replace("\\u007f", "\u007f"));
    }

    @Test
    void keepsLoneSurrogatesEscapedWhereUtf8CannotHaveThem() throws JsonProcessingException {
        assertThat(PythonJson.indented(Json.parse("\"\\ud800 \\ude42\\ud83d \\ud83d\\ude42\"")))
                .isEqualTo("\"\\ud800 \\ude42\\ud83d 🙂\"\n");
    }

    @Test
    void sortsKeysByCodePoint() throws JsonProcessingException {
        assertThat(sorted("{\"\uffff\": 1, \"🙂\": 2, \"b\": 3, \"ab\": 4, \"a\": 5, \"\": 6}"))
                .isEqualTo("{\"\":6,\"a\":5,\"ab\":4,\"b\":3,\"\\uffff\":1,\"\\ud83d\\ude42\":2}");
    }

    @Test
    void keepsTheOrderOfKeysWhenAsked() throws JsonProcessingException {
        assertThat(PythonJson.compact(Json.parse("{\"b\": [], \"a\": [{}, null, true]}"), PythonJson.Keys.AS_GIVEN))
                .isEqualTo("{\"b\":[],\"a\":[{},null,true]}");
    }

    @Test
    void parsesNothingBeyondStrictJson() {
        refuses("{\"a\": 1, \"a\": 2}", "Duplicate field 'a'");
        refuses("[1] 2", "Trailing token (of type VALUE_NUMBER_INT) found after value");
        refuses("[NaN]", "Non-standard token 'NaN'");
        refuses("[1e999]", "a number beyond the range of a float64");
        refuses("[" + "0".repeat(65) + "]", "Invalid numeric value: Leading zeroes not allowed");
        refuses(" ".repeat(Json.MAX_LENGTH + 1), "4194305 characters, at most 4194304");
        refuses("[".repeat(65) + "]".repeat(65), "Document nesting depth (65) exceeds the maximum allowed (64");
    }

    private static void refuses(String text, String message) {
        assertThatExceptionOfType(JsonProcessingException.class).isThrownBy(() -> Json.parse(text))
                .withMessageContaining(message);
    }

    private static String sorted(String text) throws JsonProcessingException {
        return PythonJson.compact(Json.parse(text), PythonJson.Keys.SORTED);
    }
}
