package rwkvms.live.preflight;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * What looks as if it asked for a sidecar and is none of the ways that are known: misspelt, or of another fork. Whoever wrote it
 * means a launch with one.
 */
final class SidecarLike {
    private static final Pattern NAME = Pattern.compile("(?i)[^=]*(rwkv|sidecar).*", Pattern.DOTALL);
    /** A word without its hyphens, or with other dashes; not a file whose name says what is in it. */
    private static final Pattern STRAY = Pattern.compile("(?i)\\W*(llama_arg_)?(rwkv|sidecar)[^./]*(=.*)?",
            Pattern.DOTALL);
    /** Shells have variables about RWKV that no server reads. */
    private static final Pattern VARIABLE = Pattern.compile("(?i)(LLAMA|GGUF)_.*(RWKV|SIDECAR).*|.*RWKV.*SIDECAR.*");
    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");

    private SidecarLike() {
    }

    /** Of an option, a variable or a key that no table knows. */
    static boolean isName(String name) {
        return !name.equals(LauncherVariables.WANTED) && NAME.matcher(name).matches();
    }

    static boolean isStray(String word) {
        return STRAY.matcher(word).matches();
    }

    /** Of the launcher's own only a switch that is neither on nor off. */
    static boolean isVariable(String name, String value) {
        return switch (name) {
            case LauncherVariables.SIDECAR -> false;
            case LauncherVariables.WANTED -> !NO.contains(value) && !LauncherVariables.YES.contains(value);
            default -> VARIABLE.matcher(name).matches();
        };
    }
}
