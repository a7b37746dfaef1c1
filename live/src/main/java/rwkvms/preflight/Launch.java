package rwkvms.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.preflight.Setting.Source;

/** A launch of llama-server: its words and variables, read once. */
public final class Launch {
    private final String program;
    private final List<String> arguments;
    private final boolean sidecar;
    private final CommandWords words;
    private final List<Setting> variables;

    /**
     * @param environment the variables that the server sees
     * @param sidecar     whether it shall run one although no argument names it
     */
    Launch(String program, List<String> arguments, Map<String, String> environment, boolean sidecar) {
        this.program = program;
        this.arguments = List.copyOf(arguments);
        this.sidecar = sidecar;
        this.words = CommandWords.of(arguments);
        this.variables = variables(environment);
    }

    /** The launch that a command line is: the first word is the program. */
    public static Launch of(List<String> command, Map<String, String> environment) {
        return new Launch(command.getFirst(), command.subList(1, command.size()), environment,
                LauncherVariables.wantSidecar(environment));
    }

    private static List<Setting> variables(Map<String, String> environment) {
        List<Setting> found = new ArrayList<>();
        environment.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> ServerOption
                .setBy(entry.getKey())
                .ifPresent(option -> found.add(Setting.ofVariable(option, entry.getKey(), entry.getValue()))));
        return List.copyOf(found);
    }

    /** The server. */
    public String program() {
        return program;
    }

    /** Its arguments. */
    List<String> arguments() {
        return arguments;
    }

    CommandWords words() {
        return words;
    }

    /** Every setting of the environment, by variable name. */
    List<Setting> variables() {
        return variables;
    }

    /** Every place that sets an option, the command's before the environment's. */
    List<Setting> settings(ServerOption option) {
        return Stream.concat(words.settings().stream(), variables.stream())
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
