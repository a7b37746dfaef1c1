package rwkvms.gguf;

import java.util.Locale;

/** Text of a file made safe for a message: quoted, control characters escaped, cut after some length. */
public final class Quote {
    /** Characters shown of a text: enough for every key, tensor name and hash, too few to flood a log. */
    public static final int MAX_SHOWN = 96;

    private Quote() {
    }

    public static String of(String text) {
        if (text.length() <= MAX_SHOWN && isPlain(text)) {
            return '"' + text + '"';
        }
        StringBuilder shown = new StringBuilder().append('"');
        int length = Math.min(text.length(), MAX_SHOWN);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                shown.append('\\').append(c);
            } else if (i + 1 < length && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                shown.append(c).append(text.charAt(++i));
            } else if (Character.isSurrogate(c) || c < ' ' || (c >= 0x7f && c < 0xa0)
                    || Character.getType(c) == Character.FORMAT
                    || c == '\u2028' || c == '\u2029') {
                shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        shown.append('"');
        return text.length() > length ? shown + "… (" + text.length() + " characters)" : shown.toString();
    }

    /** Nearly every text: nothing of it is escaped. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
