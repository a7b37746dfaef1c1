package rwkvms.live.health;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A key that a server asks for. It goes to the server and nowhere else: no text that we show contains it. */
public final class ApiKey {
    private static final Pattern VISIBLE = Pattern.compile("[!-~]+");
    private static final String SHOWN = "[API key]";
    /** A key that no answer contains by chance; a shorter one, or one of letters alone, may be an ordinary word. */
    private static final Pattern UNLIKE_A_WORD = Pattern.compile("(?=.*[^A-Za-z]).{8,}");

    private final String key;
    private final Pattern written;

    private ApiKey(String key) {
        this.key = key;
        this.written = Pattern.compile(key.chars().mapToObj(ApiKey::written).collect(Collectors.joining()));
    }

    /** A character as it is, and as JSON may write it. */
    private static String written(int character) {
        String plain = Pattern.quote(Character.toString(character));
        return String.format(Locale.ROOT, "(?:%s|\\\\%s|\\\\u(?i:%04x))", plain, plain, character);
    }

    /** A key of visible ASCII characters; anything else is an {@link IllegalArgumentException} that does not show it. */
    public static ApiKey of(String key) {
        if (!VISIBLE.matcher(key).matches()) {
            throw new IllegalArgumentException("expected a key of visible ASCII characters, found "
                    + (key.isEmpty() ? "none" : "others in it"));
        }
        return new ApiKey(key);
    }

    String header() {
        return "Bearer " + key;
    }

    /** The text without the key, plain or as JSON writes it. */
    String hiddenIn(String text) {
        return written.matcher(text).replaceAll(SHOWN);
    }

    /** The answer without the key; without the header alone if the key may be a word of the answer by chance. */
    String hiddenInAnswer(String text) {
        return UNLIKE_A_WORD.matcher(key).matches() ? hiddenIn(text) : text.replace(header(), "Bearer " + SHOWN);
    }

    @Override
    public String toString() {
        return SHOWN;
    }
}
