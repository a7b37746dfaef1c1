package rwkvms.live.preflight;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An option of llama-server: its spellings, the variable that sets it, and whether a launch with a sidecar may use it.
 * All options are in {@code llama-server-options.txt}; a test compares that with the option table of llama.cpp.
 *
 * @param name      the name in the code; empty if the code does not use it
 * @param on        the spellings; for a switch those that turn it on
 * @param off       the spellings that turn a switch off
 * @param variable  the environment variable that sets it; empty if none does
 * @param rule      the rule that judges it
 * @param right     the right values
 */
record ServerOption(String name, Form form, List<String> on, List<String> off, String variable, Judgement judgement,
        @Nullable LaunchRule rule, List<String> right) {

    /** What follows an option. */
    enum Form {
        /** One value. */
        VALUE,
        /** Two values. */
        PAIR,
        /** Nothing: the option is there or not. */
        FLAG,
        /** Nothing: the spelling turns the option on or off. */
        SWITCH,
        /** A value or nothing: the option is refused either way. */
        ANY
    }

    private static final OptionTable TABLE = OptionTable.ofResource();

    static final ServerOption MODEL = TABLE.named("MODEL");
    static final ServerOption SIDECAR = TABLE.named("SIDECAR");
    static final ServerOption PARALLEL = TABLE.named("PARALLEL");
    static final ServerOption BATCH_SIZE = TABLE.named("BATCH_SIZE");
    static final ServerOption UBATCH_SIZE = TABLE.named("UBATCH_SIZE");
    static final ServerOption CONT_BATCHING = TABLE.named("CONT_BATCHING");
    static final ServerOption CONTEXT_SHIFT = TABLE.named("CONTEXT_SHIFT");
    static final ServerOption CACHE_PROMPT = TABLE.named("CACHE_PROMPT");
    static final ServerOption CACHE_IDLE_SLOTS = TABLE.named("CACHE_IDLE_SLOTS");
    static final ServerOption CACHE_RAM = TABLE.named("CACHE_RAM");
    static final ServerOption CTX_CHECKPOINTS = TABLE.named("CTX_CHECKPOINTS");
    static final ServerOption SLOT_SAVE_PATH = TABLE.named("SLOT_SAVE_PATH");
    static final ServerOption MMPROJ_AUTO = TABLE.named("MMPROJ_AUTO");

    /** Families of options: what llama.cpp adds to them later is refused as well. */
    private static final Pattern SPECULATIVE = Pattern.compile("--(no-)?(spec|draft)(-.*)?");
    private static final Pattern SPECULATIVE_VARIABLE = Pattern
            .compile("LLAMA_ARG_(NO_)?(SPEC|DRAFT|LOOKUP)(_.*)?|LLAMA_ARG_.*_DRAFT(_.*)?");
    private static final ServerOption SPECULATION = new ServerOption("", Form.ANY, List.of(), List.of(), "",
            Judgement.REFUSED, LaunchRule.NO_SPECULATION, List.of());

    /** Every option of the table, in its order. */
    static Collection<ServerOption> all() {
        return TABLE.options();
    }

    /** The spelling in messages and corrected commands; for a switch the one that turns it on. */
    String spelling() {
        return on.getFirst();
    }

    /** The spelling that turns a switch off. */
    String offSpelling() {
        return off.getFirst();
    }

    List<String> spellings() {
        return Stream.concat(on.stream(), off.stream()).toList();
    }

    boolean turnsOff(String spelling) {
        return off.contains(spelling);
    }

    /** Whether a value is right; numbers are compared as numbers. */
    boolean isRight(String value) {
        return right.stream().anyMatch(one -> one.equals(value) || isSameNumber(one, value));
    }

    private static boolean isSameNumber(String one, String other) {
        try {
            return new BigDecimal(one).compareTo(new BigDecimal(other)) == 0;
        } catch (NumberFormatException noNumber) {
            return false;
        }
    }

    /** The option that a word of a command line spells. In a long option llama.cpp reads an underscore as a hyphen. */
    static Optional<ServerOption> spelledBy(String word) {
        String spelling = canonical(word);
        return TABLE.spelled(spelling)
                .or(() -> SPECULATIVE.matcher(spelling).matches() ? Optional.of(SPECULATION) : Optional.empty());
    }

    static String canonical(String word) {
        return word.startsWith("--") ? word.replace('_', '-') : word;
    }

    /** The option that an environment variable sets. */
    static Optional<ServerOption> setBy(String variable) {
        return TABLE.setBy(variable).or(() -> SPECULATIVE_VARIABLE.matcher(variable).matches()
                ? Optional.of(SPECULATION)
                : Optional.empty());
    }

    /** The option that a key of a config.ini sets: exactly a spelling without its hyphens, or a variable. */
    static Optional<ServerOption> keyed(String key) {
        return TABLE.keyed(key)
                .or(() -> SPECULATIVE.matcher("--" + key).matches() ? Optional.of(SPECULATION) : setBy(key));
    }

    /** Whether a variable turns a switch off, whatever its value is. */
    boolean isNegative(String setting) {
        return form == Form.SWITCH && setting.equals(negative(variable));
    }

    /** The variable that turns a switch off. */
    static String negative(String variable) {
        return variable.replace("LLAMA_ARG_", "LLAMA_ARG_NO_");
    }
}
