package rwkvms.live.preflight;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import rwkvms.live.preflight.LaunchFinding.Weight;
import rwkvms.live.preflight.OptionSetting.Source;

/**
 * Judges a launch before anything runs (runtime-tools.md, "Preflight order"): by every rule of the launcher, for every
 * spelling, {@code LLAMA_ARG_} variable and file that llama-server reads; and by what else would change the base,
 * unload it or move its tokens. Findings name what nobody has judged.
 *
 * <p>A launch without a sidecar only needs a model; findings name what nobody has judged there too, because it may ask
 * for a sidecar. A launch of a program other than llama-server is not judged.
 */
public final class Preflight {
    /** The switches that must be off, in the order of the launcher's arguments. */
    static final Map<ServerOption, LaunchRule> SWITCHED_OFF = new LinkedHashMap<>();
    /** The rules of the table, which follow the launcher's own. */
    private static final List<LaunchRule> TABLED = List.of(LaunchRule.BASE_AS_HASHED, LaunchRule.TOKENS_STAY,
            LaunchRule.STAYS_LOADED, LaunchRule.GENERATES, LaunchRule.SERVES, LaunchRule.ONE_MODEL,
            LaunchRule.CACHE_PRECISION, LaunchRule.ONE_MACHINE);

    static {
        SWITCHED_OFF.put(ServerOption.CONT_BATCHING, LaunchRule.NO_CONT_BATCHING);
        SWITCHED_OFF.put(ServerOption.CONTEXT_SHIFT, LaunchRule.NO_CONTEXT_SHIFT);
        SWITCHED_OFF.put(ServerOption.CACHE_PROMPT, LaunchRule.NO_CACHE_PROMPT);
        SWITCHED_OFF.put(ServerOption.CACHE_IDLE_SLOTS, LaunchRule.NO_CACHE_IDLE_SLOTS);
    }

    private final Launch launch;
    private final CommandWords words;
    private final List<LaunchFinding> findings = new ArrayList<>();

    private Preflight(Launch launch) {
        this.launch = launch;
        this.words = launch.words();
    }

    /** Every finding about a launch. */
    public static List<LaunchFinding> check(Launch launch) {
        Preflight preflight = new Preflight(launch);
        preflight.check();
        return List.copyOf(preflight.findings);
    }

    /** Every finding about the launcher with extra arguments; a second finding about the same option is left out. */
    public static List<LaunchFinding> checkLauncher(List<String> extra, Map<String, String> environment,
            ConfigFiles files) {
        List<LaunchFinding> own = LauncherVariables.findings(extra, environment);
        List<LaunchFinding> all = new ArrayList<>(own);
        for (LaunchFinding finding : check(LauncherVariables.launch(extra, environment, files))) {
            if (finding.rule() != LaunchRule.SET_TWICE
                    || own.stream().noneMatch(said -> said.place().equals(finding.place()))) {
                all.add(finding);
            }
        }
        return List.copyOf(all);
    }

    private void check() {
        if (!launch.startsServer()) {
            add(Weight.NOT_EVALUATED, LaunchRule.PROGRAM_READ, launch.program(), "llama-server", "another program");
            return;
        }
        if (launch.runsSidecar()) {
            tabled(LaunchRule.MODEL_FILE);
        }
        model();
        if (launch.runsSidecar()) {
            if (launch.effective(ServerOption.SIDECAR).isPresent() || !launch.looksLikeSidecar()) {
                file(ServerOption.SIDECAR, LaunchRule.SIDECAR_FILE);
            }
            launchersRules();
            tabled(LaunchRule.NO_CACHE_REUSE);
            tabled(LaunchRule.TEXT_ONLY);
            tabled(LaunchRule.NO_SPECULATION);
            launch.effective(ServerOption.MMPROJ_AUTO).filter(set -> !set.value().equals(OptionSetting.OFF))
                    .ifPresent(set -> add(LaunchRule.TEXT_ONLY, set.place(), ServerOption.MMPROJ_AUTO.offSpelling(),
                            set.shown()));
            TABLED.forEach(this::tabled);
            if (launch.effective(ServerOption.SLOT_SAVE_PATH).isEmpty()) {
                add(Weight.WARNING, LaunchRule.SLOTS_SAVED, ServerOption.SLOT_SAVE_PATH.spelling(), "a folder", "none");
            }
            twice();
        }
        words.joined().forEach(word -> add(LaunchRule.JOINED_VALUE, word, "two words", "one"));
        words.unended().forEach(word -> add(LaunchRule.VALUE_MISSING, word, "a value behind it", "none"));
        if (!launch.runsSidecar()) {
            wrong(LaunchRule.ONE_MODEL).forEach(this::miss);
        }
        unjudged();
        findings.addAll(launch.files().unread());
    }

