package rwkvms.sidecar.validation;

import static rwkvms.gguf.Ruling.REFUSES;
import static rwkvms.gguf.Ruling.REFUSES_DATA;
import static rwkvms.gguf.Ruling.TAKES;
import static rwkvms.gguf.Ruling.UNDECIDED;
import static rwkvms.sidecar.SidecarKey.CONFIG;
import static rwkvms.sidecar.SidecarKey.METADATA;
import static rwkvms.sidecar.SidecarKey.PER_LAYER_ATTENTION;
import static rwkvms.sidecar.SidecarKey.TARGET_LAYERS;
import static rwkvms.sidecar.validation.FindingCode.*;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.gguf.Ruling;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.GgufParts;
import rwkvms.sidecar.testing.SidecarSizes;

/**
 * The smallest change of a valid sidecar that gives a code, the place of its finding, and how the GGUF specification and ggml
 * rule on it. The rulings are written down from llama-cpp.md and the specification, not taken from the code.
 */
record FindingRecipe(FindingCode code, String place, Rulings rulings, Consumer<Case> edit) {
    private static final byte[] VALID = SidecarWriter.toBytes(Drafts.of(SidecarSizes.SMALL, 1));
    private static final byte[] VERSION_1 = SidecarWriter
            .toBytes(Drafts.of(SidecarSizes.SMALL.withFormatVersion(1), 1));
    private static final byte[] FREE_LAMBDA = SidecarWriter.toBytes(Drafts.of(SidecarSizes.SMALL.withFreeLambda(), 1));
    private static final String W0 = "blk.0.rwkv.w0";
    private static final String TENSOR_W0 = "tensor \"blk.0.rwkv.w0\"";
    private static final String LAST = "blk.2.rwkv.ln_x.bias";
    private static final String TENSOR_LAST = "tensor \"blk.2.rwkv.ln_x.bias\"";
    private static final String ENTRY = "manifest entry \"blk.0.mem_q\"";
    private static final long U32 = 4;
    private static final long ARRAY = 9;

    /** A sidecar in parts, or in bytes if parts cannot express the change, and the files beside it. */
    static final class Case {
        GgufParts parts = GgufParts.of(VALID);
        byte[] bytes = {};
        boolean absent;
        boolean baseAbsent;
        String base = "";

        byte[] file() {
            return bytes.length == 0 ? parts.bytes() : bytes;
        }
    }

