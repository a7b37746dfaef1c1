package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.finds;
import static rwkvms.sidecar.validation.ReportAssertions.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.Ruling;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.GgufParts;

/** The edges of rules: the last value that is taken, and the first that is not. */
class RuleEdgeTests {
    private static final String W0 = "blk.0.rwkv.w0";

    @ParameterizedTest
    @ValueSource(ints = {65_535, 65_536})
    void keysUpTo65535Bytes(int length) {
        SidecarBytes sidecar = SidecarBytes.valid().add("k".repeat(length), GgufValue.u32(1));
        assertThat(sidecar.report().of(FindingCode.KEY_NAME)).hasSize(length == 65_535 ? 0 : 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0a", "a\0"})
    void aNulAnywhereInAName(String name) {
        ValidationReport keys = SidecarBytes.valid().add(name, GgufValue.u32(1)).report();
        assertThat(keys.of(FindingCode.NAME_NUL)).extracting(finding -> finding.rulings().gguf())
                .containsExactly(Ruling.REFUSES);
        ValidationReport tensors = SidecarBytes.valid().tensor(W0, tensor -> tensor.name(name)).report();
        assertThat(tensors.of(FindingCode.NAME_NUL)).extracting(finding -> finding.rulings().gguf())
                .containsExactly(Ruling.TAKES);
    }

    @Test
    void malformedKeys() {
        for (String key : List.of("a..b", ".a", "a.", "A", "ä", "a b", "a-b")) {
            assertThat(SidecarBytes.valid().add(key, GgufValue.u32(1)).report().of(FindingCode.KEY_NAME)).as(key)
                    .hasSize(1);
        }
        for (String key : List.of("a", "a_1.b_2", "0")) {
            assertThat(SidecarBytes.valid().add(key, GgufValue.u32(1)).report().of(FindingCode.KEY_NAME)).as(key)
                    .isEmpty();
        }
    }

    @Test
    void outputsFrom1() {
        for (int width : new int[]{0, 1}) {
            ValidationReport report = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                    layers -> ((ObjectNode) layers.get(0)).put("k_out", width)).report();
            assertThat(report.of(FindingCode.ATTENTION)).hasSize(1 - width);
        }
    }

    @Test
    void fullAttentionAbove2048() {
        assertThat(kinds(2048, "sliding_attention")).isZero();
        assertThat(kinds(2048, "full_attention")).isEqualTo(1);
        assertThat(kinds(2049, "full_attention")).isZero();
        assertThat(kinds(2049, "sliding_attention")).isEqualTo(1);
    }

    private static long kinds(int q, String kind) {
        return SidecarBytes.valid()
                .edit(SidecarKey.PER_LAYER_ATTENTION,
                        layers -> ((ObjectNode) layers.get(0)).put("q_out", q).put("attention_kind", kind))
                .report().of(FindingCode.ATTENTION).size();
    }

    @Test
    void attentionOfALayerThatIsNotThereTwiceOrNone() {
        for (String layer : List.of("1", "\"0\"", "0")) {
            SidecarBytes extra = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION, layers -> {
                ObjectNode copy = layers.get(0).deepCopy();
                ((ArrayNode) layers).add(copy.set("layer", ReportAssertions.parsed(layer)));
            });
            finds(extra, FindingCode.ATTENTION, "key delta_mem.per_layer_attention_json at byte "
                    + extra.at(SidecarKey.PER_LAYER_ATTENTION) + ": wrong attention of a layer: "
                    + "expected each target layer once, found an entry of layer " + layer);
        }
    }

    @Test
    void headsTimesRankUpTo32768() {
        assertThat(width(8192, 4)).isZero();
        assertThat(width(8193, 4)).isEqualTo(1);
        assertThat(width(1, 32_768)).isZero();
        assertThat(width(2, 32_768)).isEqualTo(1);
        assertThat(width(32_769, 0)).isEqualTo(1);
    }

    private static long width(long heads, long rank) {
        return SidecarBytes.valid().set(SidecarKey.NUM_STATE_HEADS, heads).set(SidecarKey.RANK, rank).report()
                .of(FindingCode.STATE_WIDTH).size();
    }

