package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The table of options against the option table inside llama.cpp's own library. */
class ServerOptionTests {
    private static final Path BINARIES = Path.of(System.getProperty("rwkvms.root"), "native", "llama.cpp",
            "node_modules", "@node-llama-cpp");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--?[a-zA-Z][a-zA-Z0-9.-]*(?=\\x00)");
    private static final Pattern VARIABLE = Pattern.compile("LLAMA_ARG_[A-Z_]+(?=\\x00)");
    /** Spellings that only the fork or another llama.cpp has, and keys of presets, which are no options. */
    private static final Set<String> ELSEWHERE = Set.of("--rwkv-ms-sidecar", "-cd", "--ctx-size-draft", "--no-mmap",
            "--direct-io", "--no-direct-io", "--load-on-startup", "--stop-timeout", "--dedup-cache-models");
    /** Texts that only look like options: parts of an HTTP boundary, a grammar, option names and other commands. */
    private static final Set<String> NO_OPTIONS = Set.of("--cpp-httplib-multipart-data-", "-A", "-E", "-J", "-L", "-P",
            "-d",
            "-min-hits", "-rest", "-size-m", "-size-n");
    private static final String NEGATIVE = "LLAMA_ARG_NO_";

    @Test
    void everySpellingIsOneOfLlamaCpp() {
        requireLibrary();
        Set<String> known = Library.OPTIONS;
        Set<String> missing = new TreeSet<>();
        for (ServerOption option : ServerOption.all()) {
            option.spellings().stream().filter(spelling -> !ELSEWHERE.contains(spelling) && !known.contains(spelling))
                    .filter(spelling -> !isImmediate(spelling) && !Library.TEXT.contains(spelling + "\0"))
                    .forEach(missing::add);
        }
        assertThat(missing).isEmpty();
    }

    /** Fails if llama.cpp adds an option that has not been judged. */
    @Test
    void everyOptionOfLlamaCppIsJudged() {
        requireLibrary();
        Set<String> options = new TreeSet<>(Library.OPTIONS);
        Set<String> judged = ServerOption.all().stream().flatMap(option -> option.spellings().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(options).hasSizeGreaterThan(450);
        options.removeAll(NO_OPTIONS);
        options.removeAll(judged);
        assertThat(options).isEmpty();
    }

    @Test
    void everyVariableOfLlamaCppIsJudged() {
        requireLibrary();
        Set<String> variables = VARIABLE.matcher(Library.TEXT).results().map(match -> match.group())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> judged = ServerOption.all().stream().map(ServerOption::variable)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(variables).hasSizeGreaterThan(140);
        variables.remove(NEGATIVE);
        variables.removeAll(judged);
        assertThat(variables).isEmpty();
    }

    @Test
    void spellingsOnAndOff() {
        assertThat(ServerOption.MMPROJ_AUTO.spellings()).containsExactly("--mmproj-auto", "--no-mmproj",
                "--no-mmproj-auto");
        assertThat(ServerOption.CTX_CHECKPOINTS.spellings()).containsExactly("--ctx-checkpoints", "--swa-checkpoints",
                "-ctxcp");
    }

    /** A speculative option missing in the table would pass the preflight. */
    @Test
    void everySpeculativeOptionOfLlamaCppIsRefused() {
        requireLibrary();
        Set<String> speculative = Library.OPTIONS.stream()
                .filter(word -> word.matches(".*(spec|draft|lookup|mtp|eagle|dflash).*") && !word.equals("--special")
                        && !word.endsWith("parse-special"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(speculative).hasSizeGreaterThan(50).allSatisfy(word -> assertThat(ServerOption.spelledBy(word))
                .as(word).map(ServerOption::rule).contains(LaunchRule.NO_SPECULATION));
    }

    @Test
    void numbersAreComparedAsNumbers() {
        ServerOption factor = ServerOption.spelledBy("--yarn-ext-factor").orElseThrow();
        assertThat(Stream.of("-1", "-1.0", "-1.00", "-10e-1")).allMatch(factor::isRight);
        assertThat(Stream.of("1", "", "-1x", "0")).noneMatch(factor::isRight);
    }

    @Test
    void aTableThatNamesASpellingTwiceIsRefused() {
        assertThatThrownBy(() -> OptionTable.of(List.of("[harmless] a", "value --port", "# a comment", "",
                "value --http --port"))).hasMessage("--port stands twice in llama-server-options.txt");
        assertThatThrownBy(() -> OptionTable.of(List.of()).named("MODEL"))
                .hasMessage("llama-server-options.txt names no MODEL");
    }

    /** Short names are stored by the compiler inside instructions, not as text. */
    private static boolean isImmediate(String spelling) {
        return spelling.length() <= 8;
    }

    /** A build with another llama.cpp has no prebuilt one. */
    private static void requireLibrary() {
        if (!Files.isDirectory(BINARIES)) {
            throw new TestAbortedException("NOT EVALUATED: " + BINARIES + " is absent");
        }
    }

    /** The library of the prebuilt llama.cpp, and what stands in it. */
    private static final class Library {
        static final String TEXT = text();
        static final Set<String> OPTIONS = OPTION.matcher(TEXT).results().map(match -> match.group())
                .collect(Collectors.toCollection(TreeSet::new));

        private static String text() {
            try (Stream<Path> files = Files.walk(BINARIES)) {
                Path library = files.filter(file -> file.getFileName().toString().startsWith("libllama-common"))
                        .sorted().findFirst().orElseThrow();
                return Files.readString(library, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
