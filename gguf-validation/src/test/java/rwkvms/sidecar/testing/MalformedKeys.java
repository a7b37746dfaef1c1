package rwkvms.sidecar.testing;

import static rwkvms.sidecar.testing.MalformedClass.Ggml.*;
import static rwkvms.sidecar.testing.MalformedClass.bound;
import static rwkvms.sidecar.testing.MalformedClass.of;
import static rwkvms.sidecar.validation.FindingCode.*;

import java.util.ArrayList;
import java.util.List;
import rwkvms.gguf.GgufType;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.MalformedClass.Beside;
import rwkvms.sidecar.validation.FindingCode;

/** Keys that are absent, of another type, or of a value that no sidecar has. */
final class MalformedKeys {
    private static final String SHA256 = Drafts.BASE_SHA256;

    private MalformedKeys() {
    }

    static List<MalformedClass> all() {
        List<MalformedClass> all = new ArrayList<>();
        for (SidecarKey key : SidecarKey.values()) {
            if (key == SidecarKey.SEMANTICS_VERSION) { // its absence means 1, and the configuration says 2
                all.add(of("without " + key.key(), KEY_MISSING, parts -> parts.remove(key)).also(SETTING_CONTRADICTS));
            } else if (key.presence() != SidecarKey.Presence.OPTIONAL) {
                all.add(of("without " + key.key(), KEY_MISSING, parts -> parts.remove(key)));
            }
            if (key != SidecarKey.ALIGNMENT) {
                all.add(of("another type of " + key.key(), KEY_TYPE, parts -> otherType(parts, key)));
            }
        }
        all.addAll(identity());
        all.addAll(numbers());
        return all;
    }

    private static void otherType(GgufParts parts, SidecarKey key) {
        KeyPart part = parts.find(key).orElseGet(() -> parts.add(key.key()));
        if (key.type() == GgufType.UINT32) {
            part.u64(1);
        } else {
            part.u32(1);
        }
    }

    private static List<MalformedClass> identity() {
        return List.of(
                text("architecture of a model", ARCHITECTURE, SidecarKey.ARCHITECTURE, "gemma4"),
                text("architecture that is empty", ARCHITECTURE, SidecarKey.ARCHITECTURE, ""),
                text("unknown schema", SCHEMA, SidecarKey.SCHEMA, "delta_mem_rwkv_ms_memory_gguf_sidecar.v3"),
                text("schema of version 1 in version 2", SCHEMA, SidecarKey.SCHEMA,
                        "delta_mem_rwkv_ms_memory_gguf_sidecar.v1"),
                u32("format version 0", FORMAT_VERSION, SidecarKey.FORMAT_VERSION, 0),
                u32("format version 3", FORMAT_VERSION, SidecarKey.FORMAT_VERSION, 3),
                of("keys of version 2 in version 1", KEY_VERSION, parts -> {
                    parts.key(SidecarKey.FORMAT_VERSION).u32(1);
                    parts.key(SidecarKey.SCHEMA).text("delta_mem_rwkv_ms_memory_gguf_sidecar.v1");
                }),
                text("another tensor name format", NAME_FORMAT, SidecarKey.NAME_FORMAT, "source_names"),
                text("state in f16", STATE_DTYPE, SidecarKey.STATE_DTYPE, "f16"),
                of("key that no sidecar has", KEY_UNKNOWN, parts -> parts.add("delta_mem.rnak").u32(4)),

                of("without base SHA-256", BASE_SHA256_MISSING, parts -> parts.remove(SidecarKey.BASE_SHA256)),
                text("base SHA-256 that is empty", BASE_SHA256_MISSING, SidecarKey.BASE_SHA256, ""),
                text("base SHA-256 of 63 digits", BASE_SHA256_FORM, SidecarKey.BASE_SHA256, SHA256.substring(1)),
                text("base SHA-256 of 65 digits", BASE_SHA256_FORM, SidecarKey.BASE_SHA256, SHA256 + "0"),
                text("base SHA-256 in capitals", BASE_SHA256_FORM, SidecarKey.BASE_SHA256,
                        SHA256.replace('a', 'A')),
                text("base SHA-256 that is not hexadecimal", BASE_SHA256_FORM, SidecarKey.BASE_SHA256,
                        SHA256.replace('a', 'g')),
                text("base SHA-256 with a line end", BASE_SHA256_FORM, SidecarKey.BASE_SHA256, SHA256 + "\n"),
                of("beside another base", BASE_SHA256_DIFFERS, parts -> {
                }).beside(Beside.ANOTHER_BASE),
                bound("beside a base of fewer layers", BASE_LAYERS, Beside.BASE_OF_TWO_LAYERS),
                bound("beside a base whose layer shares keys and values", BASE_LAYERS, Beside.BASE_SHARING_LAYERS),
                bound("beside a base without layers", BASE_LAYERS_UNKNOWN, Beside.BASE_WITHOUT_LAYERS),
                of("projector SHA-256 of 63 digits", MMPROJ_SHA256,
                        parts -> parts.add(SidecarKey.MMPROJ_SHA256.key()).text(SHA256.substring(1))),
                text("another memory backend", MEMORY_BACKEND, SidecarKey.MEMORY_BACKEND, "lstm"),
                of("beside a base that is not there", BASE_UNREADABLE, parts -> {
                }).beside(Beside.ABSENT_BASE),
                of("file that is not there", FILE_UNREADABLE, parts -> {
                }).beside(Beside.ABSENT_SIDECAR).ggml(REFUSES));
    }

