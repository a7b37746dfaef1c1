package rwkvms.live.preflight;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What {@code env} in front of a command does to its variables: {@code env [-i] [-u NAME]… [NAME=VALUE]… COMMAND}. If
 * it has other options, it is not a prefix but the program itself, which nobody judges.
 *
 * @param options     as they were written
 * @param assignments what it sets
 * @param environment the variables that the command sees
 * @param command     the words after it
 */
record EnvironmentPrefix(List<String> options, Map<String, String> assignments, Map<String, String> environment,
        List<String> command) {
    private static final String NAME = "env";
    private static final Set<String> IGNORE = Set.of("-i", "-", "--ignore-environment");
    private static final Set<String> UNSET = Set.of("-u", "--unset");
    private static final Pattern UNSET_JOINED = Pattern.compile("(-u|--unset=)([^=]+)");
    private static final Pattern ASSIGNMENT = Pattern.compile("([^-=][^=]*)=(.*)", Pattern.DOTALL);

    static EnvironmentPrefix of(List<String> words, Map<String, String> environment) {
        EnvironmentPrefix none = new EnvironmentPrefix(List.of(), Map.of(), environment, words);
        if (!isEnv(words.getFirst())) {
            return none;
        }
        EnvironmentPrefix read = new EnvironmentPrefix(new ArrayList<>(), new LinkedHashMap<>(),
                new LinkedHashMap<>(environment), new ArrayList<>());
        int i = 1;
        while (i < words.size() && words.get(i).startsWith("-")) {
            int used = read.option(words.subList(i, words.size()));
            if (used == 0) {
                return none;
            }
            i += used;
        }
        while (i < words.size() && read.assignment(words.get(i))) {
            i++;
        }
        read.command.addAll(words.subList(i, words.size()));
        return read.command.isEmpty() ? none : read;
    }

    private static boolean isEnv(String program) {
        try {
            return Path.of(program).endsWith(NAME);
        } catch (InvalidPathException noName) {
            return false;
        }
    }

    /** Reads an option, and returns the number of its words; 0 if it is unknown. */
    private int option(List<String> words) {
        String word = words.getFirst();
        int used = 0;
        if (IGNORE.contains(word)) {
            environment.clear();
            used = 1;
        } else if (UNSET.contains(word) && words.size() > 1) {
            environment.remove(words.get(1));
            used = 2;
        } else if (UNSET_JOINED.matcher(word).matches()) {
            environment.remove(UNSET_JOINED.matcher(word).replaceFirst("$2"));
            used = 1;
        }
        options.addAll(words.subList(0, used));
        return used;
    }

    private boolean assignment(String word) {
        int equals = word.indexOf('=');
        if (!ASSIGNMENT.matcher(word).matches()) {
            return false;
        }
        assignments.put(word.substring(0, equals), word.substring(equals + 1));
        environment.put(word.substring(0, equals), word.substring(equals + 1));
        return true;
    }

    /** The words of this prefix without some variables; empty if nothing is left to do. */
    List<String> without(List<String> variables) {
        List<String> words = new ArrayList<>(options);
        variables.stream().filter(variable -> !assignments.containsKey(variable))
                .forEach(variable -> words.addAll(List.of("-u", variable)));
        assignments.forEach((name, value) -> {
            if (!variables.contains(name)) {
                words.add(name + "=" + value);
            }
        });
        if (!words.isEmpty()) {
            words.addFirst(NAME);
        }
        return words;
    }
}
