/*
 * RWKV-MS online memory: the C interface that the gate tests.
 *
 * The runtime that ships with this suite implements it; a fork implements it as a thin layer over its own internals
 * and is then tested by the same suite. Shapes are row-major ("PyTorch"), the last dimension contiguous; T is the
 * number of tokens, H the hidden size, r the rank, K the number of states, D = num_state_heads * r. Values are float32
 * unless stated.
 *
 * Rules that hold for every function:
 *  - It returns a status; RWKV_MS_OK is 0. No exception, abort or exit crosses this boundary, whatever the input.
 *  - Buffers belong to the caller and carry their length. A short buffer is RWKV_MS_E_SHORT_BUFFER: nothing is
 *    written and the error text states the needed size. A parameter needed may be NULL; else it receives the needed
 *    size, even if the buffer is too short. A NULL buffer with length 0 only asks for the size; NULL with another
 *    length is RWKV_MS_E_ARGUMENT.
 *  - Pointers that may be NULL say so; any other NULL is RWKV_MS_E_ARGUMENT, and so are flags that this header does not
 *    define and reserved fields other than 0. Pointers are aligned for their type.
 *  - A handle that has been destroyed, or is of another kind, is RWKV_MS_E_ARGUMENT like NULL, and destroying it does
 *    nothing. The handle that it was made from may be destroyed before it: the object lives as long as it is needed.
 *  - After a failure the handle's _error function gives the text of its last error: one line that says what, where,
 *    expected and found. Handles may be used from any thread, one call at a time per
 *    context.
 *  - A failed call changes nothing.
 */
#ifndef RWKV_MS_H
#define RWKV_MS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define RWKV_MS_API __declspec(dllexport)
#else
#define RWKV_MS_API __attribute__((visibility("default")))
#endif

/* A runtime may lack a function that is declared with this: callers look it up by name. */
#define RWKV_MS_OPTIONAL RWKV_MS_API

