package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each expectation holds for one answer and not for another. */
final class ExpectationsTests {
    private static Expectations expectations(String json) throws IOException {
        return Expectations.of(new ObjectMapper().readTree(json));
    }

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
            {"max_words":0}             | ``            | a          | at most 0 words
            {"equals":""}               | ` `            | a          | the text
            {"equals":["a"," a "]}      | a              | b          | the text a
            {"matches":"^$"}            | ``            | a          | one that matches ^$
            {"matches":"^[ -~]*$"}      | a              | é          | one that matches ^[ -~]*$
            {"matches":"^(?!.*sorry)"}  | a              | a sorry    | one that matches ^(?!.*sorry)
            {"matches":"^.{0,3}$"}      | abc            | abcd       | one that matches ^.{0,3}$
            {"json":true}               | {"a":1}        | {"a":1,"a":2} | a JSON object
            """)
    void holdsForOneAndNotForTheOther(String expect, String right, String wrong, String expected) throws Exception {
        Expectations expectations = expectations(expect);
        assertThat(expectations.problems(right)).isEmpty();
        assertThat(expectations.problems(wrong))
                .containsExactly("answer: expected " + expected + ", found " + wrong);
    }

    /** A pattern that matches the empty text and every long text, but not all texts. */
    @Test
    void aGapBetweenLengthsIsAnExpectation() throws Exception {
        Expectations expectations = expectations("{\"matches\":\"(?s)^$|^.{3,}\"}");
        assertThat(expectations.problems("abc")).isEmpty();
        assertThat(expectations.problems("ab")).hasSize(1);
    }

    /** A maximum length is an expectation, however high it is and however it is written. */
    @ParameterizedTest
    @ValueSource(strings = {"(?s)^.{0,50000}$", "(?s)^(.|\\n){0,2000}$", "(?s)^(.|\\n)*x{0}$(?<!b)"})
    void aHighBoundIsOne(String regex) throws Exception {
        assertThat(Expectations.of(new ObjectMapper().createObjectNode().put("matches", regex)).problems("a"))
                .isEmpty();
    }

    /** Each rule reports its own problem. */
    @Test
    void problemsOfEveryRule() throws Exception {
        Expectations expectations = expectations("{\"contains\":[\"a\",\"b\"],\"max_words\":1}");
        assertThat(expectations.problems(" x y ")).containsExactly("answer: expected one that contains a, found x y",
                "answer: expected one that contains b, found x y", "answer: expected at most 1 words, found x y");
        assertThat(expectations.problems("")).containsExactly("answer: expected one that contains a, found nothing",
                "answer: expected one that contains b, found nothing");
    }

    /** A regular expression is matched against a limited text, so that it ends in time. */
    @Test
    void onlyTheBeginningOfALongAnswerIsJudged() throws Exception {
        Expectations expectations = expectations("{\"matches\":\"b\"}");
        assertThat(expectations.problems("a".repeat(99_999) + "b")).isEmpty();
        assertThat(expectations.problems("a".repeat(100_000) + "b")).hasSize(1);
    }

    /** An empty answer fails, unless it is expected. */
    @ParameterizedTest
    @ValueSource(strings = {"{\"not_contains\":\"a\"}", "{\"max_words\":1}", "{\"matches\":\"^(?!.*sorry)\"}"})
    void noAnswerIsNoneThatIsRight(String expect) throws Exception {
        assertThat(expectations(expect).problems(" \n"))
                .containsExactly("answer: expected some text, found nothing");
    }

    /** The other rules judge all of a long answer. */
    @Test
    void allOfALongAnswerIsJudged() throws Exception {
        String late = "a ".repeat(60_000) + "sorry";
        assertThat(expectations("{\"not_contains\":\"sorry\"}").problems(late))
                .hasSize(1);
        assertThat(expectations("{\"max_words\":60000}").problems(late)).hasSize(1);
        assertThat(expectations("{\"matches\":\"^(?!.*sorry)\"}").problems(late))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                     | expect: expected an object, found []
            {"like":"a"}           | expect: expected one of equals, contains, not_contains, matches, json, json_keys, min_words and max_words, found like
            {"equals":1}           | expect.equals: expected a text or a list of texts, found 1
            {"contains":["a",2]}   | expect.contains: expected a text or a list of texts, found 2
            {"matches":"("}        | expect.matches: expected a regular expression, found (: Unclosed group
            {"json":false}         | expect.json: expected true, found false
            {"json":"true"}        | expect.json: expected true, found "true"
            {"json_keys":{}}       | expect.json_keys: expected a text or a list of texts, found {}
            {}                     | expect: expected at least one expectation, found none
            {"contain":"a"}        | expect: expected one of equals, contains, not_contains, matches, json, json_keys, min_words and max_words, found contain
            {"equals":[]}          | expect.equals: expected a text or a list of texts, found []
            {"equals":null}        | expect.equals: expected a text or a list of texts, found null
            {"equals":["a","b"]}   | expect.equals: expected one text, found 2 different ones, of which an answer can be one alone
            {"contains":""}        | expect.contains: expected texts that are not empty, found ""
            {"contains":["a",""]}  | expect.contains: expected texts that are not empty, found ["a",""]
            {"not_contains":""}    | expect.not_contains: expected texts that are not empty, found ""
            {"json_keys":[]}       | expect.json_keys: expected a text or a list of texts, found []
            {"matches":""}         | expect.matches: expected a regular expression that some answer does not match, found nothing
            {"matches":"a*"}       | expect.matches: expected a regular expression that some answer does not match, found a*
            {"matches":"(yes)?"}   | expect.matches: expected a regular expression that some answer does not match, found (yes)?
            {"matches":"^.*"}      | expect.matches: expected a regular expression that some answer does not match, found ^.*
            {"matches":"[^a]*"}    | expect.matches: expected a regular expression that some answer does not match, found [^a]*
            {"matches":"$"}        | expect.matches: expected a regular expression that some answer does not match, found $
            {"matches":"^.{0,}"}   | expect.matches: expected a regular expression that some answer does not match, found ^.{0,}
            {"matches":"^.{0,3}"}  | expect.matches: expected a regular expression that some answer does not match, found ^.{0,3}
            {"matches":"(?s)^.{0,}$"} | expect.matches: expected a regular expression that some answer does not match, found (?s)^.{0,}$
            {"matches":"a{0,}$"}   | expect.matches: expected a regular expression that some answer does not match, found a{0,}$
            {"matches":"^(x{5})?"} | expect.matches: expected a regular expression that some answer does not match, found ^(x{5})?
            {"max_words":2147483647} | expect.max_words: expected a whole number of at most 100000, found 2147483647
            {"max_words":100001}   | expect.max_words: expected a whole number of at most 100000, found 100001
            {"min_words":100001}   | expect.min_words: expected a whole number of at most 100000, found 100001
            {"min_words":0}        | expect.min_words: expected a whole number of at least 1, found 0
            {"min_words":-1}       | expect.min_words: expected a whole number of at least 1, found -1
            {"max_words":1.5}      | expect.max_words: expected a whole number of at least 0, found 1.5
            """)
    void refusesWhatItDoesNotUnderstand(String expect, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> expectations(expect)).withMessage(problem);
    }
}
