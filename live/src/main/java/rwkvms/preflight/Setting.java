package rwkvms.preflight;

import java.util.Set;
import rwkvms.preflight.ServerOption.Form;

/**
 * One place where an option is set.
 *
 * @param option what is set
 * @param place the word of the command line or the environment variable, as the user wrote it
 * @param value what follows it; of a switch {@code on} or {@code off}; {@link #NONE} where nothing does
 * @param from where it stands
 */
record Setting(ServerOption option, String place, String value, Source from) {
    static final String NONE = "";
    static final String ON = "on";
    static final String OFF = "off";

    /** llama.cpp's words for a switch in an environment variable. */
    private static final Set<String> TRUE = Set.of("on", "enabled", "true", "1");
    private static final Set<String> FALSE = Set.of("off", "disabled", "false", "0");

    /** Where a setting stands. */
    enum Source {
        COMMAND, ENVIRONMENT
    }

    /** A switch set by a variable: one that llama.cpp cannot read counts as the text it is. */
    static Setting ofVariable(ServerOption option, String variable, String text) {
        String value = text;
        if (option.form() == Form.SWITCH) {
            if (option.isNegative(variable)) {
                value = OFF;
            } else if (TRUE.contains(text)) {
                value = ON;
            } else if (FALSE.contains(text)) {
                value = OFF;
            }
        }
        return new Setting(option, variable, value, Source.ENVIRONMENT);
    }

    /** What to show as found. */
    String shown() {
        return switch (from) {
            case ENVIRONMENT -> place + "=" + value;
            case COMMAND -> option.form() == Form.VALUE && !value.equals(NONE) ? place + " " + value : place;
        };
    }
}
