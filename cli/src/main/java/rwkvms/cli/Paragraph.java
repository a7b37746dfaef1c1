package rwkvms.cli;

/** Text in lines of a width. */
final class Paragraph {
    private Paragraph() {
    }

    /** Breaks the text at spaces, so that no line is longer than the width unless a word is. */
    static String of(String text, int width) {
        StringBuilder lines = new StringBuilder();
        int length = 0;
        for (String word : text.split(" ", -1)) {
            if (length > 0 && length + 1 + word.length() > width) {
                lines.append(System.lineSeparator());
                length = 0;
            } else if (length > 0) {
                lines.append(' ');
                length++;
            }
            lines.append(word);
            length += word.length();
        }
        return lines.toString();
    }
}