#ifdef __cplusplus
extern "C" {
#endif

#define RWKV_MS_ABI_VERSION 2

/* Status codes. Values are stable: new ones are added, none is renumbered. */
typedef enum rwkv_ms_status {
    RWKV_MS_OK = 0,
    RWKV_MS_E_ARGUMENT = 1,     /* NULL that is not allowed, a length or flag out of range */
    RWKV_MS_E_SHORT_BUFFER = 2, /* the caller's buffer is too small; the text says how large it must be */
    RWKV_MS_E_NO_BACKEND = 3,   /* ggml's CPU backend cannot be loaded */
    RWKV_MS_E_MEMORY = 4,       /* out of memory */
    RWKV_MS_E_IO = 5,           /* a file cannot be opened, read or mapped */
    RWKV_MS_E_INTERNAL = 6,     /* a fault of this library */
    RWKV_MS_E_UNSUPPORTED = 7,  /* valid, but not supported by this runtime */
    RWKV_MS_E_NO_TAP = 8,       /* no forward with taps yet, or no tensor of that name */
    RWKV_MS_E_NO_LAYER = 9,     /* the layer is not among the sidecar's target layers */

    /* A sidecar, container and semantics. A code from 100 to 129 and from 200 to 299 is RWKV_MS_E_ and the name that
     * the suite's validator gives the same fault; the exceptions are marked "runtime". Codes marked "unsupported" are
     * for a file without any other fault that this runtime does not support; RWKV_MS_E_UNSUPPORTED is for the cases
     * without a code of their own. */
    RWKV_MS_E_GGUF = 100,             /* runtime: ggml refuses what all checks passed, or reads it otherwise */
    RWKV_MS_E_DUPLICATE_TENSOR = 102, /* two tensors of one name */
    RWKV_MS_E_ARCHITECTURE = 110,     /* general.architecture is not rwkv_ms_memory */
    RWKV_MS_E_KEY_MISSING = 111,      /* a required key is absent */
    RWKV_MS_E_KEY_TYPE = 112,         /* a key has another type than sidecar.md gives it */
    RWKV_MS_E_NUM_STATE_HEADS = 117,  /* unsupported: num_state_heads is not 1 */
    RWKV_MS_E_TENSOR_MISSING = 118,   /* a required tensor of a target layer is absent */
    RWKV_MS_E_TENSOR_SHAPE = 119,     /* a tensor has another ggml-order shape than the configuration implies */
    RWKV_MS_E_TENSOR_TYPE = 120,      /* a tensor is not BF16, F16 or F32 */
    RWKV_MS_E_TENSOR_UNKNOWN = 121,   /* a tensor that no layer has */
    RWKV_MS_E_SEQUENCES = 130,        /* a context for other than one sequence */
    RWKV_MS_E_STATE_VALUE = 131,      /* a state to set or load with NaN or infinity, or a negative position */

    /* state payload, in the order in which a load checks it */
    RWKV_MS_E_STATE_MAGIC = 140,       /* does not start with RMVS */
    RWKV_MS_E_STATE_VERSION = 141,     /* another version than 2 */
    RWKV_MS_E_STATE_LAYERS = 142,      /* another number of target layers */
    RWKV_MS_E_STATE_NUM_STATES = 143,  /* another num_states */
    RWKV_MS_E_STATE_HEADS = 144,       /* another num_state_heads */
    RWKV_MS_E_STATE_RANK = 145,        /* another rank */
    RWKV_MS_E_STATE_CHUNK_SIZE = 146,  /* another chunk_size */
    RWKV_MS_E_STATE_FINGERPRINT = 147, /* of another sidecar, or one bound to another base */
    RWKV_MS_E_STATE_LENGTH = 148,      /* too short, too long, or a length field that says something else */
    RWKV_MS_E_STATE_CHECKSUM = 149,    /* the SHA-256 at its end is not that of what stands before it */
    RWKV_MS_E_STATE_LAYER = 150,       /* a layer of the body is not the target layer that belongs there */
    RWKV_MS_E_STATE_STEP = 151,        /* the layers are at different positions: on load, and on save */

    /* host memory and llama.cpp */
    RWKV_MS_E_MUTATION = 160,          /* a change of the host's memory that this state cannot follow */
    RWKV_MS_E_HOST_LIBRARY = 161,      /* libllama is not loaded, or lacks a function */
    RWKV_MS_E_HOST_ARCHITECTURE = 162, /* the model's architecture is not gemma4 */
    RWKV_MS_E_HOST_HIDDEN_SIZE = 163,  /* the model's hidden size is not the sidecar's */
    RWKV_MS_E_HOST_LAYERS = 164,       /* a target layer beyond the model's, or among its KV-shared ones */
    RWKV_MS_E_HOST_WIDTH = 165,        /* a projection is absent or has another width than the sidecar's delta */
    RWKV_MS_E_HOST_NODE = 166,         /* a graph without a node the hook needs, out of order, or of another shape */
    RWKV_MS_E_HOST_STEP = 167,         /* the host's memory and this state are at different positions */
    RWKV_MS_E_HOST_STATE = 168,        /* llama.cpp cannot give its state, or refused the one to load */
    RWKV_MS_E_HOST_ROLLBACK = 169,     /* ... and also refused the snapshot from before: both sides were cleared */
    RWKV_MS_E_ATTACHED = 170,          /* the context has a hook already, or must be, or must not be, attached */

    /* saved session, in the order in which a load checks it; the state payload's codes come between 182 and 183 */
    RWKV_MS_E_SESSION_MAGIC = 180,   /* does not start with RMSC */
    RWKV_MS_E_SESSION_VERSION = 181, /* another version than 1 */
    RWKV_MS_E_SESSION_LENGTH = 182,  /* too short, too long, or lengths of its parts that do not add up */
    RWKV_MS_E_SESSION_CHECKSUM = 183, /* the SHA-256 at its end is not that of what stands before it */

    /* sidecar, continued */
    RWKV_MS_E_FILE_UNREADABLE = 200,       /* the sidecar cannot be opened, read or mapped, or is no regular file */
    RWKV_MS_E_GGUF_MAGIC = 201,            /* the first four bytes are not GGUF */
    RWKV_MS_E_GGUF_VERSION = 202,          /* GGUF version 0, 1, above 3 or big-endian */
    RWKV_MS_E_GGUF_TRUNCATED = 203,        /* the file ends inside its header */
    RWKV_MS_E_GGUF_COUNT = 204,            /* a count that the rest of the file cannot hold */
    RWKV_MS_E_GGUF_LIMIT = 205,            /* more keys, tensors or array elements than any real file has */
    RWKV_MS_E_GGUF_TEXT_LIMIT = 206,       /* more than 64 MiB of strings */
    RWKV_MS_E_GGUF_UTF8 = 207,             /* a string that is not well-formed UTF-8 */
    RWKV_MS_E_GGUF_VALUE_TYPE = 208,       /* a value type that does not exist */
    RWKV_MS_E_GGUF_BOOL = 209,             /* a bool other than 0 or 1 */
    RWKV_MS_E_GGUF_NESTED_ARRAY = 210,     /* an array of arrays */
    RWKV_MS_E_GGUF_DIMENSIONS = 211,       /* a tensor of more than four dimensions */
    RWKV_MS_E_GGUF_ALIGNMENT = 212,        /* general.alignment is no u32, no power of two or below 8 */
    RWKV_MS_E_CONTAINER_VERSION = 213,     /* GGUF version 2 */
    RWKV_MS_E_KEY_NAME = 214,              /* a key that is not a-z, 0-9 and _ between dots, or too long */
    RWKV_MS_E_DUPLICATE_KEY = 215,         /* two values of one key */
    RWKV_MS_E_TENSOR_NAME = 216,           /* a tensor name of 64 bytes or more */
    RWKV_MS_E_TENSOR_SIZE = 217,           /* a tensor size that does not fit 63 bits, or above 2^31 - 1 values */
    RWKV_MS_E_TENSOR_OFFSET = 218,         /* tensor data that is not packed in order */
    RWKV_MS_E_TENSOR_DATA = 219,           /* tensor data beyond the end of the file */
    RWKV_MS_E_PADDING = 220,               /* a byte of padding that is not 0 */
    RWKV_MS_E_FILE_SIZE = 221,             /* the file does not end with its padded tensor data */
    RWKV_MS_E_EMPTY_KEY = 222,             /* a key without a character */
    RWKV_MS_E_NAME_NUL = 223,              /* a key or tensor name that contains a NUL */
    RWKV_MS_E_EMPTY_TENSOR_NAME = 224,     /* a tensor name without a character */
    RWKV_MS_E_NO_DIMENSIONS = 225,         /* a tensor without dimensions */
    RWKV_MS_E_ZERO_DIMENSION = 226,        /* a dimension of 0 */
    RWKV_MS_E_DATA_START = 227,            /* the file ends before its tensor data */
    RWKV_MS_E_KEY_VERSION = 230,           /* a key of format version 2 in version 1 */
    RWKV_MS_E_JSON_SYNTAX = 231,           /* embedded JSON that does not parse */
    RWKV_MS_E_JSON_FORM = 232,             /* embedded JSON that is not the required object or array */
    RWKV_MS_E_ALIGNMENT = 233,             /* general.alignment is not 32 */
    RWKV_MS_E_SCHEMA = 234,                /* the schema is not that of the format version */
    RWKV_MS_E_FORMAT_VERSION = 235,        /* format_version is not 1 or 2 */
    RWKV_MS_E_NAME_FORMAT = 236,           /* another tensor_name_format */
    RWKV_MS_E_STATE_DTYPE = 237,           /* rwkv_ms_state_dtype is not f32 */
    RWKV_MS_E_BASE_SHA256_MISSING = 240,   /* no base_gguf_sha256 */
    RWKV_MS_E_BASE_SHA256_FORM = 241,      /* it is not 64 lower-case hexadecimal digits */
    RWKV_MS_E_BASE_SHA256_DIFFERS = 242,   /* the given base file has another SHA-256 */
    RWKV_MS_E_BASE_UNREADABLE = 243,       /* the given base file cannot be read */
    RWKV_MS_E_BASE_LAYERS = 244,           /* target layers that the given base does not have */
    RWKV_MS_E_MMPROJ_SHA256 = 245,         /* mmproj_gguf_sha256 is not 64 lower-case hexadecimal digits */
    RWKV_MS_E_RANK = 250,                  /* rank is not 1 to 32768 */
    RWKV_MS_E_ALPHA = 251,                 /* alpha is not finite and above 0 */
    RWKV_MS_E_STATE_WIDTH = 252,           /* heads times rank above 32768 */
    RWKV_MS_E_NUM_STATES = 253,            /* rwkv_ms_num_states is not 1 to 2^31 - 1 */
    RWKV_MS_E_CHUNK_SIZE = 254,            /* rwkv_ms_chunk_size is not 1 to 2^31 - 1 */
    RWKV_MS_E_SEMANTICS_VERSION = 255,     /* rwkv_ms_semantics_version is not 1 or 2 */
    RWKV_MS_E_BOUNDARY_MODE = 256,         /* unsupported: not fixed_chunk */
    RWKV_MS_E_UPDATE_MODE = 257,           /* unsupported: an unknown state_update_mode */
    RWKV_MS_E_TRAINABLE_DELTA_SCALE = 258, /* unsupported: trainable_delta_scale */
    RWKV_MS_E_SETTING_TYPE = 259,          /* a setting of another JSON type */
    RWKV_MS_E_SETTING_RANGE = 260,         /* a setting out of its range */
    RWKV_MS_E_SETTING_CONTRADICTS = 261,   /* config_json says something else than a key */
    RWKV_MS_E_TARGET_LAYERS = 262,         /* target layers empty, too many, not ascending or no layer numbers */
    RWKV_MS_E_DELTA_HEADS = 263,           /* a delta head unknown or twice */
    RWKV_MS_E_ATTENTION = 264,             /* per_layer_attention_json is not one valid entry per target layer */
    RWKV_MS_E_METADATA_CONTRADICTS = 265,  /* adapter_metadata_json says something else than a key */
    RWKV_MS_E_MEMORY_BACKEND = 266,        /* unsupported: not rwkv_ms */
    RWKV_MS_E_FUSION = 267,                /* unsupported: not added to the attention output */
    RWKV_MS_E_TENSOR_LAYER = 270,          /* a tensor of a layer that is no target */
    RWKV_MS_E_TENSOR_TRANSPOSED = 271,     /* the shape in PyTorch order */
    RWKV_MS_E_TENSOR_COUNT = 272,          /* tensor_count is not that of the tensors */
    RWKV_MS_E_TOTAL_NUMEL = 273,           /* total_numel is not that of the tensors */
    RWKV_MS_E_TOTAL_BYTES = 274,           /* total_bytes is not that of the tensors */
    RWKV_MS_E_MANIFEST_MISSING = 275,      /* a tensor without a manifest entry */
    RWKV_MS_E_MANIFEST_UNKNOWN = 276,      /* a manifest entry without its tensor */
    RWKV_MS_E_MANIFEST_CONTRADICTS = 277,  /* a field of the manifest is not as its tensor */
    RWKV_MS_E_MANIFEST_SHA256 = 278,       /* a payload's SHA-256 is not the manifest's */
    RWKV_MS_E_PAYLOAD_VALUE = 279          /* NaN or infinity in a payload */
} rwkv_ms_status;

typedef struct rwkv_ms_runtime rwkv_ms_runtime; /* the library with one ggml CPU backend */
typedef struct rwkv_ms_sidecar rwkv_ms_sidecar; /* validated weights, cast to float32 */
typedef struct rwkv_ms_context rwkv_ms_context; /* the state of one sequence over all target layers */

/* ---- identity -------------------------------------------------------------------------------- */

/* RWKV_MS_ABI_VERSION of the library. A caller refuses any other than its own. */
RWKV_MS_API uint32_t rwkv_ms_abi_version(void);

/* Version of this library, such as "0.1.0". Static. */
RWKV_MS_API const char *rwkv_ms_version(void);

/* Name of a status code, such as "RWKV_MS_E_TENSOR_SHAPE"; "unknown" for no code of this header. Static. */
RWKV_MS_API const char *rwkv_ms_status_name(int32_t status);

/* One line per struct field of this header, "struct.field offset size", and per struct "struct - sizeof",
 * NUL-terminated. Bindings check their own layout against it. needed (may be NULL) receives the size with the NUL. */
RWKV_MS_API int32_t rwkv_ms_layout(char *text, size_t size, size_t *needed);

/* ---- runtime --------------------------------------------------------------------------------- */

typedef struct rwkv_ms_runtime_params {
    const char *backend_path; /* one libggml-cpu-*.so to load; NULL: the best variant in libggml's folder */
    int32_t n_threads;        /* threads of one graph, 1 to 512 as in ggml */
    int32_t reserved;         /* 0 */
} rwkv_ms_runtime_params;

/* Loads ggml's CPU backend, once for the whole process. On failure *out is NULL and error (may be NULL) receives the
 * text, cut to error_size. */
RWKV_MS_API int32_t rwkv_ms_runtime_create(const rwkv_ms_runtime_params *params, rwkv_ms_runtime **out, char *error,
                                           size_t error_size);
/* NULL is allowed. */
RWKV_MS_API void rwkv_ms_runtime_destroy(rwkv_ms_runtime *runtime);
RWKV_MS_API int32_t rwkv_ms_runtime_error(const rwkv_ms_runtime *runtime, char *text, size_t size, size_t *needed);

/* JSON object: library, abi, ggml_version, ggml_commit, cpu_variant, cpu_features, compiler, flags. */
RWKV_MS_API int32_t rwkv_ms_build_info(rwkv_ms_runtime *runtime, char *json, size_t size, size_t *needed);

/* ---- sidecar --------------------------------------------------------------------------------- */

/* Opens and validates a sidecar; with base_path (may be NULL, and is not empty) also that the base file has the SHA-256
 * the sidecar names: any other file is RWKV_MS_E_BASE_SHA256_DIFFERS, and one that cannot be read or is no regular file
 * RWKV_MS_E_BASE_UNREADABLE. On failure *out is NULL, the text is the runtime's last error. flags: 0.
 *
 * Every byte is checked before ggml's reader sees any: memory is that of the weights in float32 plus some 100 MiB at
 * most, time is linear in the file, whatever its header claims. A file above 4 GiB is unsupported. The file is mapped,
 * so it must not be cut short by others until this function returns. */
RWKV_MS_API int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path,
                                         uint32_t flags, rwkv_ms_sidecar **out);
