package rwkvms.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.preflight.ServerOption.Form;
import rwkvms.preflight.Setting.Source;

/**
 * The words of a command line, read as llama.cpp reads them: the settings that matter, and the other words.
 *
 * @param settings in order; of an option given twice both
 * @param others   every word that belongs to none of them, in order
 * @param joined   words such as {@code --parallel=1}, which llama-server refuses
 * @param unended  a last option whose value is missing
 */
record CommandWords(List<Setting> settings, List<String> others, List<String> joined, List<String> unended) {
    static CommandWords of(List<String> words) {
        List<Setting> settings = new ArrayList<>();
        List<String> others = new ArrayList<>();
        List<String> joined = new ArrayList<>();
        List<String> unended = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            int equals = word.startsWith("-") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Optional<ServerOption> spelled = ServerOption.spelledBy(name);
            if (spelled.isEmpty()) {
                others.add(word);
                continue;
            }
            ServerOption option = spelled.get();
            String value = Setting.NONE;
            if (equals >= 0) {
                joined.add(word);
                value = word.substring(equals + 1);
            } else if (option.form() == Form.SWITCH) {
                value = option.turnsOff(ServerOption.canonical(name)) ? Setting.OFF : Setting.ON;
            } else if (option.form() == Form.VALUE) {
                if (i + 1 < words.size()) {
                    value = words.get(++i);
                } else {
                    unended.add(word);
                }
            } else if (i + 1 < words.size() && !words.get(i + 1).startsWith("-")) {
                value = words.get(++i);
            }
            settings.add(new Setting(option, name, value, Source.COMMAND));
        }
        return new CommandWords(settings, others, joined, unended);
    }
}
