package rwkvms.live.preflight;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells what looks like a request for a sidecar but is none of the known ones: it is misspelt or belongs to another
 * fork, and its author wants a sidecar.
 */
final class SidecarLike {
    private static final Pattern NAME = Pattern.compile("(?i)[^=]*(rwkv|sidecar).*", Pattern.DOTALL);
    /** A word without its hyphens, or with other dashes, but not the name of a file. */
    private static final Pattern STRAY = Pattern.compile("(?i)\\W*(llama_arg_)?(rwkv|sidecar)[^./]*(=.*)?",
            Pattern.DOTALL);
    /** Shells have variables about RWKV that no server reads. */
    private static final Pattern VARIABLE = Pattern.compile("(?i)(LLAMA|GGUF)_.*(RWKV|SIDECAR).*|.*RWKV.*SIDECAR.*");
    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");

    private SidecarLike() {
    }

    /** Whether an unknown option, variable or key looks like a request for a sidecar. */
    static boolean isName(String name) {
        return !name.equals(LauncherVariables.WANTED) && NAME.matcher(name).matches();
    }

    static boolean isStray(String word) {
        return STRAY.matcher(word).matches();
    }

    /**
     * Whether a variable looks like a request for a sidecar; the launcher's own switch does if it is neither on nor
     * off.
     */
    static boolean isVariable(String name, String value) {
        return switch (name) {
            case LauncherVariables.SIDECAR -> false;
            case LauncherVariables.WANTED -> !NO.contains(value) && !LauncherVariables.YES.contains(value);
            default -> VARIABLE.matcher(name).matches();
        };
    }
}