/* NULL is allowed. */
RWKV_MS_API void rwkv_ms_sidecar_close(rwkv_ms_sidecar *sidecar);

/* Also receives the text of a failed rwkv_ms_context_create. */
RWKV_MS_API int32_t rwkv_ms_sidecar_error(const rwkv_ms_sidecar *sidecar, char *text, size_t size, size_t *needed);

enum { RWKV_MS_FINGERPRINT_BYTES = 32 };

/* What a saved state is bound to (docs/state-format.md): base SHA-256, settings and every tensor, the same on every
 * machine. size: at least RWKV_MS_FINGERPRINT_BYTES. */
RWKV_MS_API int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *sidecar, uint8_t *fingerprint, size_t size);

enum { RWKV_MS_HEAD_Q = 1, RWKV_MS_HEAD_K = 2, RWKV_MS_HEAD_V = 4, RWKV_MS_HEAD_O = 8 };
enum { RWKV_MS_MODE_STANDARD = 0, RWKV_MS_MODE_LAMBDA_OUTSIDE = 1, RWKV_MS_MODE_NO_LAMBDA = 2 };

/* The settings that the math depends on (math.md, sidecar.md). */
typedef struct rwkv_ms_config {
    int32_t hidden_size;
    int32_t rank;
    int32_t num_state_heads;
    int32_t num_states;
    int64_t chunk_size;
    double alpha;
    double erase_gate;
    int32_t read_top_k;        /* 0: all slots */
    int32_t semantics_version; /* 1 or 2 */
    int32_t update_mode;       /* RWKV_MS_MODE_* */
    int32_t delta_heads;       /* RWKV_MS_HEAD_* or-ed */
    int32_t normalize_qk;      /* 0 or 1, like the two below */
    int32_t couple_lambda;
    int32_t rankwise_gates;
    int32_t layer_count; /* number of target layers */
} rwkv_ms_config;

