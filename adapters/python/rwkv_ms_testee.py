"""Serves your implementation of the memory to `gate check --runtime-command "python3 yours.py"` (docs/spec/pipe.md).

Import this module first and call `serve` last; between them, fill in three functions. All names and shapes are those of
docs/spec/math.md, with a batch of one:

    def open_memory(settings, weights):     # settings: a dict with the names of a fixture
        return anything                     # weights[layer][name]: float32, names of sidecar.md without "blk.<layer>."

    def forward(memory, layer, inputs):     # hidden_states, initial_state, initial_positions, and maybe token_mask and
        return {"memory_q": ..., ...}       # initial_previous_source; without the last the legacy predecessor holds

    def scan(settings, inputs):             # sections 3 and 4 alone, from feature_r ... feature_b, beta, lambda and state
        return {"w_decay": ..., ...}        # leave it out, and fixtures without a sidecar are not evaluated

    serve("my memory", "0.1", open_memory, forward, scan)

Raise `Unsupported("why")` for what you do not support: it is listed as not evaluated. So is a fixture with a step trace
if `forward` gives none of it. Whatever you print goes to standard
error and into the report. Arrays are NumPy's, or PyTorch's with `arrays="torch"`. Python 3.8 or newer.
"""

import hashlib
import json
import os
import platform
import struct
import sys
import traceback

# The pipe belongs to the messages alone: from here on, print and C libraries write to standard error.
_IN, _OUT = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)
sys.stdout = sys.stderr

PROTOCOL = "1"
TRACE = ("positions_before", "state_before", "slot_reads", "read_scores", "candidate_state", "state_after",
         "positions_after")


class Unsupported(Exception):
    """What this implementation does not do; says nothing about whether it is right."""


# --- arrays: bytes of a message to an array of the library, and back ------------------------------------------------

class _Numpy:
    def __init__(self):
        import numpy
        self.numpy = numpy
        self.version = "numpy", numpy.__version__
        self.types = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "|u1", "BOOL": "|b1"}
        self.labels = {text: label for label, text in self.types.items()}

    def array(self, label, shape, data):
        return self.numpy.frombuffer(bytearray(data), self.types[label]).reshape(shape)

    def stored(self, value):
        value = self.numpy.asarray(value)
        return self.labels[value.dtype.str], list(value.shape), value.tobytes()


class _Torch:
    def __init__(self):
        import ctypes
        import torch
        self.torch, self.ctypes = torch, ctypes
        self.version = "torch", torch.__version__
        self.types = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
                      "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}
        self.labels = {dtype: label for label, dtype in self.types.items()}

    def array(self, label, shape, data):
        if not data:
            return self.torch.empty(shape, dtype=self.types[label])
        return self.torch.frombuffer(bytearray(data), dtype=self.types[label]).reshape(shape)

    def stored(self, value):
        value = self.torch.as_tensor(value).detach().cpu().contiguous()
        data = self.ctypes.string_at(value.data_ptr(), value.numel() * value.element_size()) if value.numel() else b""
        return self.labels[value.dtype], list(value.shape), data


# --- messages: a length of 8 bytes, then a safetensors blob --------------------------------------------------------

def _read(arrays):
    """Texts and tensors of the next message; None at the end of the input."""
    length = _IN.read(8)
    if len(length) < 8:
        return None
    blob = _IN.read(struct.unpack("<Q", length)[0])
    start = 8 + struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:start])
    texts = header.pop("__metadata__", {})
    return texts, {name: arrays.array(entry["dtype"], entry["shape"],
                                      blob[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]])
                   for name, entry in header.items()}