    private static List<MalformedClass> numbers() {
        return List.of(
                agreed("rank 0", RANK, SidecarKey.RANK, "rank", 0),
                agreed("rank 2^32 - 1", RANK, SidecarKey.RANK, "rank", 0xffff_ffffL).also(TENSOR_SHAPE),
                u32("rank that the configuration contradicts", SETTING_CONTRADICTS, SidecarKey.RANK, 5)
                        .also(TENSOR_SHAPE),
                agreed("rank of other tensors", TENSOR_SHAPE, SidecarKey.RANK, "rank", 5),
                agreed("no state head", NUM_STATE_HEADS, SidecarKey.NUM_STATE_HEADS, "num_state_heads", 0),
                agreed("two state heads", NUM_STATE_HEADS, SidecarKey.NUM_STATE_HEADS, "num_state_heads", 2)
                        .also(TENSOR_SHAPE),
                agreed("65,536 state heads", STATE_WIDTH, SidecarKey.NUM_STATE_HEADS, "num_state_heads", 65_536)
                        .also(NUM_STATE_HEADS, TENSOR_SHAPE),
                u32("heads that the configuration contradicts", SETTING_CONTRADICTS, SidecarKey.NUM_STATE_HEADS, 2)
                        .also(NUM_STATE_HEADS, TENSOR_SHAPE),
                agreed("no state", NUM_STATES, SidecarKey.NUM_STATES, "rwkv_ms_num_states", 0),
                agreed("2^31 states", NUM_STATES, SidecarKey.NUM_STATES, "rwkv_ms_num_states", 1L << 31),
                u32("states that the configuration contradicts", SETTING_CONTRADICTS, SidecarKey.NUM_STATES, 5),
                agreed("chunk size 0", CHUNK_SIZE, SidecarKey.CHUNK_SIZE, "rwkv_ms_chunk_size", 0),
                agreed("chunk size 2^31", CHUNK_SIZE, SidecarKey.CHUNK_SIZE, "rwkv_ms_chunk_size", 1L << 31),
                u32("chunk size that the configuration contradicts", SETTING_CONTRADICTS, SidecarKey.CHUNK_SIZE, 7),
                agreed("semantics 0", SEMANTICS_VERSION, SidecarKey.SEMANTICS_VERSION, "rwkv_ms_semantics_version",
                        0),
                agreed("semantics 3", SEMANTICS_VERSION, SidecarKey.SEMANTICS_VERSION, "rwkv_ms_semantics_version",
                        3),
                u32("semantics that the configuration contradicts", SETTING_CONTRADICTS,
                        SidecarKey.SEMANTICS_VERSION, 1),
                alpha("alpha 0", ALPHA, 0f),
                alpha("alpha -1", ALPHA, -1f),
                alpha("alpha -0", ALPHA, -0f),
                alpha("alpha NaN", ALPHA, Float.NaN),
                alpha("alpha infinite", ALPHA, Float.POSITIVE_INFINITY),
                of("alpha that the configuration contradicts", SETTING_CONTRADICTS,
                        parts -> parts.key(SidecarKey.ALPHA).f32(Math.nextUp(16f))),
                of("another boundary mode", BOUNDARY_MODE, parts -> {
                    parts.key(SidecarKey.BOUNDARY_MODE).text("sentence");
                    parts.config(config -> config.put("rwkv_ms_boundary_mode", "sentence"));
                }),
                text("boundary mode that the configuration contradicts", BOUNDARY_MODE, SidecarKey.BOUNDARY_MODE,
                        "token").also(SETTING_CONTRADICTS),
                u32("tensor_count one less", TENSOR_COUNT, SidecarKey.TENSOR_COUNT, 61),
                u32("tensor_count 0", TENSOR_COUNT, SidecarKey.TENSOR_COUNT, 0),
                of("total_numel one more", TOTAL_NUMEL, parts -> increment(parts, SidecarKey.TOTAL_NUMEL, 1)),
                of("total_numel -1", TOTAL_NUMEL, parts -> parts.key(SidecarKey.TOTAL_NUMEL).u64(-1)),
                of("total_bytes one less", TOTAL_BYTES, parts -> increment(parts, SidecarKey.TOTAL_BYTES, -1)),
                of("total_bytes -1", TOTAL_BYTES, parts -> parts.key(SidecarKey.TOTAL_BYTES).u64(-1)));
    }

    private static void increment(GgufParts parts, SidecarKey key, int by) {
        KeyPart part = parts.key(key);
        part.value = part.value.clone();
        part.value[0] += (byte) by;
    }

    private static MalformedClass text(String name, FindingCode code, SidecarKey key, String text) {
        return of(name, code, parts -> parts.key(key).text(text));
    }

    private static MalformedClass u32(String name, FindingCode code, SidecarKey key, long value) {
        return of(name, code, parts -> parts.key(key).u32(value));
    }

    /** A number that key and configuration agree on. */
    private static MalformedClass agreed(String name, FindingCode code, SidecarKey key, String setting, long value) {
        return of(name, code, parts -> {
            parts.key(key).u32(value);
            parts.config(config -> config.put(setting, value));
        });
    }

    /** JSON has no NaN, so that the configuration is then without alpha. */
    private static MalformedClass alpha(String name, FindingCode code, float value) {
        return of(name, code, parts -> {
            parts.key(SidecarKey.ALPHA).f32(value);
            parts.config(config -> {
                if (Float.isFinite(value)) {
                    config.put("alpha", value);
                } else {
                    config.remove("alpha");
                }
            });
        });
    }
}
