package rwkvms.faults;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rwkvms.faults.Fault.Expectation;
import rwkvms.faults.Fault.Origin;

/**
 * Changes a C++ source mechanically, one place at a time: operators, constants, conditions, deleted statements. It knows the
 * style of these sources rather than the language: binary operators stand between blanks, and a statement to delete is one line.
 * Texts, comments, directives and the message of a failed check stay as they are.
 */
final class Mutator {
    private static final Map<String, String> OPERATORS = operators();
    private static final Pattern OPERATOR = Pattern.compile(" (\\+=|-=|<=|>=|==|!=|&&|\\|\\||[-+*/%<>]) ");
    private static final Pattern NUMBER = Pattern
            .compile("(?<![\\w.\"'])(\\d+\\.\\d+f?|\\d+e-\\d+f?|\\d+)(?![\\w.\"'>])");
    private static final Pattern STATEMENT = Pattern
            .compile("\\s+(?:\\+\\+)?[a-z]\\w*(?:(?:\\.|->)\\w+|\\[[^\\]]*\\])*(?: [-+]?= |\\().*;");
    private static final Pattern CONDITION = Pattern.compile("\\bif \\((.*)\\)( [^()]*;| \\{| return .*;|)$");
    /** Calls that have only the text of a failure behind their condition. */
    private static final Pattern CHECK = Pattern.compile("\\b(require|unless|fail)\\(");

    private final String file;
    private final FaultStage stage;
    private final List<String> lines;
    private final boolean[][] code; // by line and column
    private final List<Fault> mutants = new ArrayList<>();

    private Mutator(String file, FaultStage stage, String source) {
        this.file = file;
        this.stage = stage;
        this.lines = List.of(source.split("\n", -1));
        this.code = new Blank(lines).code();
    }

    private static Map<String, String> operators() {
        Map<String, String> operators = new LinkedHashMap<>();
        String[] pairs = {"+=", "-=", "-=", "+=", "<=", "<", ">=", ">", "==", "!=", "!=", "==", "&&", "||", "||", "&&",
                "+",
                "-", "-", "+", "*", "/", "/", "*", "%", "*", "<", "<=", ">", ">="};
        for (int i = 0; i < pairs.length; i += 2) {
            operators.put(pairs[i], pairs[i + 1]);
        }
        return operators;
    }

    /** All mutants of a source, in its order. */
    static List<Fault> of(String file, FaultStage stage, String source) {
        Mutator mutator = new Mutator(file, stage, source);
        for (int line = 0; line < mutator.lines.size(); line++) {
            mutator.mutate(line);
        }
        return mutator.mutants;
    }

    private void mutate(int line) {
        String text = lines.get(line);
        Matcher operator = OPERATOR.matcher(text);
        for (int from = 0; operator.find(from); from = operator.end() - 1) {
            replace(line, operator.start(1), operator.end(1), OPERATORS.getOrDefault(operator.group(1), ""));
        }
        Matcher number = NUMBER.matcher(text);
        while (number.find()) {
            replace(line, number.start(), number.end(), more(number.group()));
        }
        Matcher condition = CONDITION.matcher(text);
        if (condition.find() && balanced(condition.group(1))) {
            replace(line, condition.start(1), condition.end(1), "!(" + condition.group(1) + ")");
        }
        if (STATEMENT.matcher(text).matches() && balanced(text) && complete(line)) {
            replace(line, text.length() - text.stripLeading().length(), text.length(), "");
        }
    }

    private static String more(String number) {
        if (number.matches("\\d+")) {
            return "" + (Long.parseLong(number) + 1);
        }
        String suffix = number.endsWith("f") ? "f" : "";
        String value = number.substring(0, number.length() - suffix.length());
        return Double.parseDouble(value) == 0 ? "1.0" + suffix : "(3 * " + value + suffix + ")";
    }

    private static boolean balanced(String text) {
        int depth = 0;
        for (char c : text.toCharArray()) {
            depth += c == '(' || c == '{' ? 1 : c == ')' || c == '}' ? -1 : 0;
            if (depth < 0) {
                return false;
            }
        }
        return depth == 0;
    }

    /** Whether a statement may begin on this line: the line before ends a statement or opens a block. */
    private boolean complete(int line) {
        String before = line == 0 ? "" : lines.get(line - 1).replaceFirst("//.*", "").strip();
        return before.isEmpty() || before.endsWith(";") || before.endsWith("{") || before.endsWith("}")
                || before.endsWith(":");
    }

    private void replace(int line, int start, int end, String with) {
        for (int i = start; i < end; i++) {
            if (!code[line][i] && !Character.isWhitespace(lines.get(line).charAt(i)) && end - start < 4) {
                return;
            }
        }
        String text = lines.get(line);
        if (!code[line][start]) {
            return;
        }
        List<String> all = new ArrayList<>(lines);
        all.set(line, text.substring(0, start) + with + text.substring(end));
        String changed = all.get(line).strip();
        String name = file + ":" + (line + 1) + ":" + (start + 1);
        mutants.add(new Fault(name.replace(':', '-').replace('.', '-'), stage,
                name + ": " + text.strip() + " becomes " + (changed.isEmpty() ? "nothing" : changed), "",
                List.of(new Edit(file, String.join("\n", lines), String.join("\n", all))), Expectation.KILLED,
                Optional.empty(), false, Origin.TESTS, true));
    }

    /** Which characters are code that a mutant may touch. */
    private static final class Blank {
        private final List<String> lines;
        private final boolean[][] code;
        private int depth; // of parentheses within the text of a check; 0: outside
        private boolean text; // behind the condition of a check

        Blank(List<String> lines) {
            this.lines = lines;
            this.code = new boolean[lines.size()][];
        }

        boolean[][] code() {
            for (int line = 0; line < lines.size(); line++) {
                String source = lines.get(line);
                code[line] = new boolean[source.length()];
                if (!source.startsWith("#") && !source.startsWith("template")) {
                    walk(source, code[line]);
                }
            }
            return code;
        }

        private void walk(String source, boolean[] marks) {
            char quote = 0;
            for (int i = 0; i < source.length(); i++) {
                char c = source.charAt(i);
                if (quote != 0) {
                    if (c == '\\') {
                        i++;
                    } else if (c == quote) {
                        quote = 0;
                    }
                    continue;
                }
                if (source.startsWith("//", i)) {
                    return;
                }
                if (c == '"' || c == '\'') {
                    quote = c;
                    continue;
                }
                Matcher check = CHECK.matcher(source).region(i, source.length());
                if (depth == 0 && check.lookingAt()) {
                    text = check.group(1).equals("fail");
                    depth = 1;
                    i = check.end() - 1;
                    continue;
                }
                if (depth > 0) {
                    depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
                    text = depth > 0 && (text || (c == ',' && depth == 1));
                }
                marks[i] = !text;
            }
        }
    }
}
