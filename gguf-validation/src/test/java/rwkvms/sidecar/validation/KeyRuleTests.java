package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.codes;
import static rwkvms.sidecar.validation.ReportAssertions.finds;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSchema;
import rwkvms.sidecar.testing.SidecarSizes;

/** Keys and their fixed texts and numbers: every finding of the report, word for word. */
class KeyRuleTests {
    @Test
    void missingAndMistypedKeys() {
        finds(SidecarBytes.valid().remove(SidecarKey.NUM_STATES), FindingCode.KEY_MISSING,
                "key delta_mem.rwkv_ms_num_states: required key missing: expected a u32, found no such key");
        SidecarBytes text = SidecarBytes.valid().set(SidecarKey.NUM_STATES, "4");
        finds(text, FindingCode.KEY_TYPE, "key delta_mem.rwkv_ms_num_states at byte "
                + text.at(SidecarKey.NUM_STATES) + ": wrong key type: expected u32, found str \"4\"");
        SidecarBytes wide = SidecarBytes.valid().set(SidecarKey.ALPHA, new GgufValue.Real(
                GgufType.FLOAT64, 16));
        finds(wide, FindingCode.KEY_TYPE, "key delta_mem.alpha at byte " + wide.at(SidecarKey.ALPHA)
                + ": wrong key type: expected f32, found f64 16.0");
        SidecarBytes number = SidecarBytes.valid().set(SidecarKey.BASE_SHA256, 1);
        assertThat(codes(number)).containsExactly(FindingCode.KEY_TYPE);
    }

    @Test
    void optionalTextsMayBeAbsent() {
        assertThat(SidecarBytes.valid().remove(SidecarKey.NAME).remove(SidecarKey.STATUS)
                .remove(SidecarKey.BOUNDARY_MODE).report().findings()).isEmpty();
    }

    @Test
    void unknownKeysAreNamed() {
        SidecarBytes extra = SidecarBytes.valid().add("delta_mem.extra", new GgufValue.Bool(true));
        finds(extra, FindingCode.KEY_UNKNOWN, "key \"delta_mem.extra\" at byte "
                + extra.gguf().entries("delta_mem.extra").getFirst().keyOffset()
                + ": unknown key: expected a key of the sidecar format, found bool true");
        assertThat(extra.report().isValid()).isTrue();
    }

    @Test
    void keysOfVersion2InVersion1() {
        SidecarBytes mixed = SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1))
                .add("delta_mem.rwkv_ms_semantics_version", GgufValue.u32(1));
        finds(mixed, FindingCode.KEY_VERSION, "key delta_mem.rwkv_ms_semantics_version at byte "
                + mixed.at(SidecarKey.SEMANTICS_VERSION)
                + ": key of another format version: expected no such key in format version 1, found 1");
        finds(SidecarBytes.valid().remove(SidecarKey.STATE_DTYPE), FindingCode.KEY_MISSING,
                "key delta_mem.rwkv_ms_state_dtype: required key missing: expected a str, found no such key");
    }

    @Test
    void fixedTexts() {
        fixed(SidecarKey.ARCHITECTURE, FindingCode.ARCHITECTURE, "wrong architecture: expected \"rwkv_ms_memory\"");
        fixed(SidecarKey.NAME_FORMAT, FindingCode.NAME_FORMAT,
                "wrong tensor name format: expected \"compact_with_source_name_manifest\"");
        fixed(SidecarKey.STATE_DTYPE, FindingCode.STATE_DTYPE, "wrong state type: expected \"f32\"");
        fixed(SidecarKey.SCHEMA, FindingCode.SCHEMA, "wrong schema: expected "
                + "\"delta_mem_rwkv_ms_memory_gguf_sidecar.v1\" or \"delta_mem_rwkv_ms_memory_gguf_sidecar.v2\"");
        fixed(SidecarKey.BOUNDARY_MODE, FindingCode.BOUNDARY_MODE,
                "unsupported boundary mode: expected \"fixed_chunk\"");
    }

    private static void fixed(SidecarKey key, FindingCode code, String expected) {
        SidecarBytes other = SidecarBytes.valid().set(key, "x")
                .config(config -> config.remove("rwkv_ms_boundary_mode"));
        finds(other, code, "key " + key.key() + " at byte " + other.at(key) + ": " + expected + ", found \"x\"");
    }

    @Test
    void schemaOfAnotherFormatVersion() {
        SidecarBytes mixed = SidecarBytes.valid().set(SidecarKey.SCHEMA, SidecarSchema.V1.schema());
        finds(mixed, FindingCode.SCHEMA, "key delta_mem.schema at byte " + mixed.at(SidecarKey.SCHEMA)
                + ": wrong schema: expected \"delta_mem_rwkv_ms_memory_gguf_sidecar.v2\" for format version 2, "
                + "found \"delta_mem_rwkv_ms_memory_gguf_sidecar.v1\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FORMAT_VERSION    | 3  | wrong format version: expected 1 or 2
            ALIGNMENT         | 16 | wrong alignment: expected 32
            RANK              | 0  | rank out of range: expected 1 to 32768
            NUM_STATES        | 0  | number of states out of range: expected 1 to 2147483647
            CHUNK_SIZE        | 0  | chunk size out of range: expected 1 to 2147483647
            SEMANTICS_VERSION | 3  | unknown semantics version: expected 1 to 2
            TENSOR_COUNT      | 61 | tensor_count differs from the tensors: expected 62
            """)
    void numbersOutOfRange(SidecarKey key, long value, String expected) {
        SidecarBytes other = SidecarBytes.valid().set(key, value);
        String message = "key " + key.key() + " at byte " + other.at(key) + ": " + expected + ", found " + value;
        assertThat(other.report().of(FindingCode.valueOf(key.name()))).extracting(Finding::message)
                .containsExactly(message);
        assertThat(other.report().isComputable()).isFalse();
    }

    @Test
    void totals() {
        SidecarBytes numel = SidecarBytes.valid().set(SidecarKey.TOTAL_NUMEL, GgufValue.u64(-1));
        long actual = numel.gguf().tensors().stream().mapToLong(tensor -> tensor.count().orElseThrow()).sum();
        finds(numel, FindingCode.TOTAL_NUMEL, "key delta_mem.total_numel at byte " + numel.at(SidecarKey.TOTAL_NUMEL)
                + ": total_numel differs from the tensors: expected " + actual + ", found 18446744073709551615");
        SidecarBytes bytes = SidecarBytes.valid().set(SidecarKey.TOTAL_BYTES, GgufValue.u64(1));
        finds(bytes, FindingCode.TOTAL_BYTES, "key delta_mem.total_bytes at byte " + bytes.at(SidecarKey.TOTAL_BYTES)
                + ": total_bytes differs from the tensors: expected " + 2 * actual + ", found 1");
    }

    @Test
    void alpha() {
        for (float value : new float[]{0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            SidecarBytes other = SidecarBytes.valid().set(SidecarKey.ALPHA, GgufValue.f32(value))
                    .config(config -> config.remove("alpha"));
            finds(other, FindingCode.ALPHA, "key delta_mem.alpha at byte " + other.at(SidecarKey.ALPHA)
                    + ": alpha out of range: expected a finite number above 0, found " + value);
        }
    }
}
