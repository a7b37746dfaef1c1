package rwkvms.sidecar.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureReader;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.sidecar.AttentionOutputs;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.WeightsManifest;
import rwkvms.sidecar.synthesis.PublishedSidecar.UnmovedTensor;

/**
 * The published manifests and the published fixture agree with themselves, with each other and with the specification.
 */
class PublishedManifestTests {
    private static final SharedCases SHARED = SharedCases.ofBuild();
    private static final String MANIFEST = "rwkv_ms_memory_sidecar_manifest.json";

    @TestFactory
    Stream<DynamicTest> sidecarManifest() {
        return SHARED.withUpstream(MANIFEST, path -> {
            JsonNode manifest = json(path);
            return Stream.of(
                    dynamicTest("gives a sidecar of the published size", () -> hasThePublishedSize(path)),
                    dynamicTest("has the published configuration", () -> hasThePublishedHashes(manifest)),
                    dynamicTest("describes its tensors as the format does", () -> describesItsTensors(manifest)),
                    dynamicTest("summarises its tensors", () -> summarises(manifest)),
                    dynamicTest("is what the writer makes of its shapes", () -> isWhatTheWriterMakes(path, manifest)),
                    dynamicTest("shows 47 tensors that never moved, and no other", () -> showsTheUnmoved(manifest)));
        });
    }

    private static void hasThePublishedSize(Path path) throws IOException {
        SidecarDraft draft = SyntheticManifest.draft(Files.readString(path), 1);
        assertThat(SidecarWriter.tensors(draft)).hasSize(186);
        assertThat(SidecarWriter.pairs(draft)).hasSize(34);
        assertThat(SidecarWriter.toBytes(draft)).hasSize(PublishedSidecar.FILE_BYTES);
        assertThat(SidecarWriter.pairs(draft.withFormatVersion(2))).hasSize(36);
        assertThat(SidecarWriter.toBytes(draft.withFormatVersion(2))).hasSize(PublishedSidecar.FILE_BYTES_VERSION_2);
    }

    private static void hasThePublishedHashes(JsonNode manifest) {
        assertThat(Sha256.of(PythonJson.indented(manifest.path("config")))).isEqualTo(PublishedSidecar.CONFIG_SHA256);
        assertThat(Sha256.of(PythonJson.indented(manifest.path("adapter_metadata"))))
                .isEqualTo(PublishedSidecar.METADATA_SHA256);
        assertThat(Json.text(manifest, "base_gguf_sha256"))
                .isEqualTo("fb8f0c032de00b18c710824af3c7e5777c71e5fb60b13f13575f0a9e92ddecd0");
        assertThat(Json.text(manifest, "mmproj_gguf_sha256")).startsWith("51d4b7fd");
        assertThat(Json.text(manifest, "output_sha256")).startsWith("0c646a77");
        assertThat(manifest.path("output_size_bytes").asInt()).isEqualTo(PublishedSidecar.FILE_BYTES);
    }

    private static void describesItsTensors(JsonNode manifest) {
        long position = -1;
        for (JsonNode entry : manifest.path("tensors")) {
            TensorNames.Ref ref = TensorNames.parseCompact(Json.text(entry, "name")).orElseThrow();
            long next = ref.layer() * 100L + List.of(MemoryTensor.values()).indexOf(ref.tensor());
            assertThat(next).as("place of %s", ref).isGreaterThan(position);
            position = next;
            long numel = entry.path("shape").valueStream().mapToLong(JsonNode::asLong).reduce(1, (a, b) -> a * b);
            assertThat(Json.text(entry, "source_name")).isEqualTo(ref.source());
            assertThat(Json.text(entry, "torch_dtype")).isEqualTo("bfloat16");
            assertThat(Json.text(entry, "gguf_type")).isEqualTo("BF16");
            assertThat(entry.path("numel").asLong()).isEqualTo(numel);
            assertThat(entry.path("bytes").asLong()).isEqualTo(2 * numel);
            assertThat(Json.text(entry, "sha256_raw")).matches("[0-9a-f]{64}");
        }
    }

    private static void summarises(JsonNode manifest) {
        JsonNode summary = manifest.path("summary");
        JsonNode config = manifest.path("config");
        JsonNode tensors = manifest.path("tensors");
        assertThat(summary.path("tensor_count").asInt()).isEqualTo(tensors.size()).isEqualTo(186);
        assertThat(summary.path("total_numel").asLong()).isEqualTo(sum(tensors, "numel")).isEqualTo(797_808);
        assertThat(summary.path("total_bytes").asLong()).isEqualTo(sum(tensors, "bytes")).isEqualTo(1_595_616);
        for (String setting : List.of("rank", "alpha", "target_layers", "delta_heads", "rwkv_ms_num_states",
                "rwkv_ms_chunk_size", "memory_backend")) {
            assertThat(summary.path(setting)).as(setting).isEqualTo(config.path(setting));
        }
        assertThat(config.has("rwkv_ms_semantics_version")).isFalse();
        assertThat(manifest.path("adapter_metadata").path("trainable_memory_params").asInt()).isEqualTo(797_808);
    }

