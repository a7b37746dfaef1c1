package rwkvms.preflight;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import rwkvms.preflight.ServerOption.Form;
import rwkvms.preflight.Setting.Source;

/**
 * Says what is wrong with a launch before anything runs (runtime-tools.md, "Preflight order"): every rule of the
 * launcher, for every spelling that llama-server takes and for its {@code LLAMA_ARG_} variables.
 *
 * <p>A launch without a sidecar is only asked for its model.
 */
public final class Preflight {
    private static final Map<ServerOption, LaunchRule> SWITCHED_OFF = new LinkedHashMap<>();
    private static final Map<ServerOption, LaunchRule> ABSENT = new LinkedHashMap<>();

    static {
        SWITCHED_OFF.put(ServerOption.CONT_BATCHING, LaunchRule.NO_CONT_BATCHING);
        SWITCHED_OFF.put(ServerOption.CONTEXT_SHIFT, LaunchRule.NO_CONTEXT_SHIFT);
        SWITCHED_OFF.put(ServerOption.CACHE_PROMPT, LaunchRule.NO_CACHE_PROMPT);
        SWITCHED_OFF.put(ServerOption.CACHE_IDLE_SLOTS, LaunchRule.NO_CACHE_IDLE_SLOTS);
        ABSENT.put(ServerOption.MMPROJ, LaunchRule.TEXT_ONLY);
        ABSENT.put(ServerOption.MMPROJ_URL, LaunchRule.TEXT_ONLY);
        ABSENT.put(ServerOption.SPECULATION, LaunchRule.NO_SPECULATION);
    }

    private final Launch launch;
    private final CommandWords words;
    private final List<LaunchFinding> findings = new ArrayList<>();

    private Preflight(Launch launch) {
        this.launch = launch;
        this.words = launch.words();
    }

    /** Everything that is wrong with a launch. */
    public static List<LaunchFinding> check(Launch launch) {
        Preflight preflight = new Preflight(launch);
        preflight.check();
        return List.copyOf(preflight.findings);
    }

    /** The same of the launcher with extra arguments. An option of the launcher's own is not told a second time. */
    public static List<LaunchFinding> checkLauncher(List<String> extra, Map<String, String> environment) {
        List<LaunchFinding> own = LauncherVariables.findings(extra, environment);
        List<LaunchFinding> all = new ArrayList<>(own);
        for (LaunchFinding finding : check(LauncherVariables.launch(extra, environment))) {
            if (finding.rule() != LaunchRule.SET_TWICE
                    || own.stream().noneMatch(said -> said.place().equals(finding.place()))) {
                all.add(finding);
            }
        }
        return List.copyOf(all);
    }

    private void check() {
        model();
        if (launch.runsSidecar()) {
            file(ServerOption.SIDECAR, LaunchRule.SIDECAR_FILE);
            is(ServerOption.PARALLEL, LaunchRule.ONE_SEQUENCE, "1", "1"::equals, "none, and its own default is four");
            is(ServerOption.UBATCH_SIZE, LaunchRule.ONE_TOKEN_UBATCH, "1", "1"::equals, "none, and its default is 512");
            launch.effective(ServerOption.BATCH_SIZE).ifPresent(set -> is(ServerOption.BATCH_SIZE, LaunchRule.BATCH,
                    "2 or more", value -> wholeNumber(value) >= 2, ""));
            SWITCHED_OFF.forEach(this::off);
            is(ServerOption.CACHE_RAM, LaunchRule.NO_CACHE_RAM, "0", "0"::equals, "none, and its default is 8192 MiB");
            is(ServerOption.CTX_CHECKPOINTS, LaunchRule.NO_CHECKPOINTS, "0", "0"::equals,
                    "none, and its default is 32");
            launch.effective(ServerOption.CACHE_REUSE).ifPresent(set -> is(ServerOption.CACHE_REUSE,
                    LaunchRule.NO_CACHE_REUSE, "0", "0"::equals, ""));
            ABSENT.forEach(this::absent);
            launch.effective(ServerOption.MMPROJ_AUTO).filter(set -> !set.value().equals(Setting.OFF))
                    .ifPresent(set -> add(LaunchRule.TEXT_ONLY, set.place(), ServerOption.MMPROJ_AUTO.offSpelling(),
                            set.shown()));
            if (launch.effective(ServerOption.SLOT_SAVE_PATH).isEmpty()) {
                findings.add(new LaunchFinding(LaunchRule.SLOTS_SAVED, false,
                        ServerOption.SLOT_SAVE_PATH.spelling(), "a folder", "none"));
            }
            twice();
        }
        words.joined().forEach(word -> add(LaunchRule.JOINED_VALUE, word, "two words", "one"));
        words.unended().forEach(word -> add(LaunchRule.VALUE_MISSING, word, "a value behind it", "none"));
    }