    /** The core's inner widths follow from D alone. */
    @ParameterizedTest
    @ValueSource(strings = {"w", "a", "g"})
    void innerWidthsOfTheCore(String core) {
        String name = "blk.0.rwkv." + core + "1";
        GgufParts parts = GgufParts.of(SidecarBytes.valid().bytes());
        parts.tensor(name).ne(64L, 4L);
        parts.tensor(name).data = new byte[2 * 64 * 4];
        assertThat(report(parts.bytes()).of(FindingCode.TENSOR_SHAPE)).extracting(Finding::expected)
                .containsExactly("ne [32, 4]");
    }

    /** The hidden size is what most projections have beside D, whichever way round they stand. */
    @Test
    void mostOfTheProjectionsTransposed() {
        GgufParts parts = GgufParts.of(SidecarBytes.valid().bytes());
        for (String name : List.of("blk.0.mem_q", "blk.0.mem_k", "blk.0.mem_v", "blk.2.mem_q")) {
            parts.tensor(name).ne(4L, 7L);
        }
        ValidationReport report = report(parts.bytes());
        assertThat(report.of(FindingCode.TENSOR_TRANSPOSED)).hasSize(4);
        assertThat(report.of(FindingCode.TENSOR_SHAPE)).isEmpty();
    }

    @Test
    void aZeroDimensionIsNamedWhereItStands() {
        GgufParts parts = GgufParts.of(SidecarBytes.valid().bytes());
        parts.tensor("blk.0.mem_q").ne(7L, 0L);
        assertThat(report(parts.bytes()).of(FindingCode.ZERO_DIMENSION)).extracting(Finding::byteOffset)
                .containsExactly(SidecarBytes.valid().gguf().tensors("blk.0.mem_q").getFirst().neOffset() + Long.BYTES);
    }

    /** 2^63 - 1 bytes fit 63 bits, but not what ggml's check allows. */
    @Test
    void aSizeThatOnlyGgmlFindsTooLarge() {
        GgufParts parts = GgufParts.of(SidecarBytes.valid().bytes());
        parts.tensor(W0).type = GgmlType.I8.id();
        parts.tensor(W0).ne(Long.MAX_VALUE);
        assertThat(report(parts.bytes()).of(FindingCode.TENSOR_SIZE)).extracting(Finding::message)
                .containsExactly("tensor \"blk.0.rwkv.w0\" at byte "
                        + SidecarBytes.valid().gguf().tensors(W0).getFirst().neOffset() + ": impossible tensor size: "
                        + "expected sizes that ggml can add up in 64 bits, found ne [9223372036854775807]");
    }

    @Test
    void embeddedTextsOfManifestAndMetadataContradict() {
        SidecarBytes readout = SidecarBytes.valid().set(SidecarKey.MEMORY_READOUT_MODE, "delta")
                .config(config -> config.put("memory_readout_mode", "other"));
        finds(readout, FindingCode.SETTING_CONTRADICTS, "key delta_mem.config_json, memory_readout_mode at byte "
                + readout.at(SidecarKey.CONFIG)
                + ": config_json contradicts a key: expected \"delta\", found \"other\"");
        Stream.of("memory_type", "base_model", "wrapped_layers", "rank", "alpha", "memory_backend", "delta_heads",
                "rwkv_ms_num_states", "rwkv_ms_chunk_size").forEach(name -> {
                    SidecarBytes other = SidecarBytes.valid().edit(SidecarKey.METADATA,
                            metadata -> ((ObjectNode) metadata).put(name, "x"));
                    assertThat(other.report().of(FindingCode.METADATA_CONTRADICTS)).as(name)
                            .extracting(Finding::place)
                            .containsExactly("key delta_mem.adapter_metadata_json, " + name);
                });
    }

    @Test
    void fusionUnderAnyPrefix() {
        assertThat(SidecarBytes.valid().config(config -> config.put("fusion_placement", "attention_output")
                .put("rwkv_ms_fusion_mode", "add")).report().findings()).isEmpty();
        SidecarBytes other = SidecarBytes.valid().config(config -> config.put("fusion_placement", "ffn"));
        finds(other, FindingCode.FUSION, "key delta_mem.config_json, fusion_placement at byte "
                + other.at(SidecarKey.CONFIG)
                + ": unsupported fusion: expected \"attention_output\", found \"ffn\"");
    }
}