RWKV_MS_API int32_t rwkv_ms_sidecar_config(const rwkv_ms_sidecar *sidecar, rwkv_ms_config *config);

/* The target layers in ascending order; count is the capacity of layers in elements. */
RWKV_MS_API int32_t rwkv_ms_sidecar_layers(const rwkv_ms_sidecar *sidecar, int32_t *layers, size_t count,
                                           size_t *needed);

/* Width of a delta: head is one RWKV_MS_HEAD_*, layer a target layer, else RWKV_MS_E_NO_LAYER as everywhere. */
RWKV_MS_API int32_t rwkv_ms_sidecar_delta_width(const rwkv_ms_sidecar *sidecar, int32_t layer, int32_t head,
                                                int32_t *width);

/* ---- context --------------------------------------------------------------------------------- */

typedef struct rwkv_ms_context_params {
    int32_t n_sequences; /* exactly 1, else RWKV_MS_E_SEQUENCES */
    int32_t read_top_k;  /* -1: the sidecar's; 0 or more replaces it, as a fixture may ask */
} rwkv_ms_context_params;

RWKV_MS_API int32_t rwkv_ms_context_create(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params,
                                           rwkv_ms_context **out);
enum { RWKV_MS_ON_PRECISE = 1 };

/* The same, with projections, features, readout and deltas computed as graphs of ggml in float32 on a device; the scan
 * stays on the processor. device: ggml's name of it, such as "Vulkan0", or "CPU"; its code is loaded if need be, and a
 * device that is not there is RWKV_MS_E_NO_BACKEND. Every graph has exactly n_tokens tokens, 1 to 512: a forward is split
 * into such microbatches, and the last is filled up with zeros, so that each product has that size. If the device cannot
 * compute an operation, RWKV_MS_E_UNSUPPORTED names it and its stage: nothing is computed elsewhere instead. flags: 0,
 * plain operations of ggml, or RWKV_MS_ON_PRECISE, in whatever way the device rounds least, however slow. */
