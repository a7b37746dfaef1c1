package rwkvms.live.health;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A key that a server asks for. It goes to the server and nowhere else: no text of ours has it, and none of the server's. */
public final class ApiKey {
    private static final Pattern VISIBLE = Pattern.compile("[!-~]+");
    private static final String SHOWN = "[API key]";
    /** A shorter key, or one of letters alone, may be a word of an answer that has nothing to do with it. */
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

    /** A key of visible ASCII characters; {@link IllegalArgumentException}, which does not show it, for anything else. */
    public static ApiKey of(String key) {
        if (!VISIBLE.matcher(key).matches()) {
            throw new IllegalArgumentException("expected a key of visible ASCII characters, found "
                    + (key.isEmpty() ? "none" : "others in it"));
        }
        return new ApiKey(key);
    }

    /** Value of the header {@code Authorization}. */
    String header() {
        return "Bearer " + key;
    }

    /** A text without the key, as it is or as JSON writes it. */
    String hiddenIn(String text) {
        return written.matcher(text).replaceAll(SHOWN);
    }

    /** An answer without the key, where the key cannot be a word of it by chance; else without the header. */
    String hiddenInAnswer(String text) {
        return UNLIKE_A_WORD.matcher(key).matches() ? hiddenIn(text) : text.replace(header(), "Bearer " + SHOWN);
    }

    @Override
    public String toString() {
        return SHOWN;
    }
}
