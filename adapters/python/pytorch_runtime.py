"""The PyTorch math that computed the golden data (golden/pytorch/memory.py) as a runtime, in float32.

`pytorch_runtime.py bfloat16`, or float16, computes in that type, of which the gate tells the errors and judges nothing.
"""

import pathlib
import sys

import rwkv_ms_testee  # first: from here on, nothing that is printed gets between the messages
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "golden" / "pytorch"))
from memory import Memory, Settings  # noqa: E402

DTYPE = sys.argv[1] if len(sys.argv) > 1 else "float32"
WORK = getattr(torch, DTYPE)

# A fixture's names of settings whose names here are shorter.
LONG_NAMES = {name: "rwkv_ms_" + name
              for name in ("semantics_version", "num_states", "chunk_size", "erase_gate", "read_top_k")}


def settings_of(settings):
    names = Settings.__dataclass_fields__
    return Settings(**dict({name: settings[LONG_NAMES.get(name, name)] for name in names},
                           delta_heads=tuple(settings["delta_heads"])))


def supported(compute):
    """What PyTorch itself lacks on this processor, such as products of float16, is no fault."""
    try:
        with torch.inference_mode():
            return compute()
    except RuntimeError as lacking:
        if "not implemented for" in str(lacking):
            raise rwkv_ms_testee.Unsupported("PyTorch %s: %s" % (torch.__version__, lacking))
        raise


def open_memory(settings, weights):
    return {layer: Memory(tensors, settings_of(settings), WORK) for layer, tensors in weights.items()}


def forward(layers, layer, inputs):
    return supported(lambda: layers[layer].forward(inputs, step_trace=True, given=WORK))


def scan(settings, inputs):
    memory = Memory({}, settings_of(settings), WORK)

    def compute():
        given = {name: value.to(WORK) if value.is_floating_point() else value for name, value in inputs.items()}
        sequence = {c: memory.heads(given["feature_" + c]) for c in "rkvab"}
        sequence["w_decay"] = memory.store(memory.w_decay(memory.heads(given["feature_w"])))
        sequence.update(memory.coefficients(given["beta"], given["lambda"]))
        valid = inputs.get("token_mask", torch.ones(given["feature_r"].shape[:2], dtype=torch.bool))
        out = {name: sequence[name] for name in ("w_decay", "keep", "erase", "write")}
        out.update(memory.scan(sequence, given, valid))
        return {name: value for name, value in out.items() if name not in rwkv_ms_testee.TRACE}

    return supported(compute)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the products are small
    rwkv_ms_testee.serve("golden/pytorch", "1", open_memory, forward, scan, arrays="torch", dtype=DTYPE)
