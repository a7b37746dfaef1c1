"""Just enough GGUF for golden data: write and read a sidecar as sidecar.md has it, and write a tiny base file."""

import hashlib
import json
import struct

import torch

ALIGNMENT = 32
U32, F32, STRING, U64 = 4, 6, 8, 10
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", U32: "<I", 5: "<i", F32: "<f", 7: "<?", U64: "<Q", 11: "<q", 12: "<d"}
TYPES = {"BF16": (30, torch.bfloat16), "F16": (1, torch.float16), "F32": (0, torch.float32)}
TORCH_NAMES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}

# The tensors of a layer in file order, with the tail of the name they have in a checkpoint.
TENSORS = {
    "mem_q": "memory_q_proj", "mem_k": "memory_k_proj", "mem_v": "memory_v_proj",
    "delta_q": "delta_q_proj", "delta_k": "delta_k_proj", "delta_v": "delta_v_proj", "delta_o": "delta_o_proj",
    "beta": "beta_proj", "beta_b": "beta_bias", "lambda": "lambda_proj", "lambda_b": "lambda_bias",
    **{"rwkv." + tail: "hrm_rwkv7_core." + tail for tail in (
        "x_r", "x_w", "x_k", "x_v", "x_a", "x_g", "w1", "w2", "w0", "a1", "a2", "a0", "g1", "g2", "k_k", "k_a",
        "receptance.weight", "key.weight", "value.weight", "output.weight", "ln_x.weight", "ln_x.bias")},
}

# A layer whose q projection is wider than this attends to everything (sidecar.md, per_layer_attention_json).
WIDEST_SLIDING_Q = 2048

NAME = "RWKV-MS golden memory sidecar"
DESCRIPTION = "Synthetic RWKV-MS memory weights for verification: drawn from a seed, trained on nothing."
HOOKS = ["attention input hidden states", "recurrent memory state per layer", "read before write, token by token",
         "corrections added to the attention projections", "memory state follows the KV cache"]


def source_name(layer, name):
    return "model.language_model.layers.%d.self_attn.%s" % (layer, TENSORS[name])


def raw_bytes(tensor):
    """A tensor's bytes as stored: little-endian, row-major; bfloat16 as the upper half of a float32."""
    tensor = tensor.contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def compact(value, sort_keys=True):
    return json.dumps(value, separators=(",", ":"), sort_keys=sort_keys)


def sha256_materialised(value):
    """The hash that a fixture carries: of the JSON text of a checkpoint file as a sidecar gives it back."""
    return sha256((json.dumps(value, indent=2, sort_keys=True) + "\n").encode("ascii"))


def packed_string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def packed_key(key, kind, value):
    head = packed_string(key) + struct.pack("<I", kind)
    return head + (packed_string(value) if kind == STRING else struct.pack(SCALARS[kind], value))


def pad(data):
    return data + bytes(-len(data) % ALIGNMENT)


