package rwkvms.pipe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A command line in words, as a shell takes it apart: blanks part words, quotes and backslashes keep them together. */
final class CommandWords {
    private final String line;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean begun;

    private CommandWords(String line) {
        this.line = line;
    }

    /** The words of a line; {@link IllegalArgumentException} if there is none, or a quote has no end. */
    static List<String> of(String line) {
        return new CommandWords(line).words();
    }

    private List<String> words() {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            switch (c) {
                case ' ', '\t', '\n' -> end();
                case '\'', '"' -> i = quoted(i);
                case '\\' -> add(i + 1 < line.length() ? line.charAt(++i) : c);
                default -> add(c);
            }
        }
        end();
        if (words.isEmpty()) {
            throw new IllegalArgumentException("expected a program and its arguments, found none");
        }
        return List.copyOf(words);
    }

    /** Adds what stands in quotes, and returns the place of the second one. */
    private int quoted(int first) {
        char quote = line.charAt(first);
        int i = first + 1;
        for (begun = true; i < line.length() && line.charAt(i) != quote; i++) {
            boolean escaped = quote == '"' && line.charAt(i) == '\\' && i + 1 < line.length()
                    && "\"\\".indexOf(line.charAt(i + 1)) >= 0;
            add(line.charAt(escaped ? ++i : i));
        }
        if (i == line.length()) {
            throw new IllegalArgumentException("expected a second " + quote + ", found the end of: " + line);
        }
        return i;
    }

    private void add(char c) {
        word.append(c);
        begun = true;
    }

    private void end() {
        if (begun) {
            words.add(word.toString());
        }
        word.setLength(0);
        begun = false;
    }

    /** The words that are files: the program if it is named by its path, and its script. */
    static List<Path> files(List<String> words) {
        return words.stream().filter(word -> !word.startsWith("-")).map(Path::of).filter(Files::isRegularFile).toList();
    }

    /** The name in verdicts: that of the first file behind the program, or of the program itself. */
    static String label(List<String> words) {
        List<Path> arguments = files(words.subList(1, words.size()));
        return String.valueOf((arguments.isEmpty() ? Path.of(words.getFirst()) : arguments.getFirst()).getFileName());
    }
}