    /** Checks the model; without a sidecar a server may fetch it, and settings with it. */
    private void model() {
        List<OptionSetting> fetched = wrong(LaunchRule.MODEL_FILE);
        if (launch.runsSidecar() || launch.effective(ServerOption.MODEL).isPresent() || fetched.isEmpty()) {
            file(ServerOption.MODEL, LaunchRule.MODEL_FILE);
        } else {
            fetched.forEach(this::miss);
        }
    }

    private List<OptionSetting> wrong(LaunchRule rule) {
        return launch.settings().stream()
                .filter(set -> set.option().rule() == rule && !set.option().isRight(set.value())).toList();
    }

    private void miss(OptionSetting set) {
        add(Weight.NOT_EVALUATED, Objects.requireNonNull(set.option().rule()), set.place(), "it to be absent",
                set.shown());
    }

    private void launchersRules() {
        is(ServerOption.PARALLEL, LaunchRule.ONE_SEQUENCE, "1", "1"::equals, "none, and its own default is four");
        is(ServerOption.UBATCH_SIZE, LaunchRule.ONE_TOKEN_UBATCH, "1", "1"::equals, "none, and its default is 512");
        launch.effective(ServerOption.BATCH_SIZE).ifPresent(set -> is(ServerOption.BATCH_SIZE, LaunchRule.BATCH,
                "2 or more", value -> wholeNumber(value) >= 2, ""));
        SWITCHED_OFF.forEach((option, rule) -> is(option, rule, option.offSpelling(), OptionSetting.OFF::equals,
                "none, and defaults differ between versions"));
        is(ServerOption.CACHE_RAM, LaunchRule.NO_CACHE_RAM, "0", "0"::equals, "none, and its default is 8192 MiB");
        is(ServerOption.CTX_CHECKPOINTS, LaunchRule.NO_CHECKPOINTS, "0", "0"::equals, "none, and its default is 32");
    }

    /**
     * Judges the options of a rule by the table. If an option has right values, only the setting that the server uses
     * counts.
     */
    private void tabled(LaunchRule rule) {
        Set<ServerOption> replaced = new LinkedHashSet<>();
        for (OptionSetting set : launch.settings()) {
            ServerOption option = set.option();
            if (option.rule() != rule) {
                continue;
            }
            if (option.right().isEmpty() || addsUp(option)) {
                tabled(set);
            } else if (replaced.add(option)) {
                OptionSetting effective = launch.effective(option).orElseThrow();
                tabled(effective);
                if (option.isRight(effective.value())) {
                    overridden(option, rule, expected(option), option::isRight);
                }
            }
        }
    }

    private void tabled(OptionSetting set) {
        ServerOption option = set.option();
        if (!option.isRight(set.value())) {
            add(weight(option), Objects.requireNonNull(option.rule()), set.place(), expected(option), set.shown());
        }
    }

    /** Whether all settings of an option count: the server tries every type of speculation that is named anywhere. */
    private static boolean addsUp(ServerOption option) {
        return option.rule() == LaunchRule.NO_SPECULATION;
    }

