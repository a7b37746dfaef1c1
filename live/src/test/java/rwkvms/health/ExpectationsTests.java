package rwkvms.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each expectation holds for one answer and not for another. */
final class ExpectationsTests {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"equals":" a b "}          | a b            | a  b       | the text a b
            {"contains":["a","b"]}      | xbxax          | xax        | one that contains b
            {"not_contains":"a"}        | b              | bab        | one without a
            {"matches":"^[0-9]+$"}      | 12             | 12a        | one that matches ^[0-9]+$
            {"json":true}               | {"a":1}        | [1]        | a JSON object
            {"json":true}               | {}             | {} {}      | a JSON object
            {"json_keys":["a","b"]}     | {"b":1,"a":2}  | {"a":1}    | a JSON object with the key b
            {"min_words":2}             | a b            | ab         | at least 2 words
            {"max_words":2}             | a b            | a b c      | at most 2 words
            """)
    void holdsForOneAndNotForTheOther(String expect, String right, String wrong, String expected) throws Exception {
        Expectations expectations = Expectations.of(new ObjectMapper().readTree(expect));
        assertThat(expectations.problems(right)).isEmpty();
        assertThat(expectations.problems(wrong))
                .containsExactly("answer: expected " + expected + ", found " + wrong);
    }
}