RWKV_MS_OPTIONAL int32_t rwkv_ms_context_create_on(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params,
                                                   const char *device, int32_t n_tokens, uint32_t flags,
                                                   rwkv_ms_context **out);
/* Where the stages of such a context were computed so far: for each stage, and each buffer type of ggml that a node of its
 * graphs was in, a line of "projections", "features", "readout" or "deltas", a blank and the buffer type's name, such as
 * "features Vulkan0". The text is empty before the first forward, and for a context of rwkv_ms_context_create. */
RWKV_MS_OPTIONAL int32_t rwkv_ms_context_places(rwkv_ms_context *context, char *text, size_t size, size_t *needed);

RWKV_MS_API void rwkv_ms_context_destroy(rwkv_ms_context *context); /* NULL is allowed */
RWKV_MS_API int32_t rwkv_ms_context_error(const rwkv_ms_context *context, char *text, size_t size, size_t *needed);

/* State, previous source and positions of every layer to zero; taps are forgotten. On an attached context this is
 * RWKV_MS_E_ATTACHED: rwkv_ms_memory_clear resets both sides. */
RWKV_MS_API int32_t rwkv_ms_context_reset(rwkv_ms_context *context);

/* ---- forward --------------------------------------------------------------------------------- */

enum {
    RWKV_MS_FORWARD_READ_ONLY = 1,          /* state, position and previous source stay as they are */
    RWKV_MS_FORWARD_LEGACY_PREDECESSOR = 2, /* math.md §2 "legacy": zero before row 0, masked rows count; semantics 1 */
    RWKV_MS_FORWARD_TAPS = 4,               /* keep every intermediate tensor for rwkv_ms_tap */
    RWKV_MS_FORWARD_STEP_TRACE = 8          /* with TAPS: the step trace too */
};

/* Deltas of the active heads, each [T, width]; a pointer may be NULL, its length in floats is then 0. Heads that the
 * sidecar does not activate must be NULL. Lengths are capacities. */
typedef struct rwkv_ms_deltas {
    float *q;
    float *k;
    float *v;
    float *o;
    size_t q_count;
    size_t k_count;
    size_t v_count;
    size_t o_count;
} rwkv_ms_deltas;

/* Runs n_tokens (at least 1) of one layer. hidden: [T, H], hidden_count floats exactly. Neither hidden nor a delta
 * overlaps a delta. mask: T bytes 0 or 1, or NULL if all are valid. Anything else, and a position that would not
 * fit 64 bits, is RWKV_MS_E_ARGUMENT. After the call, the previous source is the memory source of its last valid token,
 * under the legacy predecessor too. Hidden states are not checked: NaN and infinity spread as in any arithmetic, except
 * into the routes, reads and deltas of masked tokens, which are exactly zero. On an
 * attached context only read-only calls are allowed: the hook runs the others. */