def _write(arrays, texts, tensors):
    header, body = {"__metadata__": texts}, []
    at = 0
    for name, value in tensors.items():
        label, shape, data = arrays.stored(value)
        header[name] = {"dtype": label, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
        body.append(data)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    _OUT.write(struct.pack("<QQ", 8 + len(text) + at, len(text)) + text + b"".join(body))
    _OUT.flush()


# --- operations ----------------------------------------------------------------------------------------------------

class _Testee:
    """Keeps what is open: memories, and for each session the state of each layer."""

    def __init__(self, about, arrays, open_memory, forward, scan):
        self.about, self.arrays = about, arrays
        self.open_memory, self.compute, self.scan_alone = open_memory, forward, scan
        self.memories, self.sessions = {}, {}

    def answer(self, texts, tensors):
        operation = getattr(self, "do_" + texts.get("operation", ""), None)
        if operation is None:
            raise Unsupported("this adapter does not know the operation")
        return operation(texts, tensors)

    def do_hello(self, texts, tensors):
        operations = sorted(name[3:] for name in dir(self) if name.startswith("do_") and name != "do_hello")
        if self.scan_alone is None:
            operations.remove("scan")
        return dict(self.about, protocol=PROTOCOL, operations=" ".join(operations)), {}

    def do_open(self, texts, tensors):
        weights = {}
        for name, value in tensors.items():
            _, layer, tail = name.split(".", 2)
            weights.setdefault(int(layer), {})[tail] = value
        settings = json.loads(texts["settings"])
        self.memories[texts["memory"]] = settings, self.open_memory(settings, weights)

    def do_close(self, texts, tensors):
        del self.memories[texts["memory"]]

    def do_start(self, texts, tensors):
        self.sessions[texts["session"]] = self.memories[texts["memory"]], {}

    def do_end(self, texts, tensors):
        del self.sessions[texts["session"]]

    def do_reset(self, texts, tensors):
        self.sessions[texts["session"]][1].clear()

    def state(self, texts):
        (settings, _), layers = self.sessions[texts["session"]]
        n, k, r = settings["num_state_heads"], settings["rwkv_ms_num_states"], settings["rank"]
        zeros = {"state": ("F32", (1, n, k, r, r), 4), "positions": ("I64", (1,), 8), "previous_source": ("F32", (1, n * r), 4)}
        if texts["layer"] not in layers:
            layers[texts["layer"]] = {name: self.arrays.array(label, shape, bytes(size * _count(shape)))
                                      for name, (label, shape, size) in zeros.items()}
        return layers[texts["layer"]]

    def do_get_state(self, texts, tensors):
        return {}, {"final_" + name: value for name, value in self.state(texts).items()}

    def do_set_state(self, texts, tensors):
        self.state(texts).update({name[len("initial_"):]: value for name, value in tensors.items()})

    def do_forward(self, texts, tensors):
        state = self.state(texts)
        inputs = dict(tensors, **{"initial_" + name: value for name, value in state.items()})
        if texts["predecessor"] == "legacy":
            del inputs["initial_previous_source"]
        (_, memory), _ = self.sessions[texts["session"]]
        out = self.compute(memory, int(texts["layer"]), inputs)
        if texts["taps"] == "step_trace" and not any(name in out for name in TRACE):
            raise Unsupported("this implementation gives no step trace")
        if texts["write"] == "true":
            state.update({name: out["final_" + name] for name in state if "final_" + name in out})
        return {}, {name: value for name, value in out.items() if _wanted(name, texts["taps"])}

    def do_scan(self, texts, tensors):
        return {}, self.scan_alone(json.loads(texts["settings"]), tensors)


def _count(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def _wanted(name, taps):
    return name.startswith("delta_") if taps == "deltas" else taps == "step_trace" or name not in TRACE


def _reason(failure):
    """The failure and where in the author's file it came up; the whole traceback goes to standard error."""
    traceback.print_exc()
    frames = traceback.extract_tb(failure.__traceback__)
    main = os.path.abspath(sys.argv[0])
    own = [frame for frame in frames if os.path.abspath(frame.filename) == main] or frames
    return "%s: %s (%s:%d, in %s)" % (type(failure).__name__, failure, os.path.basename(own[-1].filename),
                                      own[-1].lineno, own[-1].name)


def serve(name, version, open_memory, forward, scan=None, arrays="numpy", dtype="float32"):
    """Answers until the gate is done. Say `dtype="bfloat16"` or "float16" if you compute in it: then nothing is judged."""
    library = {"numpy": _Numpy, "torch": _Torch}[arrays]()
    with open(__file__, "rb") as source:
        adapter = hashlib.sha256(source.read()).hexdigest()
    about = {"name": name, "version": version, "dtype": dtype, "about.python": platform.python_version(),
             "about." + library.version[0]: library.version[1], "about.adapter": "sha256 " + adapter}
    testee = _Testee(about, library, open_memory, forward, scan)
    for texts, tensors in iter(lambda: _read(library), None):
        try:
            more, out = testee.answer(texts, tensors) or ({}, {})
            _write(library, dict(more, status="ok"), out)
        except Unsupported as reason:
            _write(library, {"status": "unsupported", "text": str(reason)}, {})
        except Exception as failure:
            _write(library, {"status": "error", "text": _reason(failure)}, {})
