package rwkvms.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.mechanisms.PublishedFacts;
import rwkvms.sidecar.TensorNames;

/** Claims recomputed from files that are made here: every figure must follow its file. */
class MadeFilesTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root", ".."), "golden/data");
    private static final Map<String, String> NAMES_OF_STATES = Map.of("linear", "recall_linear_state", "rwkv7",
            "recall_rwkv7_state");
    private static final Map<String, String> NAMES_OF_RECALLS = Map.of("fixed", "recall_fixed", "dla", "recall_dla",
            "delta_rule", "recall_hrm_delta", "rwkv7", "recall_hrm_rwkv7", "rwkv7_multi", "recall_hrm_rwkv7_multi");
    private static final String MANIFEST = """
            {"output_sha256": "0c646a77ff", "base_gguf_sha256": "f0", "mmproj_gguf_sha256": "51d4b7fd",
             "config": {"target_layers": [0, 5], "delta_heads": ["q", "o"], "rank": 4, "alpha": 15.6,
                        "rwkv_ms_num_states": 3, "rwkv_ms_chunk_size": 7},
             "per_layer_attention": [{}, {}, {}, {}, {}, {"q_out": 1, "k_out": 2, "v_out": 3, "o_out": 4}],
             "tensors": [
               {"name": "blk.0.rwkv.ln_x.weight", "source_name": "%1$s", "shape": [2, 3], "numel": 6, "bytes": 12,
                "gguf_type": "BF16"},
               {"name": "blk.0.rwkv.ln_x.weight", "source_name": "other", "shape": [10], "numel": 10, "bytes": 20,
                "gguf_type": "BF16"},
               {"name": "none", "source_name": "%1$s", "shape": [10], "numel": 10, "bytes": 20, "gguf_type": "BF16"},
               {"name": "blk.0.rwkv.ln_x.weight", "source_name": "%1$s", "shape": [10], "numel": 9, "bytes": 20,
                "gguf_type": "BF16"},
               {"name": "blk.0.rwkv.ln_x.weight", "source_name": "%1$s", "shape": [10], "numel": 10, "bytes": 40,
                "gguf_type": "BF16"},
               {"name": "blk.0.rwkv.ln_x.weight", "source_name": "%1$s", "shape": [1000], "numel": 1000,
                "bytes": 2000, "gguf_type": "F16"}]}""";
    private static final String TRACE = """
            {"generation": {"do_sample": true, "temperature": 0.5},
             "result": {"assistant_display": "[A]\\nb", "state_stats": {"max_state_norm": %s},
                        "turn_stats": {"prompt_ingest": {"full_tokens": 11}, "decode": {"generated_tokens": 5}}},
             "session": {"processed_input_ids": [1, 2, 3], "processed_token_count": %s,
                         "delta_state_summary": {"tensors": [
                           {"name": "a", "shape": [2, 600], "sum_abs": 80.0},
                           {"name": "a.positions", "shape": [1], "sum_abs": 3.0},
                           {"name": "b.positions", "shape": [1], "sum_abs": %s}]}}}""";

    @TempDir
    private Path folder;

    private PublishedFiles with(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
        return PublishedFiles.in(folder);
    }

    private static List<String> lines(List<Claim> claims) {
        return claims.stream().map(claim -> claim.subject() + ": " + claim.result().label() + " [" + claim.recomputed()
                + "] " + claim.note()).toList();
    }

    @Test
    void aManifestOfAnotherSidecar() throws IOException {
        String source = TensorNames.parseCompact("blk.0.rwkv.ln_x.weight").orElseThrow().source();
        with(PublishedFiles.MEMORY_MANIFEST, """
                {"tensors": [{"name": "%1$s", "shape": [2, 3]}, {"name": "other", "shape": [11]},
                             {"name": "%1$s", "shape": [10]}, {"name": "x", "shape": [10]}]}""".formatted(source));

        assertThat(lines(SidecarClaims.all(with(PublishedFiles.SIDECAR_MANIFEST, MANIFEST.formatted(source)))))
                .containsExactly("tensors: confirmed [186] 6 layers of 31 tensors",
                        "bytes of weights: confirmed [1,595,616] bfloat16, two bytes per value",
                        "tensors in the manifest: refuted [1 of BF16, 1,046 values] from the published manifest",
                        "bytes of the file: refuted [no sidecar can be written of it: manifest, summary, rank: expected"
                                + " an integer from 1, found none] from the published manifest",
                        "wrapped layers, heads, rank, alpha, states, chunk: refuted [[0,5], [q,o], 4, 16, 3, 7] from the"
                                + " published manifest",
                        "q, k, v, o widths of layer 5: refuted [1, 2, 3, 4] from the published manifest",
                        "both manifests name the same tensors: refuted [2 equal] from the published manifest",
                        "SHA-256 of the sidecar: not checkable [] needs the file; the published manifest names the same",
                        "SHA-256 of the base model: not checkable [] needs the file; the published manifest names f0",
                        "SHA-256 of the multimodal projector: not checkable [] needs the file; the published manifest"
                                + " names the same",
                        "bytes of base model and multimodal projector: not checkable [] needs the model files");
    }

    @Test
    void oneManifestWithoutTheOther() throws IOException {
        assertThat(lines(SidecarClaims.all(with(PublishedFiles.SIDECAR_MANIFEST, MANIFEST)))).contains(
                "both manifests name the same tensors: refuted [the other manifest, gguf_memory_manifest.json, is"
                        + " absent] from the published manifest");
    }

    @Test
    void withoutAManifestTheHashesNeedTheirFilesAlone() throws IOException {
        assertThat(lines(SidecarClaims.all(PublishedFiles.in(folder)))).contains(
                "SHA-256 of the sidecar: not checkable [] needs the file",
                "bytes of the file: not checkable [] needs the published rwkv_ms_memory_sidecar_manifest.json, which is"
                        + " absent: name its folder with --published");
    }

    @Test
    void aTraceOfAnotherConversation() throws IOException {
        with(PublishedFiles.MEMORY_MANIFEST,
                "{\"adapter_metadata\": {\"smoke_test\": {\"observed_response\": \"[A]\\nb\"}}}");
        String note = " from the published trace";

        assertThat(lines(TraceClaims.all(with(PublishedFiles.TRACE, TRACE.formatted("10.0", "3", "3.0")))))
                .containsExactly("prompt tokens, generated tokens, processed tokens: refuted [11, 5, 3]" + note,
                        "state tensors and their values: refuted [3, 1,202]" + note,
                        "every layer's position: refuted [3]" + note,
                        "norm of the largest state: refuted [10.00, between sum / 8 and sum]" + note,
                        "response of the smoke test: refuted [[A] b] the metadata of the checkpoint has the same",
                        "runtime reproduces the trace: imprecise [do_sample true, temperature 0.5] the trace was decoded"
                                + " greedily, and the published check asks the server to sample at temperature 1.0,"
                                + " without top-k and without a seed: a match says that the distribution is peaked. An"
                                + " exact check needs temperature 0. The match itself needs the model");
        assertThat(lines(TraceClaims.all(with(PublishedFiles.TRACE, TRACE.formatted("80.0", "4", "4.0")))))
                .contains("prompt tokens, generated tokens, processed tokens: refuted [11, 5, unequal]" + note,
                        "every layer's position: refuted [[3, 4]]" + note,
                        "norm of the largest state: refuted [80.00, between sum / 8 and sum]" + note);
        Files.delete(folder.resolve(PublishedFiles.MEMORY_MANIFEST));
        assertThat(lines(TraceClaims.all(with(PublishedFiles.TRACE, TRACE.formatted("80.5", "4", "4.0")))))
                .contains("norm of the largest state: refuted [80.50, not possible with sum 80.0]" + note,
                        "response of the smoke test: refuted [[A] b] as the trace has it");
        assertThat(lines(TraceClaims.all(with(PublishedFiles.TRACE, TRACE.formatted("9.75", "4", "4.0")))))
                .contains("norm of the largest state: refuted [9.75, not possible with sum 80.0]" + note);
    }

    @Test
    void theTrialsByTheirPublishedNames() throws IOException {
        Map<PublishedFacts.Trial, Double> facts = PublishedFacts.trials();
        String lines = facts.entrySet().stream().map(entry -> line(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining("\n"));

        assertThat(PublishedTrials.read(with(PublishedFiles.TRIALS, lines))).hasValue(facts);
        Files.delete(folder.resolve(PublishedFiles.TRIALS));
        assertThat(PublishedTrials.read(PublishedFiles.in(folder))).isEmpty();
        assertThatThrownBy(() -> PublishedTrials.read(with(PublishedFiles.TRIALS, "{\n")))
                .isInstanceOf(IOException.class).hasMessageStartingWith("dla_trials.jsonl: expected JSON, found ");
    }

    private static String line(PublishedFacts.Trial trial, double value) {
        boolean policies = !trial.policy().isEmpty();
        String measure = trial.measure();
        String name = policies
                ? NAMES_OF_STATES.get(measure)
                : trial.experiment().equals("bound") ? "bound_" + measure : NAMES_OF_RECALLS.get(measure);
        ObjectNode json = new ObjectMapper().createObjectNode().put("metric", trial.experiment())
                .put("nseg", trial.segments()).put("K", trial.capacity()).put("seed", trial.seed())
                .put("T", trial.tokens()).put(policies ? "states" : "m_dla", trial.states()).put(name, value);
        return (policies ? json.put("policy", trial.policy()) : json).toString();
    }

    @Test
    void aFixtureOfTheSameRecordsWithOtherDigits() throws IOException {
        try (InputStream packed = new GZIPInputStream(Files.newInputStream(GOLDEN.resolve("basic/fixture.json.gz")))) {
            Files.copy(packed, folder.resolve(PublishedFiles.FIXTURE));
        }

        List<String> claims = lines(FixtureClaims.all(PublishedFiles.in(folder)));

        assertThat(claims).hasSize(5);
        assertThat(claims.get(0))
                .isEqualTo("bytes and SHA-256: refuted [43,770, 61261ff356d612a9a934a61f53c236b7c8c4e3c"
                        + "75d21c96878945b17763ceb80] ");
        assertThat(claims.get(1)).isEqualTo("records: confirmed [37, slots [0, 0, 1, 1], final position [1025]] every"
                + " record's hash proven");
        assertThat(claims.get(2)).isEqualTo("check without sidecar: confirmed [11 compared, max_abs_diff"
                + " 5.96046448e-08] the Java reference here; 2^-24, the last place of a float32 from 0.5 to 1");
        assertThat(claims.get(3)).isEqualTo("check with sidecar: imprecise [33 expected tensors, 23 · 2^-24 ="
                + " 1.37090683e-06] 51 counts comparisons, not tensors: the fixture has 33, so that at least 18 were"
                + " compared again. The difference is 23 last places of a float32 from 0.5 to 1; whether it is right"
                + " needs the published weights");
        assertThat(claims.get(4)).isEqualTo("PyTorch against its own fixture: not checkable [] needs PyTorch and the"
                + " published weights");
    }

    @Test
    void aFixtureThatIsNoneIsNamed() throws IOException {
        PublishedFiles files = with(PublishedFiles.FIXTURE, "{}");

        assertThatThrownBy(() -> FixtureClaims.all(files)).isInstanceOf(IOException.class)
                .hasMessageStartingWith(folder.resolve(PublishedFiles.FIXTURE) + ": ");
    }

    @Test
    void whatIsSaidOfTrainingAndOfOtherProgramsIsListedWithItsReason() {
        assertThat(lines(TrainingClaims.all())).startsWith(
                "benchmark, 4 of 20 solved: confirmed [4/20 = 0.20] arithmetic; the run needs the model")
                .endsWith("82 rows, 656 steps: not checkable [] the data are not published",
                        "3,519 rows, 656 steps: not checkable [] the data are not published",
                        "5,027 rows, 200 steps: not checkable [] the data are not published")
                .hasSize(10).allMatch(line -> line.contains("confirmed") || line.contains("not checkable"));
        assertThat(OtherClaims.all()).hasSize(6).extracting(Claim::result).containsOnly(ClaimResult.NOT_CHECKABLE);
    }

    @Test
    void aClaimIsWhatItsTextsMakeOfIt() {
        Claim equal = Claim.compared("t", "s", "1", "1", "n");
        Claim differing = Claim.compared("t", "s", "1", "2", "n");

        assertThat(equal).isEqualTo(new Claim("t", "s", "1", "1", ClaimResult.CONFIRMED, "n"));
        assertThat(differing).isEqualTo(new Claim("t", "s", "1", "2", ClaimResult.REFUTED, "n"));
        assertThat(equal.butExactly("e")).isEqualTo(new Claim("t", "s", "1", "1", ClaimResult.IMPRECISE, "e"));
        assertThat(differing.butExactly("e")).isEqualTo(new Claim("t", "s", "1", "2", ClaimResult.REFUTED, "e"));
        assertThat(Claim.notCheckable("t", "s", "1", "r"))
                .isEqualTo(new Claim("t", "s", "1", "", ClaimResult.NOT_CHECKABLE, "r"));
        assertThatThrownBy(() -> new Claim("t", "s", "1", "2", ClaimResult.NOT_CHECKABLE, ""))
                .hasMessage("s: expected a recomputed value of all but those that are not checkable, found \"2\" of one"
                        + " that is not checkable");
        assertThat(ClaimResult.NOT_CHECKABLE.label()).isEqualTo("not checkable");
    }
}
