package rwkvms.live.preflight;

import java.util.Optional;
import java.util.Set;
import rwkvms.live.preflight.ServerOption.Form;

/**
 * One place where an option is set.
 *
 * @param option what is set
 * @param line   the file and line; empty if it is not in a file
 * @param key    the word, variable or key, as the user wrote it
 * @param value  the value; for a switch {@code on} or {@code off}; {@link #NONE} if there is none
 * @param from   where it is set
 */
record OptionSetting(ServerOption option, String line, String key, String value, Source from) {
    static final String NONE = "";
    static final String ON = "on";
    static final String OFF = "off";

    /** llama.cpp's words for a switch in an environment variable. */
    private static final Set<String> TRUE = Set.of("on", "enabled", "true", "1");
    private static final Set<String> FALSE = Set.of("off", "disabled", "false", "0");

    enum Source {
        COMMAND, ENVIRONMENT, FILE
    }

    static OptionSetting ofWord(ServerOption option, String word, String value) {
        return new OptionSetting(option, "", word, value, Source.COMMAND);
    }

    /**
     * The setting of a variable. A switch with a value that llama.cpp cannot read has that text as its value; a flag is
     * only set by llama.cpp's words for yes.
     */
    static Optional<OptionSetting> ofVariable(ServerOption option, String variable, String text) {
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
        return Optional.of(new OptionSetting(option, "", variable, value, Source.ENVIRONMENT));
    }

    /**
     * The setting of a key of a config.ini. A switch is on for llama.cpp's words for yes and off for everything else; a
     * spelling that turns it off reverses that, but its {@code LLAMA_ARG_NO_} variable does not. A flag is set with any
     * value.
     */
    static OptionSetting ofKey(ServerOption option, String line, String key, String text) {
        String value = text;
        if (option.form() == Form.SWITCH) {
            boolean negative = option.off().stream().anyMatch(spelling -> spelling.replaceFirst("^-+", "").equals(key));
            value = TRUE.contains(text) == negative ? OFF : ON;
        }
        return new OptionSetting(option, line, key, value, Source.FILE);
    }

    /** The word or the variable; for a file its line and the key. */
    String place() {
        return line.isEmpty() ? key : line + ": " + key;
    }

    /** The setting as messages show it. */
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
