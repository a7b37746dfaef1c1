package rwkvms.gguf;

/** A text as C sees it: it ends before its first NUL. ggml keeps tensor names and looks for keys that way. */
public final class CText {
    private CText() {
    }

    public static String of(String text) {
        int end = text.indexOf('\0');
        return end == -1 ? text : text.substring(0, end);
    }
}
