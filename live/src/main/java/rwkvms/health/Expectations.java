package rwkvms.health;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What an answer must be: {@code equals}, {@code contains}, {@code not_contains}, {@code matches} (a regular expression found
 * somewhere), {@code json} (the whole answer is a JSON object), {@code json_keys}, {@code min_words}, {@code max_words}.
 */
public final class Expectations {
    /** A regular expression is given no more: it may take time that grows as a power of the text. */
    private static final int MOST_MATCHED = 100_000;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final List<Rule> rules = new ArrayList<>();

    /** Says what is wrong with an answer, or nothing. */
    private interface Rule {
        String problem(String answer);
    }

    private Expectations() {
    }

    /** Of a suite's line; {@link IllegalArgumentException} where it cannot be understood. */
    static Expectations of(JsonNode expect) {
        if (!expect.isObject()) {
            throw new IllegalArgumentException("expect: expected an object, found " + Reply.shown(expect.toString()));
        }
        Expectations expectations = new Expectations();
        for (Iterator<Map.Entry<String, JsonNode>> fields = expect.properties().iterator(); fields.hasNext();) {
            Map.Entry<String, JsonNode> field = fields.next();
            expectations.add(field.getKey(), field.getValue());
        }
        return expectations;
    }

    private void add(String name, JsonNode value) {
        switch (name) {
            case "equals" -> texts(name, value).forEach(text -> rule(text.strip()::equals, "the text " + text.strip()));
            case "contains" -> texts(name, value).forEach(text -> rule(answer -> answer.contains(text),
                    "one that contains " + text));
            case "not_contains" -> texts(name, value).forEach(text -> rule(answer -> !answer.contains(text),
                    "one without " + text));
            case "matches" -> texts(name, value).forEach(this::addPattern);
            case "json" -> {
                if (!value.isBoolean() || !value.asBoolean()) {
                    throw wrong(name, "true", value);
                }
                rule(answer -> parsed(answer).isObject(), "a JSON object");
            }
            case "json_keys" -> texts(name, value).forEach(key -> rule(answer -> parsed(answer).has(key),
                    "a JSON object with the key " + key));
            case "min_words" -> {
                int least = whole(name, value);
                rule(answer -> words(answer) >= least, "at least " + least + " words");
            }
            case "max_words" -> {
                int most = whole(name, value);
                rule(answer -> words(answer) <= most, "at most " + most + " words");
            }
            default -> throw new IllegalArgumentException("expect: expected one of equals, contains, not_contains, "
                    + "matches, json, json_keys, min_words and max_words, found " + Reply.shown(name));
        }
    }

    private void addPattern(String regex) {
        try {
            Pattern pattern = Pattern.compile(regex);
            rule(answer -> pattern.matcher(answer).find(), "one that matches " + regex);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("expect.matches: expected a regular expression, found "
                    + Reply.shown(regex) + ": " + e.getDescription(), e);
        }
    }

    private void rule(Predicate<String> holds, String expected) {
        rules.add(answer -> holds.test(answer)
                ? ""
                : "answer: expected " + Reply.shown(expected) + ", found "
                        + Reply.shown(answer));
    }

    private static List<String> texts(String name, JsonNode value) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : value.isArray() ? value : List.of(value)) {
            if (!text.isTextual()) {
                throw wrong(name, "a text or a list of texts", text);
            }
            texts.add(text.asText());
        }
        return texts;
    }

    private static int whole(String name, JsonNode value) {
        if (!value.isInt() || value.asInt() < 0) {
            throw wrong(name, "a whole number of at least 0", value);
        }
        return value.asInt();
    }

    private static IllegalArgumentException wrong(String name, String expected, JsonNode found) {
        return new IllegalArgumentException(
                "expect." + name + ": expected " + expected + ", found " + Reply.shown(found.toString()));
    }

    private static JsonNode parsed(String answer) {
        try {
            return JSON.readTree(answer);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    private static long words(String answer) {
        return Pattern.compile("\\s+").splitAsStream(answer.strip()).filter(word -> !word.isEmpty()).count();
    }

    /** What is wrong with an answer; nothing where all holds. */
    public List<String> problems(String answer) {
        String judged = answer.strip();
        String bounded = judged.length() <= MOST_MATCHED ? judged : judged.substring(0, MOST_MATCHED);
        return rules.stream().map(rule -> rule.problem(bounded)).filter(problem -> !problem.isEmpty()).toList();
    }
}
