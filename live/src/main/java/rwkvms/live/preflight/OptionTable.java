package rwkvms.live.preflight;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import rwkvms.live.preflight.ServerOption.Form;

/** The table of options, read from a text whose head explains its format. */
final class OptionTable {
    private static final String RESOURCE = "llama-server-options.txt";
    private static final String EMPTY = "\"\"";
    private static final Pattern BLANKS = Pattern.compile(" +");

    private final List<ServerOption> options = new ArrayList<>();
    private final Map<String, ServerOption> bySpelling = new HashMap<>();
    private final Map<String, ServerOption> byVariable = new HashMap<>();
    private final Map<String, ServerOption> byKey = new HashMap<>();
    private final Map<String, ServerOption> byName = new HashMap<>();

    private Judgement judgement = Judgement.HARMLESS;
    private @Nullable LaunchRule rule;

    private OptionTable() {
    }

    static OptionTable ofResource() {
        try (InputStream bytes = OptionTable.class.getResourceAsStream(RESOURCE)) {
            if (bytes == null) {
                throw new IllegalStateException(RESOURCE + " is not beside its class");
            }
            return of(new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8)).lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static OptionTable of(List<String> lines) {
        OptionTable table = new OptionTable();
        lines.stream().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(table::read);
        return table;
    }

    private void read(String line) {
        if (line.startsWith("[")) {
            List<String> head = words(line.substring(1, line.indexOf(']')));
            judgement = Judgement.valueOf(head.getFirst().toUpperCase(Locale.ROOT));
            rule = head.size() > 1 ? LaunchRule.valueOf(head.getLast()) : null;
        } else {
            add(option(line));
        }
    }

    private static List<String> words(String line) {
        return BLANKS.splitAsStream(line).toList();
    }

    private ServerOption option(String line) {
        String name = "";
        List<String> on = new ArrayList<>();
        List<String> off = new ArrayList<>();
        List<String> right = new ArrayList<>();
        List<String> spellings = on;
        String variable = "";
        String form = "";
        for (String word : words(line)) {
            if (word.endsWith(":")) {
                name = word.substring(0, word.length() - 1);
            } else if (word.equals("/")) {
                spellings = off;
            } else if (word.equals("=")) {
                spellings = right;
            } else if (word.startsWith("$")) {
                variable = word.substring(1);
            } else if (form.isEmpty()) {
                form = word;
            } else {
                spellings.add(word.equals(EMPTY) ? "" : word);
            }
        }
        return new ServerOption(name, Form.valueOf(form.toUpperCase(Locale.ROOT)), List.copyOf(on), List.copyOf(off),
                variable, judgement, rule, List.copyOf(right));
    }

    private void add(ServerOption option) {
        options.add(option);
        for (String spelling : option.spellings()) {
            once(bySpelling, spelling, option);
            once(byKey, spelling.replaceFirst("^-+", ""), option);
        }
        if (!option.variable().isEmpty()) {
            for (String variable : variables(option)) {
                once(byVariable, variable, option);
                once(byKey, variable, option);
            }
        }
        if (!option.name().isEmpty()) {
            once(byName, option.name(), option);
        }
    }

    private static List<String> variables(ServerOption option) {
        String variable = option.variable();
        return option.form() == Form.SWITCH
                ? List.of(variable, ServerOption.negative(variable))
                : List.of(variable);
    }

    private static void once(Map<String, ServerOption> options, String key, ServerOption option) {
        ServerOption before = options.put(key, option);
        if (before != null && !before.equals(option)) {
            throw new IllegalStateException(key + " stands twice in " + RESOURCE);
        }
    }

    List<ServerOption> options() {
        return List.copyOf(options);
    }

    ServerOption named(String name) {
        ServerOption option = byName.get(name);
        if (option == null) {
            throw new IllegalStateException(RESOURCE + " names no " + name);
        }
        return option;
    }

    Optional<ServerOption> spelled(String spelling) {
        return Optional.ofNullable(bySpelling.get(spelling));
    }

    Optional<ServerOption> setBy(String variable) {
        return Optional.ofNullable(byVariable.get(variable));
    }

    Optional<ServerOption> keyed(String key) {
        return Optional.ofNullable(byKey.get(key));
    }
}
