package rwkvms.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Options that every command has. */
final class CommonOptions {
    @Option(names = "--json", description = "One JSON object on standard output, and nothing else there.")
    private boolean json;

    @Option(names = "--debug", description = "Stack traces of failures.")
    private boolean debug;

    boolean json() {
        return json;
    }

    boolean debug() {
        return debug;
    }

    static @Nullable CommonOptions of(CommandLine command) {
        return command.getCommandSpec().mixins().values().stream().map(mixin -> mixin.userObject())
                .filter(CommonOptions.class::isInstance).map(CommonOptions.class::cast).findFirst().orElse(null);
    }
}
