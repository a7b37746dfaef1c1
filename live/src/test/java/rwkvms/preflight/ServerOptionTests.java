package rwkvms.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of options against the option table inside llama.cpp's own library. */
class ServerOptionTests {
    private static final Path BINARIES = Path.of(System.getProperty("rwkvms.root"), "native", "llama.cpp",
            "node_modules", "@node-llama-cpp");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--?[a-zA-Z][a-zA-Z0-9-]*(?=\\x00)");
    private static final Pattern VARIABLE = Pattern.compile("LLAMA_ARG_[A-Z_]+(?=\\x00)");
    /** Spellings that the fork or an older llama.cpp knows and this one does not. */
    private static final Set<String> ELSEWHERE = Set.of("--rwkv-ms-sidecar", "-cd", "--ctx-size-draft");

    @Test
    void everySpellingIsOneOfLlamaCpp() throws IOException {
        String library = library();
        Set<String> missing = new TreeSet<>();
        for (ServerOption option : ServerOption.values()) {
            option.spellings().stream().filter(spelling -> !ELSEWHERE.contains(spelling))
                    .filter(spelling -> !library.contains(spelling + "\0") && !isImmediate(spelling))
                    .forEach(missing::add);
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void spellingsOnAndOff() {
        assertThat(ServerOption.MMPROJ_AUTO.spellings()).containsExactly("--mmproj-auto", "--no-mmproj",
                "--no-mmproj-auto");
        assertThat(ServerOption.CTX_CHECKPOINTS.spellings()).containsExactly("--ctx-checkpoints", "-ctxcp",
                "--swa-checkpoints");
    }

    /** A speculative option that the table forgets would pass the preflight. */
    @Test
    void everySpeculativeOptionOfLlamaCppIsRefused() throws IOException {
        Set<String> speculative = OPTION.matcher(library()).results().map(match -> match.group())
                .filter(word -> word.matches(".*(spec|draft|lookup|mtp|eagle|dflash).*") && !word.equals("--special")
                        && !word.endsWith("parse-special"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(speculative).hasSizeGreaterThan(50).allSatisfy(
                word -> assertThat(ServerOption.spelledBy(word)).as(word).contains(ServerOption.SPECULATION));
    }

    @Test
    void everyVariableOfLlamaCppThatSetsATabledOptionIsKnown() throws IOException {
        Set<String> known = Stream.of(ServerOption.values()).map(ServerOption::name)
                .collect(Collectors.toCollection(TreeSet::new));
        known.removeAll(Set.of("SIDECAR", "SLOT_SAVE_PATH", "SPECULATION"));
        Set<ServerOption> set = VARIABLE.matcher(library()).results().map(match -> match.group())
                .flatMap(variable -> ServerOption.setBy(variable).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(set.stream().map(ServerOption::name)).containsAll(known).contains("SPECULATION");
    }

    /** Short names are stored by the compiler inside instructions, not as text. */
    private static boolean isImmediate(String spelling) {
        return spelling.length() <= 8;
    }

    /** The prebuilt llama.cpp's; whoever builds with a llama.cpp of his own has none. */
    private static String library() throws IOException {
        try (Stream<Path> files = Files.walk(BINARIES)) {
            Path library = files.filter(file -> file.getFileName().toString().startsWith("libllama-common"))
                    .findFirst().orElseThrow();
            return Files.readString(library, StandardCharsets.ISO_8859_1);
        }
    }
}
