package rwkvms.live.preflight;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import rwkvms.live.preflight.Setting.Source;

/** A launch of llama-server: its words, its variables and its files, read once. */
public final class Launch {
    /** The variables that llama.cpp reads as options begin with it, all but a few of the table's. */
    private static final String PREFIX = "LLAMA_ARG_";
    private static final Pattern SERVER = Pattern.compile("(.*[/\\\\])?llama-server(\\.exe)?", Pattern.DOTALL);

    private final EnvironmentPrefix prefix;
    private final String program;
    private final List<String> arguments;
    private final boolean sidecar;
    private final CommandWords words;
    private final List<Setting> variables = new ArrayList<>();
    private final List<String> unknownVariables = new ArrayList<>();
    private final ConfigFiles files;
    private final List<Setting> settings;

    /**
     * @param prefix  the words of the command and the variables that the server sees
     * @param files   the files that it reads
     * @param sidecar whether it shall run one although no argument names it
     */
    Launch(EnvironmentPrefix prefix, ConfigFiles files, boolean sidecar) {
        this.prefix = prefix;
        this.program = prefix.command().getFirst();
        this.arguments = List.copyOf(prefix.command().subList(1, prefix.command().size()));
        this.sidecar = sidecar;
        this.words = CommandWords.of(arguments);
        this.files = files;
        new TreeMap<>(prefix.environment()).forEach(this::read);
        this.settings = Stream.of(words.settings(), variables, files.settings()).flatMap(List::stream).toList();
    }

    /** The launch that a command line is, with what it reads: the first word, or the first behind {@code env}, is the program. */
    public static Launch of(List<String> command, Map<String, String> environment, Path systemConfig) {
        EnvironmentPrefix prefix = EnvironmentPrefix.of(command, environment);
        return of(prefix, ConfigFiles.of(prefix.environment(), systemConfig));
    }

    /** The same with these files. */
    static Launch of(List<String> command, Map<String, String> environment, ConfigFiles files) {
        return of(EnvironmentPrefix.of(command, environment), files);
    }

    private static Launch of(EnvironmentPrefix prefix, ConfigFiles files) {
        return new Launch(prefix, files, LauncherVariables.wantSidecar(prefix.environment()));
    }

    private void read(String variable, String value) {
        Optional<ServerOption> option = ServerOption.setBy(variable);
        option.flatMap(set -> Setting.ofVariable(set, variable, value)).ifPresent(variables::add);
        if (option.isEmpty() && (variable.startsWith(PREFIX) || SidecarLike.isVariable(variable, value))) {
            unknownVariables.add(variable);
        }
    }

    /** What stands in front of the program. */
    EnvironmentPrefix prefix() {
        return prefix;
    }

    /** The server. */
    public String program() {
        return program;
    }

    /** Whether the program is llama-server: what another one does with its words is its own affair. */
    boolean startsServer() {
        return SERVER.matcher(program).matches();
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

    /** The variables that look like an option's and are none of the table's. */
    List<String> unknownVariables() {
        return unknownVariables;
    }

    ConfigFiles files() {
        return files;
    }

    /** Every setting: the command's, then the environment's, then the files' as they are applied. */
    List<Setting> settings() {
        return settings;
    }

    /** Every place that sets an option, in the same order. */
    List<Setting> settings(ServerOption option) {
        return settings.stream().filter(setting -> setting.option().equals(option)).toList();
    }

    /**
     * What llama-server takes: the last one of its command line, else the environment's, where a variable that turns a switch off
     * wins, else the last one of its files.
     */
    Optional<Setting> effective(ServerOption option) {
        return last(option, Source.COMMAND).or(() -> ofEnvironment(option)).or(() -> last(option, Source.FILE));
    }

    private Optional<Setting> ofEnvironment(ServerOption option) {
        List<Setting> set = variables.stream().filter(setting -> setting.option().equals(option)).toList();
        return set.stream().filter(setting -> option.isNegative(setting.key())).findFirst()
                .or(() -> set.stream().findFirst());
    }

    private Optional<Setting> last(ServerOption option, Source from) {
        return settings(option).stream().filter(setting -> setting.from() == from).reduce((first, last) -> last);
    }

    /** Whether a sidecar is to run: one is named, or asked for, or something looks as if it did that. */
    public boolean runsSidecar() {
        return sidecar || effective(ServerOption.SIDECAR).isPresent() || looksLikeSidecar();
    }

    /** Whether something that no table knows looks like the sidecar's option. */
    boolean looksLikeSidecar() {
        return Stream.of(words.unknown(), unknownVariables, files.unknownKeys()).flatMap(List::stream)
                .anyMatch(SidecarLike::isName) || words.strays().stream().anyMatch(SidecarLike::isStray);
    }
}