    private void model() {
        for (ServerOption fetched : List.of(ServerOption.MODEL_URL, ServerOption.HF_REPO, ServerOption.DOCKER_REPO)) {
            launch.effective(fetched).filter(set -> launch.runsSidecar()).ifPresent(set -> add(LaunchRule.MODEL_FILE,
                    set.place(), "a base model of the sidecar's hash by --model", set.shown()));
        }
        file(ServerOption.MODEL, LaunchRule.MODEL_FILE);
    }

    private void file(ServerOption option, LaunchRule rule) {
        Optional<Setting> set = launch.effective(option);
        if (set.isEmpty() || set.get().value().isEmpty()) {
            add(rule, option.spelling(), "a file", "none named");
        } else if (!isFile(set.get().value())) {
            add(rule, set.get().place(), "a readable file", set.get().value());
        }
    }

    private static boolean isFile(String name) {
        try {
            Path path = Path.of(name);
            return Files.isReadable(path) && Files.isRegularFile(path);
        } catch (InvalidPathException noName) {
            return false;
        }
    }

    /** An option that must be given with a right value: defaults differ between versions. */
    private void is(ServerOption option, LaunchRule rule, String expected, Predicate<String> right, String absent) {
        Optional<Setting> set = launch.effective(option);
        if (set.isEmpty()) {
            add(rule, option.spelling(), expected, absent);
        } else if (!right.test(set.get().value())) {
            add(rule, set.get().place(), expected, set.get().shown());
        } else {
            overridden(option, rule, expected, right);
        }
    }

    private void off(ServerOption option, LaunchRule rule) {
        Optional<Setting> set = launch.effective(option);
        if (set.isEmpty()) {
            add(rule, option.spelling(), option.offSpelling(), "none, and defaults differ between versions");
        } else if (!set.get().value().equals(Setting.OFF)) {
            add(rule, set.get().place(), option.offSpelling(), set.get().shown());
        } else {
            overridden(option, rule, option.offSpelling(), Setting.OFF::equals);
        }
    }

    /** A variable that the command line overrides today: a warning, for the day it no longer does. */
    private void overridden(ServerOption option, LaunchRule rule, String expected, Predicate<String> right) {
        for (Setting set : launch.settings(option)) {
            if (set.from() == Source.ENVIRONMENT && !right.test(set.value())) {
                findings.add(new LaunchFinding(rule, false, set.place(), expected,
                        set.shown() + ", which the command line overrides"));
            }
        }
    }

    private void absent(ServerOption option, LaunchRule rule) {
        for (Setting set : launch.settings(option)) {
            add(rule, set.place(), "it to be absent", set.shown());
        }
    }

    private void twice() {
        for (ServerOption option : ServerOption.values()) {
            List<Setting> all = words.settings().stream().filter(set -> set.option() == option).toList();
            if (option.form() != Form.ANY && all.stream().map(Setting::value).distinct().count() > 1) {
                add(LaunchRule.SET_TWICE, all.getLast().place(), "it once",
                        String.join(" and ", all.stream().map(Setting::shown).toList()));
            }
        }
    }

    private void add(LaunchRule rule, String place, String expected, String found) {
        findings.add(new LaunchFinding(rule, true, place, expected, found));
    }

    /** llama.cpp reads the digits that a text begins with; here anything but a whole number is none. */
    private static long wholeNumber(String text) {
        return text.matches("\\d{1,9}") ? Long.parseLong(text) : -1;
    }
}
