package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import rwkvms.gguf.Quote;

/**
 * JSON text as Python's {@code json.dumps} writes it, byte for byte: every character outside printable ASCII is escaped as
 * {@code \}{@code uXXXX} unless said otherwise, and floats are written as {@code repr} gives them.
 *
 * <p>{@code 16} stays an integer, and {@code 16.0} a float.
 */
public final class PythonJson {
    /** Order of the keys of objects: by code points ({@code sort_keys=True}), or as they are given. */
    public enum Keys {
        SORTED, AS_GIVEN
    }

    /** Exponents below this one, and from {@link #FIRST_LARGE_EXPONENT} on, are written with an {@code e}. */
    private static final int MIN_PLAIN_EXPONENT = -4;
    private static final int FIRST_LARGE_EXPONENT = 16;

    private PythonJson() {
    }

    /**
     * Layout of the text at one level.
     *
     * @param wanted how many characters of the whole text are of use; what members and elements follow are left out
     */
    private record Layout(Keys keys, boolean ascii, String newline, int wanted) {
        static Layout compact(Keys keys, int wanted) {
            return new Layout(keys, true, "", wanted);
        }

        Layout deeper() {
            return newline.isEmpty() ? this : new Layout(keys, ascii, newline + INDENT, wanted);
        }

        boolean isEnough(StringBuilder out) {
            return out.length() > wanted;
        }
    }

    private static final String INDENT = "  ";

    /**
     * The text of a checkpoint's JSON file (sidecar.md, "Round trip"): {@code indent=2, sort_keys=True, ensure_ascii=False} and
     * a final newline. A surrogate without its partner, which UTF-8 cannot have, stays escaped.
     */
    public static String indented(JsonNode node) {
        StringBuilder out = new StringBuilder();
        write(out, node, new Layout(Keys.SORTED, false, "\n", Integer.MAX_VALUE));
        return out.append('\n').toString();
    }

    /** The text without blanks: {@code separators=(",", ":")}. */
    public static String compact(JsonNode node, Keys keys) {
        return compact(node, keys, Integer.MAX_VALUE);
    }

    private static String compact(JsonNode node, Keys keys, int wanted) {
        StringBuilder out = new StringBuilder();
        write(out, node, Layout.compact(keys, wanted));
        return out.toString();
    }

    /** A value for a message: its compact text in ASCII, cut if it is long. */
    public static String shown(JsonNode value) {
        String text = value.isMissingNode() ? "none" : compact(value, Keys.AS_GIVEN, Quote.MAX_SHOWN);
        return text.length() <= Quote.MAX_SHOWN ? text : text.substring(0, Quote.MAX_SHOWN) + "…";
    }

    /** A text as a JSON string. */
    public static String quoted(String text) {
        StringBuilder out = new StringBuilder();
        string(out, text, true);
        return out.toString();
    }

    private static void write(StringBuilder out, JsonNode node, Layout layout) {
        switch (node.getNodeType()) {
            case OBJECT -> object(out, node, layout);
            case ARRAY -> array(out, node, layout);
            case STRING -> string(out, node.textValue(), layout.ascii());
            case BOOLEAN, NULL -> out.append(node.asText());
            case NUMBER -> out.append(node.isIntegralNumber()
                    ? node.bigIntegerValue().toString()
                    : repr(node.doubleValue()));
            default -> throw new IllegalArgumentException("expected a JSON value, found " + node.getNodeType());
        }
    }

    private static void object(StringBuilder out, JsonNode node, Layout layout) {
        List<Map.Entry<String, JsonNode>> members = new ArrayList<>(node.properties());
        if (layout.keys() == Keys.SORTED) {
            members.sort(Map.Entry.comparingByKey(BY_CODE_POINT));
        }
        Layout inner = layout.deeper();
        String separator = "{";
        for (Map.Entry<String, JsonNode> member : members) {
            out.append(separator).append(inner.newline());
            string(out, member.getKey(), layout.ascii());
            out.append(layout.newline().isEmpty() ? ":" : ": ");
            write(out, member.getValue(), inner);
            separator = ",";
            if (layout.isEnough(out)) {
                return;
            }
        }
        out.append(members.isEmpty() ? "{}" : layout.newline() + "}");
    }

    private static void array(StringBuilder out, JsonNode node, Layout layout) {
        Layout inner = layout.deeper();
        String separator = "[";
        for (JsonNode element : node) {
            out.append(separator).append(inner.newline());
            write(out, element, inner);
            separator = ",";
            if (layout.isEnough(out)) {
                return;
            }
        }
        out.append(node.isEmpty() ? "[]" : layout.newline() + "]");
    }

    private static void string(StringBuilder out, String text, boolean ascii) {
        out.append('"');
        int plain = 0; // from here to i nothing is escaped
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String escape = switch (c) {
                case '"' -> "\\\"";
                case '\\' -> "\\\\";
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                case '\t' -> "\\t";
                case '\b' -> "\\b";
                case '\f' -> "\\f";
                default -> c < ' ' || (c > '~' && (ascii || isLone(text, i)))
                        ? String.format(Locale.ROOT, "\\u%04x", (int) c)
                        : "";
            };
            if (!escape.isEmpty()) {
                out.append(text, plain, i).append(escape);
                plain = i + 1;
            }
        }
        out.append(text, plain, text.length()).append('"');
    }

    /** Whether the surrogate at {@code i} lacks its partner. */
    private static boolean isLone(String text, int i) {
        char c = text.charAt(i);
        boolean before = i > 0 && Character.isSurrogatePair(text.charAt(i - 1), c);
        boolean behind = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
        return Character.isSurrogate(c) && !before && !behind;
    }

    /** The shortest decimal that reads back as {@code value}, in Python's notation: 16.0, 1e-06, 1.5e+20. */
    static String repr(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("expected a finite number, found " + value);
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        if (exponent >= MIN_PLAIN_EXPONENT && exponent < FIRST_LARGE_EXPONENT) {
            return sign + shortest.setScale(Math.max(1, shortest.scale()), RoundingMode.UNNECESSARY).toPlainString();
        }
        String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
        return sign + digits.charAt(0) + fraction + "e" + String.format(Locale.ROOT, "%+03d", exponent);
    }

    /** {@link Double#toString} gives the shortest digits too, but never fewer than two: 4.9E-324 for 5e-324. */
    private static BigDecimal shortest(double value) {
        BigDecimal one = new BigDecimal(value).round(new MathContext(1, RoundingMode.HALF_EVEN));
        return (one.doubleValue() == value ? one : new BigDecimal(Double.toString(value))).stripTrailingZeros();
    }

    /** Order of Python strings, which differs from {@link String#compareTo} if surrogates meet U+E000 and above. */
    private static final Comparator<String> BY_CODE_POINT = (left, right) -> {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean bothOrNone = Character.isSurrogate(a) == Character.isSurrogate(b);
                return bothOrNone ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    };
}
