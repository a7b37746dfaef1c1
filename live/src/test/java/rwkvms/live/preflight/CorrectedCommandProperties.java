package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.Tuple;

/** A corrected command is not refused, keeps every word that no rule is about, and survives a shell. */
class CorrectedCommandProperties {
    @Property(tries = 2000)
    void correctedCommandsPass(@ForAll("arguments") List<List<String>> arguments,
            @ForAll("variables") List<Tuple2<String, String>> variables) throws IOException {
        Path model = Files.createTempFile("base", ".gguf");
        Map<String, String> environment = new HashMap<>();
        variables.forEach(variable -> environment.put(variable.get1(), variable.get2()));
        List<String> words = new ArrayList<>(List.of("llama-server", "--alias", "it's", "--slot-save-path", "s"));
        words.addAll(List.of("-m", model.toString(), "--rwkv-ms-sidecar", model.toString()));
        arguments.forEach(words::addAll);
        Launch launch = Launch.of(words, environment, ConfigFiles.none());
        List<String> corrected = CorrectedCommand.of(launch);
        int program = corrected.indexOf("llama-server");
        for (int i = 1; i < program; i++) {
            environment.remove(corrected.get(i));
        }
        Launch again = Launch.of(corrected.subList(program, corrected.size()), environment,
                ConfigFiles.none());
        assertThat(Preflight.check(again)).noneMatch(LaunchFinding::refuses);
        assertThat(again.words().others()).containsExactlyElementsOf(launch.words().others());
        assertThat(CorrectedCommand.of(again)).isEqualTo(corrected.subList(program, corrected.size()));
        Files.delete(model);
    }

    @Example
    void aShellReadsTheLineBack() throws IOException, InterruptedException {
        List<String> words = List.of("plain", "two words", "it's", "$HOME `x` \"y\" \\", "", "*", "é", "a=b");
        Process shell = new ProcessBuilder("sh", "-c", "for word in " + CorrectedCommand.line(words)
                + "; do printf '%s\\n' \"$word\"; done").redirectErrorStream(true).start();
        List<String> read = shell.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(shell.waitFor()).isZero();
        assertThat(read).isEqualTo(words);
    }

    @Provide
    Arbitrary<List<List<String>>> arguments() {
        // files cannot be corrected
        Arbitrary<String> spellings = Arbitraries.of(ServerOption.all().stream()
                .filter(option -> option != ServerOption.MODEL && option != ServerOption.SIDECAR).toList())
                .flatMap(option -> Arbitraries.of(option.spellings()));
        Arbitrary<List<String>> options = Arbitraries.oneOf(spellings.map(List::of),
                spellings.flatMap(word -> Arbitraries.of("0", "1", "2", "512", "x.gguf", "")
                        .map(value -> List.of(word, value))),
                spellings.map(word -> List.of(word + "=1")), Arbitraries.of("--verbose", "--jinja").map(List::of));
        return options.list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Tuple2<String, String>>> variables() {
        return Arbitraries.of("LLAMA_ARG_N_PARALLEL", "LLAMA_ARG_NO_CONT_BATCHING", "LLAMA_ARG_CONT_BATCHING",
                "LLAMA_ARG_SPEC_TYPE", "LLAMA_ARG_MMPROJ", "LLAMA_ARG_CACHE_RAM", "LLAMA_ARG_HF_REPO", "PATH")
                .flatMap(name -> Arbitraries.of("0", "1", "on", "off", "x").map(value -> Tuple.of(name, value))).list()
                .ofMaxSize(4);
    }
}