    private static Weight weight(ServerOption option) {
        return switch (option.judgement()) {
            case WARNED -> Weight.WARNING;
            case UNJUDGED -> Weight.NOT_EVALUATED;
            case RULED, HARMLESS, FOREIGN, REFUSED -> Weight.REFUSED;
        };
    }

    private static String expected(ServerOption option) {
        if (option.rule() == LaunchRule.MODEL_FILE) {
            return "a base model of the sidecar's hash by --model";
        }
        List<String> right = option.right().stream().filter(value -> !value.isEmpty()).toList();
        return right.isEmpty() ? "it to be absent" : String.join(" or ", right);
    }

    /** Names what the server would read and the table does not have. */
    private void unjudged() {
        for (String word : words.unknown()) {
            miss(LaunchRule.OPTION_JUDGED, word, "an option of llama-server's");
        }
        for (OptionSetting set : words.settings()) {
            if (set.option().judgement() == Judgement.FOREIGN) {
                miss(LaunchRule.OPTION_JUDGED, set.place(), "an option of llama-server's");
            }
        }
        words.strays().forEach(word -> miss(LaunchRule.WORD_READ, word, "an option"));
        launch.unknownVariables().forEach(name -> miss(LaunchRule.OPTION_JUDGED, name, "a variable of llama-server's"));
        findings.addAll(launch.files().unknown());
    }

    private void miss(LaunchRule rule, String place, String expected) {
        add(Weight.NOT_EVALUATED, rule, place, expected, "none");
    }

    private void file(ServerOption option, LaunchRule rule) {
        Optional<OptionSetting> set = launch.effective(option);
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

    /** Requires an option with a right value: defaults differ between versions. */
    private void is(ServerOption option, LaunchRule rule, String expected, Predicate<String> right, String absent) {
        Optional<OptionSetting> set = launch.effective(option);
        if (set.isEmpty()) {
            add(rule, option.spelling(), expected, absent);
        } else if (!right.test(set.get().value())) {
            add(rule, set.get().place(), expected, set.get().shown());
        } else {
            overridden(option, rule, expected, right);
        }
    }

    /** Warns of wrong settings that another one overrides: that may change. */
    private void overridden(ServerOption option, LaunchRule rule, String expected, Predicate<String> right) {
        OptionSetting taken = launch.effective(option).orElseThrow();
        String winner = taken.from() == Source.COMMAND ? "the command line" : taken.place();
        for (OptionSetting set : launch.settings(option)) {
            if (set.from() != Source.COMMAND && !set.equals(taken) && !right.test(set.value())) {
                add(Weight.WARNING, rule, set.place(), expected, set.shown() + ", which " + winner + " overrides");
            }
        }
    }

    private void twice() {
        for (ServerOption option : ServerOption.all().stream().filter(Preflight::lastOneWins).toList()) {
            List<OptionSetting> all = words.settings().stream().filter(set -> set.option().equals(option)).toList();
            if (all.stream().map(OptionSetting::value).distinct().count() > 1) {
                add(LaunchRule.SET_TWICE, all.getLast().place(), "it once",
                        String.join(" and ", all.stream().map(OptionSetting::shown).toList()));
            }
        }
    }

    private static boolean lastOneWins(ServerOption option) {
        return option.judgement() == Judgement.RULED
                || (option.judgement() == Judgement.REFUSED && !option.right().isEmpty() && !addsUp(option));
    }

    private void add(LaunchRule rule, String place, String expected, String found) {
        add(Weight.REFUSED, rule, place, expected, found);
    }

    private void add(Weight weight, LaunchRule rule, String place, String expected, String found) {
        findings.add(new LaunchFinding(rule, weight, place, expected, found));
    }

    /** The whole number that a text is, or -1; llama.cpp would read the digits at its beginning. */
    private static long wholeNumber(String text) {
        return text.matches("\\d{1,9}") ? Long.parseLong(text) : -1;
    }
}
