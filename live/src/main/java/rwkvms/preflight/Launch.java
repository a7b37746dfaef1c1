package rwkvms.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.preflight.Setting.Source;

/**
 * A launch of llama-server.
 *
 * @param program     the server
 * @param arguments   its arguments
 * @param environment the variables it sees
 * @param sidecar     whether it shall run one although no argument names it
 */
public record Launch(String program, List<String> arguments, Map<String, String> environment, boolean sidecar) {
    public Launch {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** The launch that a command line is: the first word is the program. */
    public static Launch of(List<String> command, Map<String, String> environment) {
        return new Launch(command.getFirst(), command.subList(1, command.size()), environment,
                LauncherVariables.wantSidecar(environment));
    }

    CommandWords words() {
        return CommandWords.of(arguments);
    }

    /** Every setting of the environment, by variable name. */
    List<Setting> variables() {
        List<Setting> found = new ArrayList<>();
        environment.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> ServerOption
                .setBy(entry.getKey())
                .ifPresent(option -> found.add(Setting.ofVariable(option, entry.getKey(), entry.getValue()))));
        return found;
    }

    /** Every place that sets an option, the command's before the environment's. */
    List<Setting> settings(ServerOption option) {
        return Stream.concat(words().settings().stream(), variables().stream())
                .filter(setting -> setting.option() == option).toList();
    }

    /** What llama-server takes: the last one of its command line, else the environment's. */
    Optional<Setting> effective(ServerOption option) {
        List<Setting> all = settings(option);
        return all.stream().filter(setting -> setting.from() == Source.COMMAND).reduce((first, last) -> last)
                .or(() -> all.stream().findFirst());
    }

    /** Whether a sidecar is to run: one is named, or asked for. */
    public boolean runsSidecar() {
        return sidecar || effective(ServerOption.SIDECAR).isPresent();
    }
}