    /** One recipe per code, in the order of the codes. */
    static List<FindingRecipe> all() {
        return List.of(
                row(FILE_UNREADABLE, "file ", UNDECIDED, UNDECIDED, of -> of.absent = true),
                row(GGUF_MAGIC, "magic", REFUSES, REFUSES, of -> of.parts.magic[0] = 'X'),
                row(GGUF_VERSION, "version", REFUSES, REFUSES, of -> of.parts.version = 1),
                row(GGUF_TRUNCATED, "magic", REFUSES, REFUSES, of -> of.bytes = new byte[]{'G', 'G', 'U'}),
                row(GGUF_COUNT, "key count", REFUSES, REFUSES, of -> of.parts.keyCount = OptionalLong.of(-1)),
                row(GGUF_LIMIT, "key count", UNDECIDED, UNDECIDED, of -> {
                    of.parts.keyCount = OptionalLong.of((1 << 16) + 1);
                    of.parts.tail = new byte[1 << 20];
                }),
                row(GGUF_TEXT_LIMIT, "key \"x\"", UNDECIDED, UNDECIDED,
                        of -> of.parts.add("x").text(new byte[(64 << 20) + 1])),
                row(GGUF_UTF8, "key \"x\"", REFUSES, TAKES, of -> of.parts.add("x").text((byte) 0xff)),
                row(GGUF_VALUE_TYPE, "key \"x\", type", REFUSES, REFUSES, of -> of.parts.add("x").type = 13),
                row(GGUF_BOOL, "key \"x\"", REFUSES, TAKES, of -> of.parts.add("x").bool(2)),
                row(GGUF_NESTED_ARRAY, "key \"x\"", TAKES, REFUSES, of -> of.parts.add("x").array(ARRAY, 0)),
                row(GGUF_ARRAY_DEPTH, "key \"x\"", UNDECIDED, REFUSES,
                        of -> of.parts.add("x").array(ARRAY, 1, nested(ARRAY, ARRAY, ARRAY, U32))),
                row(GGUF_DIMENSIONS, TENSOR_W0 + ", dimension count", REFUSES, REFUSES,
                        of -> of.parts.tensor(W0).dimensions = OptionalLong.of(5)),
                row(GGUF_ALIGNMENT, "key \"general.alignment\"", REFUSES, REFUSES,
                        of -> of.parts.key(SidecarKey.ALIGNMENT).u64(32)),
                row(CONTAINER_VERSION, "version", REFUSES, TAKES, of -> of.parts.version = 2),
                row(EMPTY_KEY, "key \"\"", REFUSES, REFUSES, of -> of.parts.add("")),
                row(KEY_NAME, "key \"Upper\"", REFUSES, TAKES, of -> of.parts.add("Upper")),
                row(NAME_NUL, "key \"a\\u0000\"", REFUSES, TAKES, of -> of.parts.add("a\0")),
                row(DUPLICATE_KEY, "key \"delta_mem.rank\"", TAKES, REFUSES, of -> of.parts.add("delta_mem.rank")),
                row(DUPLICATE_TENSOR, "tensor \"blk.0.rwkv.a0\"", TAKES, REFUSES,
                        of -> of.parts.tensor(W0).name("blk.0.rwkv.a0")),
                row(NAME_CLASH, "tensor \"blk.0.rwkv.a0\"", TAKES, REFUSES,
                        of -> of.parts.tensor(W0).name("blk.0.rwkv.a0\0")),
                row(EMPTY_TENSOR_NAME, "tensor \"\"", TAKES, TAKES, of -> of.parts.tensor(W0).name("")),
                row(TENSOR_NAME, "tensor \"" + "x".repeat(64) + "\"", TAKES, REFUSES,
                        of -> of.parts.tensor(W0).name("x".repeat(64))),
                row(TENSOR_TYPE, TENSOR_W0, TAKES, TAKES, of -> of.parts.tensor(W0).type = 25),
                row(NO_DIMENSIONS, TENSOR_W0, TAKES, TAKES, of -> of.parts.tensor(W0).ne()),
                row(ZERO_DIMENSION, TENSOR_W0, TAKES, TAKES, of -> of.parts.tensor(W0).ne(0L)),
                row(TENSOR_SIZE, TENSOR_LAST, REFUSES, TAKES,
                        of -> of.parts.tensor(LAST).ne(1L << 32, 1L << 32)),
                row(TENSOR_OFFSET, TENSOR_W0, TAKES, REFUSES,
                        of -> of.parts.tensor(W0).offset = OptionalLong.of(0)),
                row(DATA_START, "file", REFUSES, REFUSES, of -> {
                    long data = of.parts.tensors.stream().mapToLong(tensor -> -(-tensor.data.length & -32)).sum();
                    of.bytes = Arrays.copyOf(VALID, VALID.length - (int) data - 1);
                }),
                row(TENSOR_DATA, TENSOR_LAST, REFUSES, REFUSES_DATA,
                        of -> of.bytes = Arrays.copyOf(VALID, VALID.length - 32)),
                row(PADDING, TENSOR_LAST, REFUSES, TAKES, of -> of.parts.tensor(LAST).padding = 1),
                row(FILE_SIZE, "file", TAKES, TAKES, of -> of.parts.tail = new byte[1]),

                row(KEY_MISSING, "key delta_mem.rank", of -> of.parts.remove(SidecarKey.RANK)),
                row(KEY_TYPE, "key delta_mem.rank", of -> of.parts.key(SidecarKey.RANK).u64(4)),
                row(KEY_UNKNOWN, "key \"x\"", of -> of.parts.add("x")),
                row(KEY_VERSION, "key delta_mem.rwkv_ms_semantics_version", of -> {
                    of.parts = GgufParts.of(VERSION_1);
                    of.parts.add("delta_mem.rwkv_ms_semantics_version").u32(1);
                }),
                row(JSON_SYNTAX, "key " + METADATA.key(), of -> of.parts.key(METADATA).text("{")),
                row(JSON_FORM, "key " + METADATA.key(), of -> of.parts.key(METADATA).text("[]")),
                row(ARCHITECTURE, "key general.architecture",
                        of -> of.parts.key(SidecarKey.ARCHITECTURE).text("gemma4")),
                row(ALIGNMENT, "key general.alignment", of -> of.parts.key(SidecarKey.ALIGNMENT).u32(64)),
                row(SCHEMA, "key delta_mem.schema", of -> of.parts.key(SidecarKey.SCHEMA).text("v3")),
                row(FORMAT_VERSION, "key delta_mem.format_version",
                        of -> of.parts.key(SidecarKey.FORMAT_VERSION).u32(3)),
                row(NAME_FORMAT, "key delta_mem.tensor_name_format",
                        of -> of.parts.key(SidecarKey.NAME_FORMAT).text("long")),
                row(STATE_DTYPE, "key delta_mem.rwkv_ms_state_dtype",
                        of -> of.parts.key(SidecarKey.STATE_DTYPE).text("f16")),

                row(BASE_SHA256_MISSING, "key delta_mem.base_gguf_sha256",
                        of -> of.parts.remove(SidecarKey.BASE_SHA256)),
                row(BASE_SHA256_FORM, "key delta_mem.base_gguf_sha256",
                        of -> of.parts.key(SidecarKey.BASE_SHA256).text("AB".repeat(32))),
                row(BASE_SHA256_DIFFERS, "key delta_mem.base_gguf_sha256", of -> of.base = "another"),
                row(BASE_UNREADABLE, "base ", of -> of.baseAbsent = true),
                row(BASE_LAYERS, "key " + TARGET_LAYERS.key(), of -> base(of, new String(GgufWriter.toBytes(
                        List.of(new GgufPair("general.architecture", GgufValue.text("g")),
                                new GgufPair("g.block_count", GgufValue.u32(2))),
                        List.of()), StandardCharsets.ISO_8859_1))),
                row(BASE_LAYERS_UNKNOWN, "base ", of -> base(of, "no GGUF")),
                row(MMPROJ_SHA256, "key delta_mem.mmproj_gguf_sha256",
                        of -> of.parts.add("delta_mem.mmproj_gguf_sha256").text("0")),

                row(RANK, "key delta_mem.rank", of -> of.parts.key(SidecarKey.RANK).u32(0)),
                row(ALPHA, "key delta_mem.alpha", of -> of.parts.key(SidecarKey.ALPHA).f32(0)),
                row(NUM_STATE_HEADS, "key delta_mem.num_state_heads",
                        of -> of.parts.key(SidecarKey.NUM_STATE_HEADS).u32(0)),
                row(STATE_WIDTH, "key delta_mem.num_state_heads",
                        of -> of.parts.key(SidecarKey.NUM_STATE_HEADS).u32(32_768 / 4 + 1)),
                row(NUM_STATES, "key delta_mem.rwkv_ms_num_states",
                        of -> of.parts.key(SidecarKey.NUM_STATES).u32(0)),
                row(CHUNK_SIZE, "key delta_mem.rwkv_ms_chunk_size",
                        of -> of.parts.key(SidecarKey.CHUNK_SIZE).u32(0)),
                row(SEMANTICS_VERSION, "key delta_mem.rwkv_ms_semantics_version",
                        of -> of.parts.key(SidecarKey.SEMANTICS_VERSION).u32(3)),
                row(BOUNDARY_MODE, "key delta_mem.rwkv_ms_boundary_mode",
                        of -> of.parts.key(SidecarKey.BOUNDARY_MODE).text("sentence")),
                row(MEMORY_BACKEND, "key delta_mem.memory_backend",
                        of -> of.parts.key(SidecarKey.MEMORY_BACKEND).text("mamba")),
                setting(FUSION, "rwkv_ms_fusion_mode", config -> config.put("rwkv_ms_fusion_mode", "gate")),
                setting(UPDATE_MODE, "state_update_mode", config -> config.put("state_update_mode", "x")),
                setting(TRAINABLE_DELTA_SCALE, "trainable_delta_scale",
                        config -> config.put("trainable_delta_scale", true)),
                setting(SETTING_TYPE, "normalize_qk", config -> config.put("normalize_qk", 1)),
                setting(SETTING_RANGE, "rwkv_ms_read_top_k", config -> config.put("rwkv_ms_read_top_k", -1)),
                setting(SETTING_CONTRADICTS, "rank", config -> config.put("rank", 5)),
                row(METADATA_CONTRADICTS, "key " + METADATA.key() + ", rank",
                        of -> of.parts.key(METADATA).json(metadata -> ((ObjectNode) metadata).put("rank", 5))),
                row(FindingCode.TARGET_LAYERS, "key " + TARGET_LAYERS.key(),
                        of -> of.parts.key(TARGET_LAYERS).text("[2,0]")),
                row(DELTA_HEADS, "key delta_mem.delta_heads_json",
                        of -> of.parts.key(SidecarKey.DELTA_HEADS).text("[\"x\"]")),
                row(ATTENTION, "key " + PER_LAYER_ATTENTION.key() + ", layer 0, attention_kind",
                        of -> of.parts.key(PER_LAYER_ATTENTION)
                                .json(layers -> ((ObjectNode) layers.get(0)).put("attention_kind", "full_attention"))),

                row(TENSOR_MISSING, TENSOR_W0, of -> of.parts.tensors.remove(of.parts.tensor(W0))),
                row(TENSOR_UNKNOWN, "tensor \"x\"", of -> of.parts.tensor(W0).name("x")),
                row(TENSOR_LAYER, "tensor \"blk.1.rwkv.w0\"", of -> of.parts.tensor(W0).name("blk.1.rwkv.w0")),
                row(TENSOR_SHAPE, TENSOR_W0, of -> of.parts.tensor(W0).ne(2L, 2L)),
                row(TENSOR_TRANSPOSED, "tensor \"blk.0.mem_q\"", of -> of.parts.tensor("blk.0.mem_q").ne(4L, 7L)),
                row(LAMBDA_UNUSED, "tensor \"blk.0.lambda\"", of -> {
                    of.parts = GgufParts.of(FREE_LAMBDA);
                    of.parts.config(config -> config.put("couple_lambda", true));
                    of.parts.tensors.removeIf(tensor -> tensor.name().contains("lambda")
                            && !tensor.name().equals("blk.0.lambda"));
                }),
                row(TENSOR_COUNT, "key delta_mem.tensor_count", of -> of.parts.key(SidecarKey.TENSOR_COUNT).u32(1)),
                row(TOTAL_NUMEL, "key delta_mem.total_numel", of -> of.parts.key(SidecarKey.TOTAL_NUMEL).u64(1)),
                row(TOTAL_BYTES, "key delta_mem.total_bytes", of -> of.parts.key(SidecarKey.TOTAL_BYTES).u64(1)),
                row(MANIFEST_MISSING, "tensor \"blk.0.mem_q\"", of -> of.parts.manifest(all -> all.remove(0))),
                row(MANIFEST_UNKNOWN, "manifest entry \"x\"",
                        of -> of.parts.manifest(all -> all.addObject().put("name", "x"))),
                row(MANIFEST_CONTRADICTS, ENTRY + ", torch_dtype",
                        of -> of.parts.firstEntry(entry -> entry.put("torch_dtype", "float32"))),
                row(MANIFEST_SHA256, ENTRY + ", sha256_raw",
                        of -> of.parts.firstEntry(entry -> entry.put("sha256_raw", "0".repeat(64)))),
                row(PAYLOAD_VALUE, TENSOR_W0, of -> of.parts.tensor(W0).put(2, 0x80, 0x7f)),
                row(DEAD_TENSOR, "tensor \"blk.0.delta_k\"",
                        of -> of.parts.tensor("blk.0.delta_k").data = new byte[24]));
    }

    private static FindingRecipe row(FindingCode code, String place, Consumer<Case> edit) {
        return row(code, place, TAKES, TAKES, edit);
    }

    private static FindingRecipe row(FindingCode code, String place, Ruling gguf, Ruling ggml, Consumer<Case> edit) {
        return new FindingRecipe(code, place, new Rulings(gguf, ggml), edit);
    }

    private static FindingRecipe setting(FindingCode code, String name, Consumer<ObjectNode> edit) {
        return row(code, "key " + CONFIG.key() + ", " + name, of -> of.parts.config(edit));
    }

    private static void base(Case of, String content) {
        of.base = content;
        of.parts.key(SidecarKey.BASE_SHA256)
                .text(Sha256.of(MemorySegment.ofArray(content.getBytes(StandardCharsets.ISO_8859_1))));
    }

    /** Arrays of one array each, down to an empty one of the last type. */
    private static byte[] nested(long... types) {
        byte[] bytes = new byte[types.length * 12];
        for (int i = 0; i < types.length; i++) {
            bytes[12 * i] = (byte) types[i];
            bytes[12 * i + 4] = (byte) (i + 1 < types.length ? 1 : 0);
        }
        return bytes;
    }
}
