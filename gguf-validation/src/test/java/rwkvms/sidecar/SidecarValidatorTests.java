package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.fixtures.Sha256;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;

/** Each rule with the whole of what it says: every finding of the report, word for word. */
class SidecarValidatorTests {
    private static final String MEM_Q = "blk.0.mem_q";

    @Test
    void findsNothingInValidSidecars() {
        assertThat(SidecarBytes.valid().report().findings()).isEmpty();
        assertThat(SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1)).report().findings()).isEmpty();
        assertThat(SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).report().findings()).isEmpty();
        assertThat(SidecarBytes.valid().report().isValid()).isTrue();
    }

    @Test
    void baseSha256Absent() {
        finds(SidecarBytes.valid().remove(SidecarKey.BASE_SHA256), FindingCode.BASE_SHA256_MISSING,
                "key delta_mem.base_gguf_sha256: base SHA-256 absent: expected 64 lowercase hexadecimal digits, "
                        + "found none");
    }

    @Test
    void baseSha256Malformed() {
        SidecarBytes upper = SidecarBytes.valid().set(SidecarKey.BASE_SHA256, "AB");
        finds(upper, FindingCode.BASE_SHA256_FORM, "key delta_mem.base_gguf_sha256 at byte "
                + upper.at(SidecarKey.BASE_SHA256) + ": base SHA-256 malformed: "
                + "expected 64 lowercase hexadecimal digits, found \"AB\"");
    }

    @Test
    void baseSha256OfAnotherFile(@TempDir Path folder) throws IOException {
        Path base = Files.writeString(folder.resolve("base.gguf"), "another base");
        SidecarBytes sidecar = SidecarBytes.valid().base(base);
        finds(sidecar, FindingCode.BASE_SHA256_DIFFERS, "key delta_mem.base_gguf_sha256 at byte "
                + sidecar.at(SidecarKey.BASE_SHA256) + ": another base model: expected "
                + "ca9009840503bbb5513c9e5a9ca58b4cac3119d8b4bab71bde9a42492d5ccae4 (the SHA-256 of " + base
                + "), found " + Drafts.BASE_SHA256);
    }

    @Test
    void baseSha256OfTheFile(@TempDir Path folder) throws IOException {
        Path base = Files.writeString(folder.resolve("base.gguf"), "the base");
        SidecarBytes sidecar = SidecarBytes.valid().base(base).set(SidecarKey.BASE_SHA256, Sha256.of(base));
        assertThat(sidecar.report().findings()).isEmpty();
    }

    @Test
    void baseUnreadable(@TempDir Path folder) {
        Path base = folder.resolve("absent.gguf");
        finds(SidecarBytes.valid().base(base), FindingCode.BASE_UNREADABLE,
                "base " + base + ": the base file cannot be read: expected a readable file, found no such file");
    }

    @Test
    void numStateHeads() {
        SidecarBytes two = SidecarBytes.of(SidecarSizes.SMALL.withHeads(2));
        finds(two, FindingCode.NUM_STATE_HEADS, "key delta_mem.num_state_heads at byte "
                + two.at(SidecarKey.NUM_STATE_HEADS) + ": unsupported number of state heads: expected 1, found 2");
        SidecarBytes none = SidecarBytes.valid().set(SidecarKey.NUM_STATE_HEADS, 0)
                .config(config -> config.remove("num_state_heads"));
        finds(none, FindingCode.NUM_STATE_HEADS, "key delta_mem.num_state_heads at byte "
                + none.at(SidecarKey.NUM_STATE_HEADS) + ": unsupported number of state heads: expected 1, found 0");
        assertThat(none.report().isComputable()).isTrue();
    }

    @Test
    void stateWidthBeyondEveryTensor() {
        SidecarBytes wide = SidecarBytes.valid().set(SidecarKey.NUM_STATE_HEADS, 4294967295L);
        assertThat(messages(wide)).contains("key delta_mem.num_state_heads at byte "
                + wide.at(SidecarKey.NUM_STATE_HEADS) + ": state width out of range: "
                + "expected rank times heads of at most 32768, found 4 times 4294967295");
        assertThat(wide.report().isComputable()).isFalse();
    }

    @Test
    void duplicateTensorNames() {
        SidecarBytes twice = SidecarBytes.valid().tensor("blk.0.mem_k", tensor -> renamed(tensor, MEM_Q));
        List<GgufTensorInfo> both = twice.gguf().tensors(MEM_Q);
        assertThat(codes(twice)).containsExactly(FindingCode.DUPLICATE_TENSOR, FindingCode.TENSOR_MISSING,
                FindingCode.MANIFEST_UNKNOWN);
        assertThat(messages(twice)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + both.getLast().infoOffset()
                        + ": duplicate tensor name: expected each name once, found it at byte "
                        + both.getFirst().infoOffset() + " already",
                "tensor \"blk.0.mem_k\": required tensor missing: expected it beside the other tensors of layer 0, "
                        + "found none",
                "manifest entry \"blk.0.mem_k\" at byte " + twice.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest entry without its tensor: expected a tensor of that name, found none");
    }

    @Test
    void duplicateKeys() {
        SidecarBytes twice = SidecarBytes.valid().add("delta_mem.rank", GgufValue.u32(5));
        var entries = twice.gguf().entries("delta_mem.rank");
        finds(twice, FindingCode.DUPLICATE_KEY, "key \"delta_mem.rank\" at byte " + entries.getLast().keyOffset()
                + ": duplicate key: expected each key once, found it at byte " + entries.getFirst().keyOffset()
                + " already");
    }

    @Test
    void missingTensors() {
        finds(SidecarBytes.valid().removeTensor("blk.2.delta_k").recount(), FindingCode.TENSOR_MISSING,
                "tensor \"blk.2.delta_k\": required tensor missing: "
                        + "expected it beside the other tensors of layer 2, found none");
        assertThat(codes(SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).removeTensor("blk.0.lambda").recount()))
                .containsExactly(FindingCode.TENSOR_MISSING);
    }

    @Test
    void unusedLambda() {
        SidecarBytes unused = SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).removeTensor("blk.2.lambda")
                .removeTensor("blk.2.lambda_b").removeTensor("blk.0.lambda_b").recount()
                .config(config -> config.put("couple_lambda", true));
        finds(unused, FindingCode.LAMBDA_UNUSED, "tensor \"blk.0.lambda\" at byte "
                + unused.gguf().tensors("blk.0.lambda").getFirst().infoOffset()
                + ": lambda tensor beside a coupled lambda: expected none, or couple_lambda false, "
                + "found couple_lambda true");
        assertThat(unused.report().isValid()).isTrue();
    }

    @Test
    void transposedShape() {
        SidecarBytes transposed = SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 4, 7));
        long ne = transposed.gguf().tensors(MEM_Q).getFirst().neOffset();
        assertThat(messages(transposed)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + ne
                        + ": transposed ggml shape: expected ne [7, 4], found ne [4, 7]",
                "manifest entry \"blk.0.mem_q\", shape at byte " + transposed.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest contradicts its tensor: expected [7,4], found [4,7]");
    }

    @Test
    void wrongShape() {
        SidecarBytes flat = SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 14, 2))
                .firstEntry(entry -> shape(entry, 2, 14));
        finds(flat, FindingCode.TENSOR_SHAPE, "tensor \"blk.0.mem_q\" at byte "
                + flat.gguf().tensors(MEM_Q).getFirst().neOffset()
                + ": wrong ggml shape: expected ne [7, 4], found ne [14, 2]");
        assertThat(codes(SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 28))
                .firstEntry(entry -> shape(entry, 28)))).containsExactly(FindingCode.TENSOR_SHAPE);
    }

    @Test
    void deltaShapeAgainstTheLayersAttention() {
        SidecarBytes narrow = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ObjectNode) attention.get(0)).put("q_out", 6));
        finds(narrow, FindingCode.TENSOR_SHAPE, "tensor \"blk.0.delta_q\" at byte "
                + narrow.gguf().tensors("blk.0.delta_q").getFirst().neOffset()
                + ": wrong ggml shape: expected ne [4, 6], found ne [4, 5]");
    }

    @Test
    void attentionOfALayer() {
        SidecarBytes none = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ArrayNode) attention).remove(1));
        finds(none, FindingCode.ATTENTION, "key delta_mem.per_layer_attention_json at byte "
                + none.at(SidecarKey.PER_LAYER_ATTENTION)
                + ": wrong attention of a layer: expected an entry of layer 2, found none");
        SidecarBytes text = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ObjectNode) attention.get(0)).put("k_out", "3"));
        finds(text, FindingCode.ATTENTION, "key delta_mem.per_layer_attention_json, layer 0, k_out at byte "
                + text.at(SidecarKey.PER_LAYER_ATTENTION)
                + ": wrong attention of a layer: expected an integer from 1, found \"3\"");
    }

    @Test
    void wrongTensorType() {
        SidecarBytes halves = SidecarBytes.valid()
                .tensor(MEM_Q, tensor -> new GgufTensor(MEM_Q, GgmlType.I16, tensor.ne(), tensor.data()))
                .firstEntry(entry -> entry.put("gguf_type", "I16"));
        finds(halves, FindingCode.TENSOR_TYPE, "tensor \"blk.0.mem_q\" at byte "
                + halves.gguf().tensors(MEM_Q).getFirst().typeOffset()
                + ": wrong tensor type: expected BF16, F16 or F32, found I16");
    }

    @Test
    void unknownTensors() {
        SidecarBytes unknown = SidecarBytes.valid().tensor(MEM_Q, tensor -> renamed(tensor, "blk.0.mem_\n"))
                .firstEntry(entry -> entry.put("name", "blk.0.mem_\n"));
        assertThat(messages(unknown)).containsExactly(
                "tensor \"blk.0.mem_\\u000a\" at byte " + unknown.gguf().tensors().getFirst().infoOffset()
                        + ": unknown tensor: expected blk.<layer>. and a tensor of the sidecar format, "
                        + "found another name",
                "tensor \"blk.0.mem_q\": required tensor missing: expected it beside the other tensors of layer 0, "
                        + "found none");
    }

    @Test
    void longTensorNames() {
        String name = "ä".repeat(32);
        SidecarBytes longName = SidecarBytes.valid().tensor(MEM_Q, tensor -> renamed(tensor, name));
        assertThat(longName.report().of(FindingCode.TENSOR_NAME)).extracting(Finding::message)
                .containsExactly("tensor \"" + name + "\" at byte "
                        + longName.gguf().tensors().getFirst().infoOffset()
                        + ": tensor name too long: expected at most 63 bytes, found 64");
        assertThat(SidecarBytes.valid().tensor(MEM_Q, tensor -> renamed(tensor, "x".repeat(63))).report()
                .of(FindingCode.TENSOR_NAME)).isEmpty();
    }

    @Test
    void tensorsOfAnotherLayer() {
        SidecarBytes other = SidecarBytes.valid().set(SidecarKey.TARGET_LAYERS, "[0]")
                .config(config -> config.putArray("target_layers").add(0));
        assertThat(other.report().findings()).hasSize(31)
                .allSatisfy(finding -> assertThat(finding.code()).isEqualTo(FindingCode.TENSOR_LAYER));
        assertThat(messages(other)).first().isEqualTo("tensor \"blk.2.mem_q\" at byte "
                + other.gguf().tensors("blk.2.mem_q").getFirst().infoOffset()
                + ": tensor of a layer that is no target: expected one of the target layers [0], found layer 2");
    }

    @Test
    void tensorDataOutsideTheFile() {
        byte[] whole = SidecarBytes.valid().bytes();
        byte[] cut = Arrays.copyOf(whole, whole.length - 32);
        List<Finding> findings = report(cut).findings();
        GgufTensorInfo last = SidecarBytes.valid().gguf().tensors().getLast();
        assertThat(findings).extracting(Finding::message).containsExactly("tensor \"blk.2.rwkv.ln_x.bias\" at byte "
                + last.dataOffsetOffset() + ": tensor data outside the file: expected its 8 bytes within the "
                + last.dataOffset() + " of tensor data, found offset " + last.dataOffset());
    }

    @Test
    void tensorDataWithGaps() {
        SidecarBytes sidecar = SidecarBytes.valid();
        GgufTensorInfo last = sidecar.gguf().tensors().getLast();
        byte[] bytes = sidecar.bytes();
        int field = (int) last.dataOffsetOffset();
        bytes[field] = (byte) (bytes[field] ^ 32);
        assertThat(report(bytes).findings()).extracting(Finding::message).startsWith(
                "tensor \"blk.2.rwkv.ln_x.bias\" at byte " + last.dataOffsetOffset()
                        + ": tensor data not contiguous: expected offset " + last.dataOffset() + ", found "
                        + (last.dataOffset() ^ 32));
    }

    @Test
    void impossibleTensorSize() {
        SidecarBytes sidecar = SidecarBytes.valid();
        GgufTensorInfo first = sidecar.gguf().tensors().getFirst();
        byte[] bytes = sidecar.bytes();
        bytes[(int) first.neOffset() + 7] = (byte) 0x80;
        assertThat(report(bytes).findings()).extracting(Finding::message).startsWith("tensor \"blk.0.mem_q\" at byte "
                + first.neOffset() + ": impossible tensor size: expected dimensions of whole BF16 blocks whose size "
                + "fits 63 bits, found ne [-9223372036854775801, 4]");
    }

    @Test
    void containerVersion2() {
        byte[] bytes = SidecarBytes.valid().bytes();
        bytes[4] = 2;
        assertThat(report(bytes).findings()).extracting(Finding::message)
                .containsExactly("version at byte 4: wrong GGUF version for a sidecar: expected 3, found 2");
    }

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

    @Test
    void numbersOutOfRange() {
        outOfRange(SidecarKey.FORMAT_VERSION, 3, FindingCode.FORMAT_VERSION, "wrong format version: expected 1 or 2");
        outOfRange(SidecarKey.ALIGNMENT, 16, FindingCode.ALIGNMENT, "wrong alignment: expected 32");
        outOfRange(SidecarKey.RANK, 0, FindingCode.RANK, "rank out of range: expected 1 to 32768");
        outOfRange(SidecarKey.NUM_STATES, 0, FindingCode.NUM_STATES,
                "number of states out of range: expected 1 to 2147483647");
        outOfRange(SidecarKey.CHUNK_SIZE, 0, FindingCode.CHUNK_SIZE,
                "chunk size out of range: expected 1 to 2147483647");
        outOfRange(SidecarKey.SEMANTICS_VERSION, 3, FindingCode.SEMANTICS_VERSION,
                "unknown semantics version: expected 1 to 2");
        outOfRange(SidecarKey.TENSOR_COUNT, 61, FindingCode.TENSOR_COUNT,
                "tensor_count differs from the tensors: expected 62");
    }

    private static void outOfRange(SidecarKey key, long value, FindingCode code, String expected) {
        SidecarBytes other = SidecarBytes.valid().set(key, value);
        String message = "key " + key.key() + " at byte " + other.at(key) + ": " + expected + ", found " + value;
        assertThat(other.report().of(code)).extracting(Finding::message).containsExactly(message);
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

    @Test
    void settings() {
        setting("trainable_delta_scale", "true", FindingCode.TRAINABLE_DELTA_SCALE,
                "unsupported trainable delta scale: expected false");
        setting("state_update_mode", "\"other\"", FindingCode.UPDATE_MODE,
                "unsupported update mode: expected standard, lambda_outside or no_lambda");
        setting("state_update_mode", "null", FindingCode.SETTING_TYPE,
                "wrong type of a setting: expected a JSON string");
        setting("normalize_qk", "1", FindingCode.SETTING_TYPE, "wrong type of a setting: expected a JSON boolean");
        setting("rwkv_ms_erase_gate", "\"1\"", FindingCode.SETTING_TYPE,
                "wrong type of a setting: expected a JSON number");
        setting("rwkv_ms_read_top_k", "-1", FindingCode.SETTING_RANGE,
                "setting out of range: expected an integer of 0 to 2147483647");
        setting("rwkv_ms_read_top_k", "2.0", FindingCode.SETTING_RANGE,
                "setting out of range: expected an integer of 0 to 2147483647");
    }

    @Test
    void contradictions() {
        setting("rank", "5", FindingCode.SETTING_CONTRADICTS, "config_json contradicts a key: expected 4");
        setting("alpha", "8.0", FindingCode.SETTING_CONTRADICTS, "config_json contradicts a key: expected 16.0");
        setting("num_state_heads", "2", FindingCode.SETTING_CONTRADICTS, "config_json contradicts a key: expected 1");
        setting("rwkv_ms_num_states", "5", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected 4");
        setting("rwkv_ms_chunk_size", "\"1024\"", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected 1024");
        setting("rwkv_ms_semantics_version", "1", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected 2");
        setting("rwkv_ms_boundary_mode", "\"other\"", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected \"fixed_chunk\"");
        setting("target_layers", "[0,1]", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected [0,2]");
        setting("delta_heads", "[\"q\"]", FindingCode.SETTING_CONTRADICTS,
                "config_json contradicts a key: expected [\"q\",\"o\"]");
    }

    @Test
    void semanticsThatFormatVersion1CannotState() {
        SidecarBytes hidden = SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1))
                .config(config -> config.put("rwkv_ms_semantics_version", 2));
        finds(hidden, FindingCode.SETTING_CONTRADICTS, "key delta_mem.config_json, rwkv_ms_semantics_version at byte "
                + hidden.at(SidecarKey.CONFIG) + ": config_json contradicts a key: expected 1, found 2");
    }

    private static void setting(String name, String value, FindingCode code, String expected) {
        SidecarBytes other = SidecarBytes.valid().config(config -> config.set(name, parsed(value)));
        finds(other, code, "key delta_mem.config_json, " + name + " at byte " + other.at(SidecarKey.CONFIG) + ": "
                + expected + ", found " + value);
    }

    @Test
    void targetLayers() {
        layers("[]", "expected 1 to 1024 layers, found 0");
        layers("[0,0,2]", "expected a layer above 0, found 0");
        layers("[2,0]", "expected a layer above 2, found 0");
        layers("[-1,0,2]", "expected a layer number from 0, found -1");
        layers("[0,2,\"3\"]", "expected a layer above 2, found \"3\"");
    }

    private static void layers(String json, String expected) {
        SidecarBytes other = SidecarBytes.valid().set(SidecarKey.TARGET_LAYERS, json)
                .config(config -> config.remove("target_layers"));
        assertThat(other.report().of(FindingCode.TARGET_LAYERS)).extracting(Finding::message)
                .containsExactly("key delta_mem.target_layers_json at byte " + other.at(SidecarKey.TARGET_LAYERS)
                        + ": wrong target layers: " + expected);
    }

    @Test
    void deltaHeads() {
        for (String wrong : List.of("\"x\"", "\"q\"", "1")) {
            SidecarBytes other = SidecarBytes.valid().set(SidecarKey.DELTA_HEADS, "[\"q\"," + wrong + "]")
                    .config(config -> config.remove("delta_heads"));
            finds(other, FindingCode.DELTA_HEADS, "key delta_mem.delta_heads_json at byte "
                    + other.at(SidecarKey.DELTA_HEADS)
                    + ": wrong delta heads: expected some of q, k, v, o, each once, found " + wrong);
        }
    }

    @Test
    void embeddedJson() {
        SidecarBytes twice = SidecarBytes.valid().set(SidecarKey.METADATA, "{\"a\":1,\"a\":2}");
        finds(twice, FindingCode.JSON_SYNTAX, "key delta_mem.adapter_metadata_json at byte "
                + twice.at(SidecarKey.METADATA) + ": malformed JSON: expected one JSON document without duplicated "
                + "keys, found at its character 10 \"Duplicate field 'a'\"");
        SidecarBytes number = SidecarBytes.valid().set(SidecarKey.METADATA, "1");
        finds(number, FindingCode.JSON_FORM, "key delta_mem.adapter_metadata_json at byte "
                + number.at(SidecarKey.METADATA) + ": JSON of the wrong form: expected a JSON object, "
                + "found a JSON number");
        SidecarBytes empty = SidecarBytes.valid().set(SidecarKey.RUNTIME_HOOKS, "");
        finds(empty, FindingCode.JSON_FORM, "key delta_mem.required_runtime_hooks_json at byte "
                + empty.at(SidecarKey.RUNTIME_HOOKS) + ": JSON of the wrong form: expected a JSON array, "
                + "found an empty text");
    }

    @Test
    void manifestEntries() {
        manifest(entry -> entry.put("source_name", "x"), "\"blk.0.mem_q\", source_name",
                "expected \"model.language_model.layers.0.self_attn.memory_q_proj\", found \"x\"");
        manifest(entry -> entry.put("gguf_type", "F16"), "\"blk.0.mem_q\", gguf_type",
                "expected \"BF16\", found \"F16\"");
        manifest(entry -> entry.put("numel", 28.0), "\"blk.0.mem_q\", numel", "expected 28, found 28.0");
        manifest(entry -> entry.remove("bytes"), "\"blk.0.mem_q\", bytes", "expected 56, found none");
        manifest(entry -> shape(entry, 7, 4), "\"blk.0.mem_q\", shape", "expected [4,7], found [7,4]");
    }

    private static void manifest(Consumer<ObjectNode> edit, String place, String expected) {
        SidecarBytes other = SidecarBytes.valid().firstEntry(edit);
        finds(other, FindingCode.MANIFEST_CONTRADICTS, "manifest entry " + place + " at byte "
                + other.at(SidecarKey.TENSOR_MANIFEST) + ": manifest contradicts its tensor: " + expected);
    }

    @Test
    void manifestEntriesWithoutTensorsAndTheOtherWayRound() {
        SidecarBytes renamed = SidecarBytes.valid().firstEntry(entry -> entry.put("name", "x"));
        assertThat(messages(renamed)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + renamed.gguf().tensors(MEM_Q).getFirst().infoOffset()
                        + ": tensor without a manifest entry: expected an entry in delta_mem.tensor_manifest_json, "
                        + "found none",
                "manifest entry \"x\" at byte " + renamed.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest entry without its tensor: expected a tensor of that name, found none");
        SidecarBytes twice = SidecarBytes.valid().edit(SidecarKey.TENSOR_MANIFEST,
                manifest -> ((ArrayNode) manifest).add(manifest.get(0)));
        finds(twice, FindingCode.MANIFEST_CONTRADICTS, "manifest entry \"blk.0.mem_q\" at byte "
                + twice.at(SidecarKey.TENSOR_MANIFEST)
                + ": manifest contradicts its tensor: expected one entry of that name, found another");
    }

    @Test
    void payloadThatDiffersFromTheManifest() {
        SidecarBytes zero = SidecarBytes.valid().tensor("blk.2.rwkv.ln_x.bias",
                tensor -> new GgufTensor(tensor.name(), tensor.type(), tensor.ne(),
                        MemorySegment.ofArray(new byte[8])));
        var file = zero.gguf();
        Finding finding = zero.report().findings().getFirst();
        assertThat(zero.report().findings()).hasSize(1);
        assertThat(finding.place()).isEqualTo("manifest entry \"blk.2.rwkv.ln_x.bias\", sha256_raw");
        assertThat(finding.byteOffset()).isEqualTo(file.dataStart() + file.tensors().getLast().dataOffset());
        assertThat(finding.expected())
                .isEqualTo("\"af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc\"");
    }

    @Test
    void boundsTheFindingsOfOneCode() {
        SidecarBytes sidecar = SidecarBytes.valid();
        for (int i = 0; i < 150; i++) {
            sidecar.add("extra." + i, GgufValue.u32(i));
        }
        sidecar.set(SidecarKey.ARCHITECTURE, "x");
        ValidationReport report = sidecar.report();
        assertThat(report.of(FindingCode.KEY_UNKNOWN)).hasSize(100);
        assertThat(report.of(FindingCode.ARCHITECTURE)).hasSize(1);
        assertThat(report.omitted()).isEqualTo(50);
    }

    private static void finds(SidecarBytes sidecar, FindingCode code, String message) {
        assertThat(messages(sidecar)).containsExactly(message);
        assertThat(codes(sidecar)).containsExactly(code);
    }

    private static List<String> messages(SidecarBytes sidecar) {
        return sidecar.report().findings().stream().map(Finding::message).toList();
    }

    private static List<FindingCode> codes(SidecarBytes sidecar) {
        return sidecar.report().findings().stream().map(Finding::code).toList();
    }

    private static ValidationReport report(byte[] bytes) {
        try {
            return SidecarValidator.check(Path.of("test.gguf"),
                    new SidecarFile(GgufReader.read(MemorySegment.ofArray(bytes)), null));
        } catch (GgufException unreadable) {
            return SidecarValidator.unreadable(Path.of("test.gguf"), unreadable);
        }
    }

    private static JsonNode parsed(String json) {
        try {
            return Json.parse(json);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static GgufTensor renamed(GgufTensor tensor, String name) {
        return new GgufTensor(name, tensor.type(), tensor.ne(), tensor.data());
    }

    private static GgufTensor reshaped(GgufTensor tensor, long... ne) {
        return new GgufTensor(tensor.name(), tensor.type(), Arrays.stream(ne).boxed().toList(),
                tensor.data());
    }

    private static void shape(ObjectNode entry, long... dims) {
        ArrayNode shape = entry.putArray("shape");
        for (long dim : dims) {
            shape.add(dim);
        }
    }
}