RWKV_MS_API int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                                    const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas);

/* ---- taps ------------------------------------------------------------------------------------ */

enum { RWKV_MS_TYPE_F32 = 0, RWKV_MS_TYPE_I64 = 1 };

typedef struct rwkv_ms_tap_info {
    int32_t type;   /* RWKV_MS_TYPE_* */
    int32_t n_dims; /* at most 8, with the batch dimension of 1 in front, as in a fixture */
    int64_t dims[8];
    size_t bytes;
} rwkv_ms_tap_info;

/* Any tensor of math.md by its fixture name, from the last forward with RWKV_MS_FORWARD_TAPS: copies of what was
 * computed. data may be NULL to ask for the description alone, info may be NULL. The deltas are kept too, asked for or
 * not. The final_ tensors are the state after the call, even if a read-only call did not keep it. */
RWKV_MS_API int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data,
                                size_t size);

/* ---- raw state, for tests -------------------------------------------------------------------- */

/* state: [N, K, r, r]; previous_source: [D]. Any of the three may be NULL. For set, counts must be exact, else
 * RWKV_MS_E_ARGUMENT; for get, they are capacities. */
RWKV_MS_API int32_t rwkv_ms_state_get(rwkv_ms_context *context, int32_t layer, float *state, size_t state_count,
                                      float *previous_source, size_t source_count, int64_t *position);
RWKV_MS_API int32_t rwkv_ms_state_set(rwkv_ms_context *context, int32_t layer, const float *state, size_t state_count,
                                      const float *previous_source, size_t source_count, const int64_t *position);

/* ---- state payload --------------------------------------------------------------------------- */

/* Bytes of a payload of this context, whatever it holds. */
RWKV_MS_API int32_t rwkv_ms_state_size(rwkv_ms_context *context, size_t *size);

/* Writes the payload of docs/state-format.md; equal states give equal bytes. written may be NULL. Layers at different
 * positions are RWKV_MS_E_STATE_STEP, and values that a load would refuse RWKV_MS_E_STATE_VALUE. */
RWKV_MS_API int32_t rwkv_ms_state_save(rwkv_ms_context *context, void *data, size_t size, size_t *written);

/* Loads a payload of exactly size bytes. A payload that ends before a field is RWKV_MS_E_STATE_LENGTH if every field
 * before it is valid. On an attached context the payload's position must be that of llama.cpp's memory, else
 * RWKV_MS_E_HOST_STEP. Taps are kept. */
RWKV_MS_API int32_t rwkv_ms_state_load(rwkv_ms_context *context, const void *data, size_t size);

/* ---- host memory ----------------------------------------------------------------------------- */

/* What a host does to its KV cache, done to both sides: on an attached context to llama.cpp's memory too. sequence is
 * 0, the only one, or -1 for all, else RWKV_MS_E_ARGUMENT. Positions are [p0, p1); p0 < 0 is 0, p1 < 0 is the end. */

RWKV_MS_API int32_t rwkv_ms_memory_clear(rwkv_ms_context *context);

/* A range that holds the whole sequence resets; one that holds nothing of it changes nothing; any other is
 * RWKV_MS_E_MUTATION. */
RWKV_MS_API int32_t rwkv_ms_memory_seq_rm(rwkv_ms_context *context, int32_t sequence, int64_t p0, int64_t p1);

/* Always RWKV_MS_E_MUTATION, whatever the arguments: the state is a sum over all tokens and cannot be copied to a
 * second sequence, shifted or divided. */
RWKV_MS_API int32_t rwkv_ms_memory_seq_cp(rwkv_ms_context *context, int32_t from, int32_t to, int64_t p0, int64_t p1);
RWKV_MS_API int32_t rwkv_ms_memory_seq_keep(rwkv_ms_context *context, int32_t sequence);
RWKV_MS_API int32_t rwkv_ms_memory_seq_add(rwkv_ms_context *context, int32_t sequence, int64_t p0, int64_t p1,
                                           int64_t delta);
RWKV_MS_API int32_t rwkv_ms_memory_seq_div(rwkv_ms_context *context, int32_t sequence, int64_t p0, int64_t p1,
                                           int32_t divisor);

/* ---- llama.cpp ------------------------------------------------------------------------------- */

/* A context attached to an unmodified llama.cpp:
 *   1. rwkv_ms_hook_create,
 *   2. a llama_context whose params have cb_eval = rwkv_ms_hook_eval and cb_eval_user_data = the hook,
 *   3. rwkv_ms_hook_attach,
 *   4. llama_decode; each microbatch runs the memory of the target layers on the hidden states entering attention and
 *      adds the deltas to the projections. rwkv_ms_hook_check reports whether all went well,
 *   5. rwkv_ms_hook_detach, llama_free, rwkv_ms_hook_destroy, in this order: an attached hook would use
 *      a llama_context that was freed.
 * A runtime that hooks in by other means answers RWKV_MS_E_UNSUPPORTED to rwkv_ms_hook_create.
 *
 * A fault within a decode (a node that is missing, out of order or of another shape; a position that does not follow)
 * stops the computation: llama_decode returns 2 and drops the microbatch, as this side does. From then on every
 * decode is stopped, and every call that reads or saves the state gives the same error, until the memory is cleared or
 * a payload or a session is loaded. */
