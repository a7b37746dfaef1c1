package rwkvms.live.preflight;

import java.util.ArrayList;

import java.util.List;
import java.util.Optional;

import java.util.regex.Pattern;
import rwkvms.live.preflight.ServerOption.Form;

/**
 * The words of a command line, read as llama.cpp reads them.
 *
 * @param settings in order; an option that is given twice has two
 * @param others   the words that no rule would change, in order
 * @param joined   words such as {@code --parallel=1}, which llama-server refuses
 * @param unended  a last option whose value is missing
 * @param unknown  words that look like options but are not in the table
 * @param strays   words that are neither options nor possible values
 */
record CommandWords(List<OptionSetting> settings, List<String> others, List<String> joined, List<String> unended,
        List<String> unknown, List<String> strays) {
    private static final Pattern OPTION = Pattern.compile("--?[A-Za-z].*", Pattern.DOTALL);

    static CommandWords of(List<String> words) {
        CommandWords read = new CommandWords(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(),
                new ArrayList<>(), new ArrayList<>());
        boolean mayBeValue = false;
        int i = 0;
        while (i < words.size()) {
            String word = words.get(i);
            int equals = word.startsWith("-") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Optional<ServerOption> spelled = ServerOption.spelledBy(name);
            if (spelled.isPresent()) {
                i += equals < 0
                        ? read.option(spelled.get(), words.subList(i, words.size()))
                        : read.joined(spelled.get(), word);
                mayBeValue = false;
            } else {
                mayBeValue = read.other(word, mayBeValue);
                i++;
            }
        }
        return read;
    }

    /** Reads an option and its values, and returns the number of words. */
    private int option(ServerOption option, List<String> words) {
        String word = words.getFirst();
        int wanted = switch (option.form()) {
            case VALUE -> 1;
            case PAIR -> 2;
            case FLAG, SWITCH -> 0;
            case ANY -> words.size() > 1 && !words.get(1).startsWith("-") ? 1 : 0;
        };
        int end = Math.min(words.size(), 1 + wanted);
        boolean ended = end == 1 + wanted;
        if (!ended) {
            unended.add(word);
        }
        String value = switch (option.form()) {
            case SWITCH -> option.turnsOff(ServerOption.canonical(word)) ? OptionSetting.OFF : OptionSetting.ON;
            case FLAG -> OptionSetting.ON;
            case VALUE, PAIR, ANY -> String.join(" ", words.subList(1, end));
        };
        settings.add(OptionSetting.ofWord(option, word, value));
        if (ended && !option.judgement().isChanged()) {
            others.addAll(words.subList(0, end));
        }
        return end;
    }

    private int joined(ServerOption option, String word) {
        int equals = word.indexOf('=');
        joined.add(word);
        OptionSetting setting = OptionSetting.ofWord(option, word.substring(0, equals), word.substring(equals + 1));
        settings.add(setting);
        if (!option.judgement().isChanged()) {
            others.add(setting.key());
            if (option.form() == Form.VALUE) {
                others.add(setting.value());
            }
        }
        return 1;
    }

    /** Takes a word that is not a known option, and returns whether the next one may be its value. */
    private boolean other(String word, boolean mayBeValue) {
        others.add(word);
        if (OPTION.matcher(word).matches()) {
            unknown.add(word);
            return true;
        }
        if (!mayBeValue) {
            strays.add(word);
        }
        return mayBeValue;
    }
}
