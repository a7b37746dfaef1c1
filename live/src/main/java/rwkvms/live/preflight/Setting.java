package rwkvms.live.preflight;

import java.util.Optional;
import java.util.Set;
import rwkvms.live.preflight.ServerOption.Form;

/**
 * One place where an option is set.
 *
 * @param option what is set
 * @param line   the file and its line in front of the key; empty where it stands in no file
 * @param key    the word of the command line, the environment variable or the key of a file, as the user wrote it
 * @param value  what follows it; of a switch {@code on} or {@code off}; {@link #NONE} where nothing does
 * @param from   where it stands
 */
record Setting(ServerOption option, String line, String key, String value, Source from) {
    static final String NONE = "";
    static final String ON = "on";
    static final String OFF = "off";

    /** llama.cpp's words for a switch in an environment variable. */
    private static final Set<String> TRUE = Set.of("on", "enabled", "true", "1");
    private static final Set<String> FALSE = Set.of("off", "disabled", "false", "0");

    /** Where a setting stands. */
    enum Source {
        COMMAND, ENVIRONMENT, FILE
    }

    static Setting ofWord(ServerOption option, String word, String value) {
        return new Setting(option, "", word, value, Source.COMMAND);
    }

    /**
     * A switch set by a variable: one that llama.cpp cannot read counts as the text it is. A flag is set by its words for yes
     * alone.
     */
    static Optional<Setting> ofVariable(ServerOption option, String variable, String text) {
        String value = text;
        if (option.form() == Form.SWITCH) {
            if (option.isNegative(variable)) {
                value = OFF;
            } else if (TRUE.contains(text)) {
                value = ON;
            } else if (FALSE.contains(text)) {
                value = OFF;
            }
        } else if (option.form() == Form.FLAG && !TRUE.contains(text)) {
            return Optional.empty();
        }
        return Optional.of(new Setting(option, "", variable, value, Source.ENVIRONMENT));
    }

    /**
     * A key of a config.ini. A switch is on for llama.cpp's words for yes and off for everything else, the other way round under a
     * spelling that turns it off, but not under its {@code LLAMA_ARG_NO_} variable; a flag is set whatever the value is.
     */
    static Setting ofKey(ServerOption option, String line, String key, String text) {
        String value = text;
        if (option.form() == Form.SWITCH) {
            boolean negative = option.off().stream().anyMatch(spelling -> spelling.replaceFirst("^-+", "").equals(key));
            value = TRUE.contains(text) == negative ? OFF : ON;
        }
        return new Setting(option, line, key, value, Source.FILE);
    }

    /** The word or the variable, or the file, its line and the key. */
    String place() {
        return line.isEmpty() ? key : line + ": " + key;
    }

    /** What to show as found. */
    String shown() {
        return switch (from) {
            case ENVIRONMENT -> key + "=" + value;
            case FILE -> key + " = " + value;
            case COMMAND -> isValued() && !value.equals(NONE) ? key + " " + value : key;
        };
    }

    private boolean isValued() {
        return option.form() == Form.VALUE || option.form() == Form.PAIR;
    }
}