typedef struct rwkv_ms_hook rwkv_ms_hook;
struct ggml_tensor;
struct llama_context;

enum {
    RWKV_MS_HOOK_PROCESSOR_ADDS = 2 /* the processor adds the deltas of nodes on a device too: to measure what that costs */
};

typedef struct rwkv_ms_hook_params {
    bool (*abort_callback)(void *data); /* the host's own, which the hook's then calls. NULL: none */
    void *abort_data;
    uint32_t flags; /* RWKV_MS_HOOK_PROCESSOR_ADDS, or 0 */
    uint32_t reserved; /* 0 */
} rwkv_ms_hook_params;

/* One hook per context at a time, a second is RWKV_MS_E_ATTACHED; params may be NULL. On failure *out is NULL, the text
 * is the context's last error. */
RWKV_MS_API int32_t rwkv_ms_hook_create(rwkv_ms_context *context, const rwkv_ms_hook_params *params,
                                        rwkv_ms_hook **out);
/* NULL is allowed. A llama_context that is still attached then computes without the memory, and is not stopped. */
RWKV_MS_API void rwkv_ms_hook_destroy(rwkv_ms_hook *hook);
RWKV_MS_API int32_t rwkv_ms_hook_error(const rwkv_ms_hook *hook, char *text, size_t size, size_t *needed);

/* The ggml_backend_sched_eval_callback. Always true if ask is false: else ggml would skip the rest and report success.
 * If the user data is no hook (NULL, destroyed, another handle) or not attached, it does nothing, and
 * rwkv_ms_hook_check of the attached hook returns RWKV_MS_E_HOST_STEP. */
RWKV_MS_API bool rwkv_ms_hook_eval(struct ggml_tensor *tensor, bool ask, void *hook);

/* Checks that the llama_context fits and keeps it in step from now on. Both must be at the same position:
 * empty, or after the same number of tokens. base_path: the file the model was loaded from, whose SHA-256 the sidecar
 * names; NULL only if rwkv_ms_sidecar_open checked the base. Checked in this order: RWKV_MS_E_HOST_LIBRARY,
 * _HOST_ARCHITECTURE, _HOST_HIDDEN_SIZE, _HOST_LAYERS, _SEQUENCES (llama_n_seq_max is 1), _BASE_SHA256_DIFFERS,
 * _HOST_WIDTH (with base_path), _HOST_STEP. Before all of them RWKV_MS_E_ATTACHED: of a hook that is attached, or a
 * llama_context that another hook is attached to. */
RWKV_MS_API int32_t rwkv_ms_hook_attach(rwkv_ms_hook *hook, struct llama_context *llama, const char *base_path);

/* The llama_context is left alone from now on, and computes without the memory. Not attached: nothing happens. */
RWKV_MS_API int32_t rwkv_ms_hook_detach(rwkv_ms_hook *hook);

/* The fault that stopped a decode, else RWKV_MS_OK. After each llama_decode. Not attached: RWKV_MS_E_ATTACHED. */
RWKV_MS_API int32_t rwkv_ms_hook_check(rwkv_ms_hook *hook);

/* One layer's counts since attach, of microbatches that were computed to their end. */
typedef struct rwkv_ms_hook_counts {
    int64_t ubatches;
    int64_t tokens;     /* rows read at attn_norm-L */
    int64_t injected_q; /* rows a delta was added to; 0 for heads that the sidecar does not activate */
    int64_t injected_k;
    int64_t injected_v;
    int64_t injected_o;
} rwkv_ms_hook_counts;

RWKV_MS_API int32_t rwkv_ms_hook_counters(rwkv_ms_hook *hook, int32_t layer, rwkv_ms_hook_counts *counts);

/* Where the values of a layer's nodes were since attach, stopped microbatches included: for each node that was read or
 * written, and each buffer type of ggml that it was found in, a line of "hidden", "q", "k", "v" or "o", a blank and the
 * buffer type's name, such as "q Vulkan0". A node that ggml computes on a device is in the buffer type of that device. Then,
 * for each head whose node was in such memory, a line of "added_q" ... "added_o" and the name of ggml's device that added the
 * deltas: "CPU" where the node went to the processor and back. The text is empty before the first microbatch. */
RWKV_MS_OPTIONAL int32_t rwkv_ms_hook_places(rwkv_ms_hook *hook, int32_t layer, char *text, size_t size,
                                             size_t *needed);

/* For tests: records the next tokens of every layer, up to capacity (at most 1048576), and forgets what was recorded. 0
 * stops. */
RWKV_MS_API int32_t rwkv_ms_hook_capture(rwkv_ms_hook *hook, int64_t capacity);