def gguf(keys, tensors):
    """A whole file. `keys` are (key, kind, value), `tensors` (name, gguf type, tensor)."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    header += b"".join(packed_key(*key) for key in keys)
    body = b""
    for name, kind, tensor in tensors:
        ne = list(reversed(tensor.shape))
        header += packed_string(name) + struct.pack("<I%dQ" % len(ne), len(ne), *ne)
        header += struct.pack("<IQ", TYPES[kind][0], len(body))
        body += pad(raw_bytes(tensor))
    return pad(header) + body


def base_file(blocks):
    """A valid GGUF that a sidecar can be bound to. It states no embedding width: cases of every width share it."""
    keys = [("general.architecture", STRING, "gemma4"), ("general.name", STRING, "base of the golden sidecars"),
            ("gemma4.block_count", U32, blocks)]
    return gguf(keys, [("token_embd.weight", "F32", torch.zeros(4, 32))])


def manifest(layers, kind):
    return [{"name": "blk.%d.%s" % (layer, name), "source_name": source_name(layer, name),
             "shape": list(tensor.shape), "torch_dtype": TORCH_NAMES[kind], "gguf_type": kind,
             "numel": tensor.numel(), "bytes": len(raw_bytes(tensor)), "sha256_raw": sha256(raw_bytes(tensor))}
            for layer, weights in layers.items() for name, tensor in weights.items()]


def attention(layers):
    return [{"layer": layer,
             "attention_kind": "full_attention" if w["delta_q"].shape[0] > WIDEST_SLIDING_Q else "sliding_attention",
             "q_out": w["delta_q"].shape[0], "k_out": w["delta_k"].shape[0], "v_out": w["delta_v"].shape[0],
             "o_out": w["delta_o"].shape[0], "active_delta_heads": ["q", "o"], "compat_delta_heads": ["k", "v"]}
            for layer, w in layers.items()]


def sidecar_file(layers, kind, config, metadata, base_name, base_sha256):
    """A sidecar. `layers` maps layer index to its weights by compact name, each already of the dtype of `kind`."""
    version = 2 if "rwkv_ms_semantics_version" in config else 1
    entries = manifest(layers, kind)
    keys = [
        ("general.architecture", STRING, "rwkv_ms_memory"),
        ("general.alignment", U32, ALIGNMENT),
        ("general.name", STRING, NAME),
        ("general.description", STRING, DESCRIPTION),
        ("general.source.repo_url", STRING, metadata["source_repo"]),
        ("delta_mem.schema", STRING, "delta_mem_rwkv_ms_memory_gguf_sidecar.v%d" % version),
        ("delta_mem.status", STRING, "sidecar_only_runtime_port_required"),
        ("delta_mem.memory_type", STRING, metadata["memory_type"]),
        ("delta_mem.memory_backend", STRING, config["memory_backend"]),
        ("delta_mem.memory_readout_mode", STRING, config["memory_readout_mode"]),
        ("delta_mem.base_model", STRING, metadata["base_model"]),
        ("delta_mem.checkpoint_repo", STRING, metadata["source_repo"]),
        ("delta_mem.base_gguf", STRING, base_name),
        ("delta_mem.base_gguf_sha256", STRING, base_sha256),
        ("delta_mem.tensor_name_format", STRING, "compact_with_source_name_manifest"),
        ("delta_mem.format_version", U32, version),
        ("delta_mem.tensor_count", U32, len(entries)),
        ("delta_mem.total_numel", U64, sum(entry["numel"] for entry in entries)),
        ("delta_mem.total_bytes", U64, sum(entry["bytes"] for entry in entries)),
        ("delta_mem.rank", U32, config["rank"]),
        ("delta_mem.alpha", F32, config["alpha"]),
        ("delta_mem.num_state_heads", U32, config["num_state_heads"]),
        ("delta_mem.rwkv_ms_num_states", U32, config["rwkv_ms_num_states"]),
        ("delta_mem.rwkv_ms_chunk_size", U32, config["rwkv_ms_chunk_size"]),
    ]
    if version == 2:
        keys += [("delta_mem.rwkv_ms_semantics_version", U32, config["rwkv_ms_semantics_version"]),
                 ("delta_mem.rwkv_ms_state_dtype", STRING, "f32")]
    keys += [
        ("delta_mem.rwkv_ms_boundary_mode", STRING, config["rwkv_ms_boundary_mode"]),
        ("delta_mem.target_layers_json", STRING, compact(list(layers))),
        ("delta_mem.delta_heads_json", STRING, compact(config["delta_heads"])),
        ("delta_mem.per_layer_attention_json", STRING, compact(attention(layers))),
        ("delta_mem.config_json", STRING, compact(config)),
        ("delta_mem.adapter_metadata_json", STRING, compact(metadata)),
        ("delta_mem.tensor_manifest_json", STRING, compact(entries)),
        ("delta_mem.required_runtime_hooks_json", STRING, compact(HOOKS, sort_keys=False)),
    ]
    tensors = [("blk.%d.%s" % (layer, name), kind, tensor)
               for layer, weights in layers.items() for name, tensor in weights.items()]
    return gguf(keys, tensors)


class Reader:
    """The keys and tensors of a GGUF file that is trusted to be sound."""

    def __init__(self, path):
        self.data = path.read_bytes()
        self.at = 4
        version, tensor_count, key_count = self.take("<I"), self.take("<Q"), self.take("<Q")
        if self.data[:4] != b"GGUF" or version != 3:
            raise ValueError("%s: expected GGUF version 3, found %r version %d" % (path, self.data[:4], version))
        self.keys = {}
        for _ in range(key_count):
            key = self.string()
            self.keys[key] = self.value(self.take("<I"))
        infos = []
        for _ in range(tensor_count):
            name = self.string()
            ne = [self.take("<Q") for _ in range(self.take("<I"))]
            infos.append((name, list(reversed(ne)), self.take("<I"), self.take("<Q")))
        start = -(-self.at // ALIGNMENT) * ALIGNMENT
        self.tensors = {name: self.tensor(shape, kind, start + offset) for name, shape, kind, offset in infos}

    def take(self, form):
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def string(self):
        length = self.take("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode("utf-8")

    def value(self, kind):
        return self.string() if kind == STRING else self.take(SCALARS[kind])

    def tensor(self, shape, kind, start):
        dtype = {number: dtype for number, dtype in TYPES.values()}[kind]
        count = 1
        for dimension in shape:
            count *= dimension
        return torch.frombuffer(bytearray(self.data), dtype=dtype, count=count, offset=start).reshape(shape).clone()

    def layer(self, index):
        prefix = "blk.%d." % index
        return {name[len(prefix):]: tensor for name, tensor in self.tensors.items() if name.startswith(prefix)}
