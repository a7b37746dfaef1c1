package rwkvms.live.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Expectations of an answer: {@code equals}, {@code contains}, {@code not_contains}, {@code matches} (a regular
 * expression found somewhere), {@code json} (the whole answer is a JSON object), {@code json_keys}, {@code min_words},
 * {@code max_words}.
 */
public final class Expectations {
    /** A longer answer matches nothing: the time of a regular expression may grow as a power of the length. */
    private static final int MAX_MATCHED = 100_000;
    /** No answer has more words, so a higher bound says nothing. */
    private static final int MAX_WORDS = 100_000;
    private static final ObjectMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** A sample with every character of one byte, some of more bytes, and two line ends. */
    private static final String ODD = IntStream.rangeClosed(0, 0xFF)
            .mapToObj(Character::toString).collect(Collectors.joining()) + "\u4e00\n\ud83d\ude00\n.";
    /** Anchors: a pattern with one may match the empty text and yet not match another. */
    private static final Pattern PLACED = Pattern.compile("\\^|\\$|\\\\[bBAzZG]|\\(\\?<?[=!]");
    /** Lookarounds: no sample shows what a pattern with one matches. */
    private static final Pattern LOOKING = Pattern.compile("\\(\\?<?[=!]");
    /**
     * Bounds of a length, and lookarounds: a pattern with one does not allow an empty answer only because it matches
     * the empty text.
     */
    private static final Pattern MEASURED = Pattern.compile("\\{|\\(\\?<?[=!]");

    private final List<Rule> rules = new ArrayList<>();

    /**
     * A rule that an answer must keep.
     *
     * @param empty whether the rule itself asks for an empty answer or allows it
     */
    private record Rule(Predicate<String> holds, String expected, boolean empty) {
        String problem(String answer) {
            return holds.test(answer)
                    ? ""
                    : "answer: expected " + Reply.shown(expected) + ", found " + Reply.shown(answer);
        }
    }

    private Expectations() {
    }

    /** Reads the expectations of a suite's line; {@link IllegalArgumentException} if they cannot be understood. */
    static Expectations of(JsonNode expect) {
        if (!expect.isObject()) {
            throw new IllegalArgumentException("expect: expected an object, found " + Reply.shown(expect.toString()));
        }
        if (expect.isEmpty()) {
            throw new IllegalArgumentException("expect: expected at least one expectation, found none");
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
            case "equals" -> addText(texts(name, value));
            case "contains" -> filled(name, value).forEach(text -> rule(answer -> answer.contains(text),
                    "one that contains " + text));
            case "not_contains" -> filled(name, value).forEach(text -> rule(answer -> !answer.contains(text),
                    "one without " + text));
            case "matches" -> texts(name, value).forEach(this::addPattern);
            case "json" -> {
                if (!value.isBoolean() || !value.asBoolean()) {
                    throw wrong(name, "true", value);
                }
                rule(answer -> parsed(answer).isObject(), "a JSON object");
            }
            case "json_keys" -> filled(name, value).forEach(key -> rule(answer -> parsed(answer).has(key),
                    "a JSON object with the key " + key));
            case "min_words" -> {
                int min = whole(name, value, 1);
                rule(answer -> words(answer) >= min, "at least " + min + " words");
            }
            case "max_words" -> {
                int max = whole(name, value, 0);
                rules.add(new Rule(answer -> words(answer) <= max, "at most " + max + " words", max == 0));
            }
            default -> throw new IllegalArgumentException("expect: expected one of equals, contains, not_contains, "
                    + "matches, json, json_keys, min_words and max_words, found " + Reply.shown(name));
        }
    }

    private void addText(List<String> texts) {
        List<String> different = texts.stream().map(String::strip).distinct().toList();
        if (different.size() > 1) {
            throw new IllegalArgumentException("expect.equals: expected one text, found " + different.size()
                    + " different ones, of which an answer can be one alone");
        }
        String text = different.getFirst();
        rules.add(new Rule(text::equals, "the text " + text, text.isEmpty()));
    }

    private void addPattern(String regex) {
        try {
            Pattern pattern = Pattern.compile(regex);
            if (isFoundEverywhere(pattern)) {
                throw new IllegalArgumentException(
                        "expect.matches: expected a regular expression that some answer does "
                                + "not match, found " + Reply.shown(regex));
            }
            rules.add(new Rule(answer -> isFound(pattern, answer), "one that matches " + regex,
                    !MEASURED.matcher(regex).find() && pattern.matcher("").find()));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("expect.matches: expected a regular expression, found "
                    + Reply.shown(regex) + ": " + e.getDescription(), e);
        }
    }

    private static boolean isFound(Pattern pattern, String answer) {
        return answer.length() <= MAX_MATCHED && pattern.matcher(answer).find();
    }

    /**
     * Whether every answer matches a pattern: it matches the empty text, and so any place. A pattern with anchors is
     * tried.
     */
    private static boolean isFoundEverywhere(Pattern pattern) {
        boolean inNothing = pattern.matcher("").find();
        boolean placed = PLACED.matcher(pattern.pattern()).find();
        return inNothing && (!placed || (!LOOKING.matcher(pattern.pattern()).find() && isFoundAtEveryLength(pattern)));
    }

    /** Whether a pattern is found in samples of every short length and in the longest text that is judged. */
    private static boolean isFoundAtEveryLength(Pattern pattern) {
        try {
            return IntStream.rangeClosed(1, ODD.length()).allMatch(end -> pattern.matcher(ODD.substring(0, end)).find())
                    && pattern.matcher(ODD.repeat(MAX_MATCHED / ODD.length())).find();
        } catch (StackOverflowError tooLong) {
            // java.util.regex recurses for every repetition of a group: long answers do not match such a pattern
            return false;
        }
    }

    private void rule(Predicate<String> holds, String expected) {
        rules.add(new Rule(holds, expected, false));
    }

    /** Texts that are not empty: every answer contains an empty one. */
    private static List<String> filled(String name, JsonNode value) {
        List<String> texts = texts(name, value);
        if (texts.contains("")) {
            throw wrong(name, "texts that are not empty", value);
        }
        return texts;
    }

    private static List<String> texts(String name, JsonNode value) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : value.isArray() ? value : List.of(value)) {
            if (!text.isTextual()) {
                throw wrong(name, "a text or a list of texts", text);
            }
            texts.add(text.asText());
        }
        if (texts.isEmpty()) {
            throw wrong(name, "a text or a list of texts", value);
        }
        return texts;
    }

    private static int whole(String name, JsonNode value, int min) {
        if (!value.isInt() || value.asInt() < min) {
            throw wrong(name, "a whole number of at least " + min, value);
        }
        if (value.asInt() > MAX_WORDS) {
            throw wrong(name, "a whole number of at most " + MAX_WORDS, value);
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

    /** The problems of an answer; none if every rule holds. An empty answer is a problem unless a rule allows it. */
    public List<String> problems(String answer) {
        String judged = answer.strip();
        List<String> problems = rules.stream().map(rule -> rule.problem(judged))
                .filter(problem -> !problem.isEmpty()).toList();
        return problems.isEmpty() && judged.isEmpty() && rules.stream().noneMatch(Rule::empty)
                ? List.of("answer: expected some text, found nothing")
                : problems;
    }
}
