package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jobs of the nightly workflow take every part of what they judge, and each part once. */
final class NightlyTests {
    private static final Pattern DRAWS = Pattern.compile("Draws\\.ofBuild\\(\\)");

    private static JsonNode jobs() throws IOException {
        return new ObjectMapper(new YAMLFactory())
                .readTree(Files.readString(GateRun.ROOT.resolve(".github/workflows/nightly.yml"))).path("jobs");
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
    }

    private static List<String> commands(JsonNode job) {
        return StreamSupport.stream(job.path("steps").spliterator(), false).map(step -> step.path("run").asText(""))
                .filter(run -> run.contains("mvn ")).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"faults", "mutants", "falsealarms"})
    void theShardsAreTheWhole(String name) throws IOException {
        JsonNode job = jobs().path(name);
        List<String> shards = texts(job.at("/strategy/matrix/shard"));
        assertThat(shards).isNotEmpty().containsExactlyElementsOf(
                IntStream.rangeClosed(1, shards.size()).mapToObj(k -> k + "/" + shards.size()).toList());
        assertThat(commands(job)).singleElement().asString().contains("mvn -P" + name + " ")
                .contains("-Dshard=${{ matrix.shard }}");
        assertThat(texts(jobs().at("/together/needs"))).contains(name);
    }

    @Test
    void everyModuleThatPitMutatesHasAJob() throws IOException {
        List<String> mutated = new ArrayList<>();
        try (Stream<Path> poms = Files.find(GateRun.ROOT, 2, (file, facts) -> file.endsWith("pom.xml"))) {
            for (Path pom : poms.toList()) {
                if (Files.readString(pom).contains("<mutation.skip>false</mutation.skip>")) {
                    mutated.add(String.valueOf(GateRun.ROOT.relativize(pom).getParent()));
                }
            }
        }
        assertThat(texts(jobs().at("/pit/strategy/matrix/module"))).isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(mutated);
    }

    /** What a build takes a part of is in a test that draws, or in what it uses. */
    @Test
    void everyTestThatDrawsHasAJob() throws IOException {
        List<String> options = jobs().at("/draws/strategy/matrix/include").findValuesAsText("options");
        List<String> unnamed = new ArrayList<>();
        try (Stream<Path> sources = Files.find(GateRun.ROOT, 16,
                (file, facts) -> file.toString().matches(".*/src/test/java/.*(Tests|Properties)\\.java"))) {
            for (Path source : sources.toList()) {
                String name = String.valueOf(source.getFileName()).replace(".java", "");
                if (DRAWS.matcher(Files.readString(source)).find()
                        && options.stream().noneMatch(each -> each.contains("draws") && each.contains(name))) {
                    unnamed.add(name);
                }
            }
        }
        assertThat(unnamed).isEmpty();
    }

    /** It takes PyTorch, which no other build needs. */
    @Test
    void oneJobNamesEveryMistake() throws IOException {
        JsonNode job = jobs().path("names");
        assertThat(commands(job)).singleElement().asString().contains("-Pfaults ", "PyTorchFaultsTests",
                "DiagnosticianTests", "-Dpytorch.faults=");
        assertThat(job.path("steps").findValuesAsText("run")).anyMatch(run -> run.contains("python3-torch"))
                .anyMatch(run -> run.startsWith("/usr/bin/python3 golden/pytorch/fault_values.py "));
    }

    @Test
    void oneJobJudgesThePartsTogether() throws IOException {
        assertThat(commands(jobs().path("together"))).anyMatch(run -> run.contains("-Dtest=ShardResultsTests")
                && run.contains("-Dshard.results="));
    }
}
