package rwkvms.live.preflight;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import rwkvms.live.preflight.OptionSetting.Source;

/** A launch of llama-server: its words, its variables and its files, read once. */
public final class Launch {
    /** The beginning of the variables that llama.cpp reads as options; a few in the table begin otherwise. */
    private static final String PREFIX = "LLAMA_ARG_";
    private static final Pattern SERVER = Pattern.compile("(.*[/\\\\])?llama-server(\\.exe)?", Pattern.DOTALL);

    private final EnvironmentPrefix prefix;
    private final String program;
    private final List<String> arguments;
    private final boolean sidecar;
    private final CommandWords words;
    private final List<OptionSetting> variables = new ArrayList<>();
    private final List<String> unknownVariables = new ArrayList<>();
    private final ConfigFiles files;
    private final List<OptionSetting> settings;

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

    /**
     * Reads a launch from a command line, whose program is the first word or the first after {@code env}, and from
     * variables and files.
     */
    public static Launch of(List<String> command, Map<String, String> environment, Path systemConfig) {
        EnvironmentPrefix prefix = EnvironmentPrefix.of(command, environment);
        return of(prefix, ConfigFiles.of(prefix.environment(), systemConfig));
    }

    /** Reads a launch from a command line and variables, with these files. */
    static Launch of(List<String> command, Map<String, String> environment, ConfigFiles files) {
        return of(EnvironmentPrefix.of(command, environment), files);
    }

    private static Launch of(EnvironmentPrefix prefix, ConfigFiles files) {
        return new Launch(prefix, files, LauncherVariables.wantSidecar(prefix.environment()));
    }

    private void read(String variable, String value) {
        Optional<ServerOption> option = ServerOption.setBy(variable);
        option.flatMap(set -> OptionSetting.ofVariable(set, variable, value)).ifPresent(variables::add);
        if (option.isEmpty() && (variable.startsWith(PREFIX) || SidecarLike.isVariable(variable, value))) {
            unknownVariables.add(variable);
        }
    }

    EnvironmentPrefix prefix() {
        return prefix;
    }

    public String program() {
        return program;
    }

    /** Whether the program is llama-server; nobody knows what another program does with the words. */
    boolean startsServer() {
        return SERVER.matcher(program).matches();
    }

    List<String> arguments() {
        return arguments;
    }

    CommandWords words() {
        return words;
    }

    /** Every setting of the environment, by variable name. */
    List<OptionSetting> variables() {
        return variables;
    }

    /** The variables that look like those of an option but are not in the table. */
    List<String> unknownVariables() {
        return unknownVariables;
    }

    ConfigFiles files() {
        return files;
    }

    /** Every setting: those of the command, of the environment, and of the files in the order in which they are applied. */
    List<OptionSetting> settings() {
        return settings;
    }

    /** Every setting of an option, in the same order. */
    List<OptionSetting> settings(ServerOption option) {
        return settings.stream().filter(setting -> setting.option().equals(option)).toList();
    }

    /**
     * The setting that llama-server uses: the last on the command line; or else that of the environment, in which a
     * variable that turns a switch off wins; or else the last in the files.
     */
    Optional<OptionSetting> effective(ServerOption option) {
        return last(option, Source.COMMAND).or(() -> ofEnvironment(option)).or(() -> last(option, Source.FILE));
    }

    private Optional<OptionSetting> ofEnvironment(ServerOption option) {
        List<OptionSetting> set = variables.stream().filter(setting -> setting.option().equals(option)).toList();
        return set.stream().filter(setting -> option.isNegative(setting.key())).findFirst()
                .or(() -> set.stream().findFirst());
    }

    private Optional<OptionSetting> last(ServerOption option, Source from) {
        return settings(option).stream().filter(setting -> setting.from() == from).reduce((first, last) -> last);
    }

    /** Whether a sidecar shall run: one is named or asked for, or something looks like that. */
    public boolean runsSidecar() {
        return sidecar || effective(ServerOption.SIDECAR).isPresent() || looksLikeSidecar();
    }

    /** Whether something unknown looks like the option of the sidecar. */
    boolean looksLikeSidecar() {
        return Stream.of(words.unknown(), unknownVariables, files.unknownKeys()).flatMap(List::stream)
                .anyMatch(SidecarLike::isName) || words.strays().stream().anyMatch(SidecarLike::isStray);
    }
}