    /** All but the hashes: shapes, names, order, attention widths. */
    private static void isWhatTheWriterMakes(Path path, JsonNode manifest) throws IOException {
        SidecarDraft draft = SyntheticManifest.draft(Files.readString(path), 1);
        assertThat(AttentionOutputs.json(draft.layers())).isEqualTo(manifest.path("per_layer_attention"));
        JsonNode ours = WeightsManifest.of(draft.layers()).entries();
        assertThat(ours.valueStream().map(PublishedManifestTests::withoutHash).toList())
                .isEqualTo(manifest.path("tensors").valueStream().map(PublishedManifestTests::withoutHash).toList());
        // The preset of these sizes draws the very same weights.
        assertThat(ours).isEqualTo(WeightsManifest.of(SyntheticSidecar.PUBLISHED.draft(1).layers()).entries());
    }

    private static void showsTheUnmoved(JsonNode manifest) {
        Map<String, String> hashes = new HashMap<>();
        manifest.path("tensors").forEach(entry -> hashes.put(Json.text(entry, "name"), Json.text(entry, "sha256_raw")));
        for (UnmovedTensor tensor : PublishedSidecar.unmoved()) {
            assertThat(hashes.remove(tensor.name())).as(tensor.name()).isEqualTo(tensor.sha256());
        }
        assertThat(hashes).hasSize(139);
        hashes.forEach((name, sha256) -> {
            TensorNames.Ref ref = TensorNames.parseCompact(name).orElseThrow();
            initial(ref).forEach(start -> assertThat(sha256).as(name).isNotEqualTo(start));
        });
    }

    /** The hash of the initial values of a token-shift vector or a0; the other tensors start at random. */
    private static Stream<String> initial(TensorNames.Ref ref) {
        RwkvInit init = new RwkvInit(ref.layer(), 8, 8);
        return switch (ref.tensor()) {
            case A0 -> Stream.of(Sha256.of(PublishedSidecar.vector(init::a0).bytes()));
            case X_R, X_W, X_K, X_V, X_A, X_G ->
                Stream.of(Sha256.of(PublishedSidecar.vector(n -> init.shift(ref.tensor(), n)).bytes()));
            default -> Stream.empty();
        };
    }

    @TestFactory
    Stream<DynamicTest> memoryManifest() {
        return SHARED.withUpstream("gguf_memory_manifest.json",
                other -> SHARED.withUpstream(MANIFEST,
                        path -> Stream.of(dynamicTest("agrees with the sidecar's", () -> {
                            JsonNode memory = json(other);
                            JsonNode sidecar = json(path);
                            assertThat(Json.text(memory, "schema")).isEqualTo("delta_mem_rwkv_ms_memory_manifest.v1");
                            assertThat(memory.path("config")).isEqualTo(sidecar.path("config"));
                            assertThat(memory.path("adapter_metadata")).isEqualTo(sidecar.path("adapter_metadata"));
                            assertThat(memory.path("tensors").valueStream().toList()).isEqualTo(
                                    sidecar.path("tensors").valueStream().map(PublishedManifestTests::inventory)
                                            .toList());
                        }))));
    }

    /** Each of the 31 tensors of layer 0 that the published fixture was computed with. */
    @TestFactory
    Stream<DynamicTest> fixture() {
        return SHARED.withUpstream("rwkv_ms_math_fixture.json",
                file -> SHARED.withUpstream(MANIFEST, path -> Stream.of(dynamicTest("was computed with these weights",
                        () -> {
                            Fixture fixture = FixtureReader.strict().read(file);
                            Map<String, String> layer0 = new HashMap<>();
                            json(path).path("tensors").forEach(entry -> {
                                if (Json.text(entry, "name").startsWith("blk.0.")) {
                                    layer0.put(Json.text(entry, "source_name"), Json.text(entry, "sha256_raw"));
                                }
                            });
                            assertThat(layer0).hasSize(31);
                            assertThat(fixture.adapterTensors().sha256())
                                    .containsExactlyInAnyOrderEntriesOf(layer0);
                            assertThat(fixture.source().configSha256()).isEqualTo(PublishedSidecar.CONFIG_SHA256);
                            assertThat(fixture.source().metadataSha256()).isEqualTo(PublishedSidecar.METADATA_SHA256);
                        }))));
    }

    private static JsonNode inventory(JsonNode entry) {
        ObjectNode inventory = JsonNodeFactory.instance.objectNode();
        inventory.set("name", entry.path("source_name"));
        inventory.set("shape", entry.path("shape"));
        inventory.set("dtype", entry.path("torch_dtype"));
        inventory.set("numel", entry.path("numel"));
        inventory.set("bytes", entry.path("bytes"));
        return inventory;
    }

    private static String withoutHash(JsonNode entry) {
        return PythonJson.compact(((ObjectNode) entry.deepCopy()).without("sha256_raw"), PythonJson.Keys.SORTED);
    }

    private static long sum(JsonNode tensors, String field) {
        return tensors.valueStream().mapToLong(entry -> entry.path(field).asLong()).sum();
    }

    private static JsonNode json(Path path) {
        try {
            return Json.parse(Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