/* What was recorded of a layer, [tokens, width]: "hidden" (as read at attn_norm-L), "delta_q" ... "delta_o" (as
 * computed by the memory), "before_q" ... "before_o" and "after_q" ... "after_o" (the projection before and after the
 * addition). Inactive heads are RWKV_MS_E_NO_TAP. count is the capacity of data in floats, data NULL with 0 to ask;
 * n_tokens and width may be NULL. */
RWKV_MS_API int32_t rwkv_ms_hook_captured(rwkv_ms_hook *hook, int32_t layer, const char *name, float *data,
                                          size_t count, int64_t *n_tokens, int64_t *width);

/* ---- session: llama.cpp's state and this state as one ------------------------------------------ */

/* The container of docs/state-format.md. There are at most 2^31 - 1 token ids. A load changes nothing unless everything
 * fits: llama.cpp loses its memory when it refuses a state, so it is asked last, and a snapshot from before is
 * restored. Logits are not part of a state: decode a token before reading them. All functions need an attached hook,
 * else RWKV_MS_E_ATTACHED. */

/* Bytes of a session as it stands, with n_tokens token ids. */
RWKV_MS_API int32_t rwkv_ms_session_size(rwkv_ms_hook *hook, size_t n_tokens, size_t *size);

/* tokens: ids that the host wants back on load, such as those of the sequence; NULL if n_tokens is 0. written may be
 * NULL. */
RWKV_MS_API int32_t rwkv_ms_session_save(rwkv_ms_hook *hook, const int32_t *tokens, size_t n_tokens, void *data,
                                         size_t size, size_t *written);

/* tokens receives the token ids; capacity in elements, tokens NULL if it is 0. n_tokens (may be NULL) receives their
 * number, even if the buffer is too short. tokens NULL and n_tokens NULL: they are not wanted. */
RWKV_MS_API int32_t rwkv_ms_session_load(rwkv_ms_hook *hook, const void *data, size_t size, int32_t *tokens,
                                         size_t capacity, size_t *n_tokens);

/* The same with a file, which is replaced whole or not at all (temporary file in its folder, fsync, rename). */
RWKV_MS_API int32_t rwkv_ms_session_save_file(rwkv_ms_hook *hook, const char *path, const int32_t *tokens,
                                              size_t n_tokens);
RWKV_MS_API int32_t rwkv_ms_session_load_file(rwkv_ms_hook *hook, const char *path, int32_t *tokens, size_t capacity,
                                              size_t *n_tokens);

/* ---- the scan alone, without weights --------------------------------------------------------- */

/* count is in elements. */
typedef struct rwkv_ms_floats {
    const float *data;
    size_t count;
} rwkv_ms_floats;

typedef struct rwkv_ms_buffer {
    float *data;
    size_t count;
} rwkv_ms_buffer;

/* Coefficients and scan (math.md §3 and §4) from recorded features, for one sequence. Of the config rank,
 * num_state_heads, num_states, chunk_size, erase_gate, read_top_k, semantics_version, update_mode and rankwise_gates
 * are read. Values that no sidecar has are refused: a rank, num_state_heads, num_states or chunk_size below 1 as
 * RWKV_MS_E_RANK, _NUM_STATE_HEADS, _NUM_STATES and _CHUNK_SIZE, a read_top_k below 0 and an erase_gate that is not
 * finite as _SETTING_RANGE, another semantics_version or update_mode as _UNSUPPORTED, rankwise_gates other than 0 and 1
 * as _ARGUMENT. n_tokens is at least 1, and a position below 0, or so high that n_tokens more leave 64 bits, is
 * _STATE_VALUE. Input
 * counts are exact, output counts a capacity; no output overlaps another one or an input; only mask may be NULL. The
 * final state is not checked for overflow. */
typedef struct rwkv_ms_scan_input {
    int32_t n_tokens;
    int32_t reserved;
    rwkv_ms_floats r, w, k, v, a, b; /* [T, D] each; w is feature_w, before the decay */
    rwkv_ms_floats beta, lambda;     /* [T, G], G = D with rankwise gates, else num_state_heads */
    rwkv_ms_floats state;            /* [N, K, r, r] */
    const uint8_t *mask;             /* [T] bytes 0 or 1; NULL: all valid */
    int64_t position;
} rwkv_ms_scan_input;

typedef struct rwkv_ms_scan_output {
    rwkv_ms_buffer w_decay, keep, erase, write; /* [T, D] each */
    rwkv_ms_buffer raw_reads;                   /* [T, D] */
    rwkv_ms_buffer read_routes_per_head;        /* [T, N, K] */
    rwkv_ms_buffer read_routes, write_routes;   /* [T, K] */
    rwkv_ms_buffer final_state;                 /* [N, K, r, r] */
    int64_t *slot_indices;                      /* [T] */
    size_t slot_indices_count;
    int64_t final_position;
} rwkv_ms_scan_output;

RWKV_MS_API int32_t rwkv_ms_scan(rwkv_ms_runtime *runtime, const rwkv_ms_config *config,
                                 const rwkv_ms_scan_input *input, rwkv_ms_scan_output *output);

#ifdef __cplusplus
}
#endif

#endif
