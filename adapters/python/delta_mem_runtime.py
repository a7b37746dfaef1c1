"""delta-Mem's attention module as a runtime: `python3 delta_mem_runtime.py CHECKOUT`, the folder of your own checkout.

The module is imported from there and computes; this file feeds it, and notes what its methods are given and return. It
needs PyTorch, and whatever the checkout needs. docs/add-a-runtime.md says what is not evaluated.
"""

import dataclasses
import sys
import types

import rwkv_ms_testee  # first: from here on, nothing that is printed gets between the messages
import torch
from torch import nn

sys.path.insert(0, sys.argv[1])
from deltamem.core.delta_impl import DeltaMemAttention, HFDeltaMemConfig  # noqa: E402

# Weights of a sidecar that have another name in the module.
NAMES = {"mem_q": "memory_q_proj", "mem_k": "memory_k_proj", "mem_v": "memory_v_proj", "beta": "beta_proj",
         "beta_b": "beta_bias", "lambda": "lambda_proj", "lambda_b": "lambda_bias",
         **{"delta_" + head: "delta_%s_proj" % head for head in "qkvo"}}
SEMANTICS = "rwkv_ms_semantics_version"


class Attention(nn.Module):
    """Stands for the attention that the module wraps: it is asked for sizes, and computes nothing."""

    def __init__(self, weights):
        super().__init__()
        hidden = weights["mem_v"].shape[1]
        for name in "qkv":
            setattr(self, name + "_proj", nn.Linear(hidden, weights["delta_" + name].shape[0], bias=False))
        self.o_proj = nn.Linear(self.q_proj.out_features, weights["delta_o"].shape[0], bias=False)
        self.config = types.SimpleNamespace(num_hidden_layers=2, sliding_window=None)
        self.layer_idx, self.head_dim, self.num_key_value_groups = 0, 1, 1
        self.scaling, self.attention_dropout, self.is_causal = 1.0, 0.0, True


def config_of(settings):
    known = {field.name for field in dataclasses.fields(HFDeltaMemConfig)}
    if SEMANTICS not in known and settings[SEMANTICS] != 1:
        raise rwkv_ms_testee.Unsupported("this delta-Mem has semantics 1 alone")
    return HFDeltaMemConfig(memory_backend="rwkv_ms", delta_heads=tuple(settings["delta_heads"]),
                            **{name: value for name, value in settings.items() if name in known - {"delta_heads"}})


def module_of(settings, weights):
    module = DeltaMemAttention(Attention(weights), config_of(settings)).eval()
    given = {NAMES.get(name, name.replace("rwkv.", "hrm_rwkv7_core.", 1)): value for name, value in weights.items()}
    own = {name for name in module.state_dict() if not name.startswith("base.")}
    if own != set(given):
        raise rwkv_ms_testee.Unsupported("this delta-Mem has other weights: %s" % ", ".join(sorted(own ^ set(given))))
    module.load_state_dict(given, strict=False)  # all but the attention's
    return module


def open_memory(settings, weights):
    return {layer: module_of(settings, tensors) for layer, tensors in weights.items()}


def noting(owner, name, notes):
    """Makes a method note what each call is given and returns."""
    method = getattr(owner, name)

    def call(*given, **named):
        result = method(*given, **named)
        notes.append((given, result))
        return result

    setattr(owner, name, call)


def computed(module, inputs):
    core, mask, hidden = module.hrm_rwkv7_core, inputs.get("token_mask"), inputs["hidden_states"]
    semantics = getattr(module, SEMANTICS, 1)
    legacy = semantics == 1 and "initial_previous_source" not in inputs
    previous = inputs.get("initial_previous_source", hidden.new_zeros(1, module.state_read_dim))
    module.reset_state()
    module.rwkv_ms_positions, module.rwkv_ms_previous_source = inputs["initial_positions"], previous
    memory_q, memory_k, source, beta, lambda_ = module._memory_sequence_projections(hidden)
    if memory_q is source and semantics == 1:  # left out there: nothing follows from them
        memory_q, memory_k = (module._normalize_memory_projection(nn.functional.linear(hidden, weight))
                              for weight in (module.memory_q_proj, module.memory_k_proj))
    routes, slots, readouts = [], [], []
    noted = ((module, "_rwkv_ms_read_routes", routes), (module, "_rwkv_ms_slot_indices", slots),
             (core, "readout", readouts))
    for owner, name, notes in noted:
        noting(owner, name, notes)
    if legacy:  # the predecessor is the row before, masked or not: as if the projections saw no mask
        project = core.project
        core.project = lambda x, **named: project(x, **dict(named, token_mask=None))
    try:
        features = core.project(source, previous_x=previous, token_mask=mask)
        state, reads = module._rwkv_ms_scan(inputs["initial_state"], source, beta, lambda_, mask)
    finally:
        for owner, name, _ in noted + (((core, "project", None),) if legacy else ()):
            delattr(owner, name)
    out = {"memory_q": memory_q, "memory_k": memory_k, "memory_v": source, "memory_source": source, "beta": beta,
           "lambda": lambda_, "reads": reads, "raw_reads": readouts[0][0][0], "final_state": state,
           "final_positions": module.rwkv_ms_positions, "read_routes": module.last_read_routes,
           "write_routes": module.last_write_routes,
           "read_routes_per_head": torch.stack([result for _, result in routes], 1),
           "slot_indices": torch.stack([result for _, result in slots], 1)}
    if not legacy:
        out["final_previous_source"] = module.rwkv_ms_previous_source
    for name in "rwkvabg":
        out["feature_" + name] = getattr(features, name)
        if name != "g":
            out[name + "_heads"] = module._rwkv_ms_project_heads(out["feature_" + name])
    out["w_decay"] = torch.exp(-torch.exp(out["w_heads"]))
    out.update(zip(("keep", "erase", "write"), module._rwkv_ms_update_coefficients(beta, lambda_)))
    deltas = dict(zip("qkv", module._compute_delta_qkv_from_reads(reads)),
                  o=module._project_delta_head(reads, module.delta_o_proj, "o"))
    out.update({"delta_" + head: delta for head, delta in deltas.items() if delta is not None})
    return out


def forward(modules, layer, inputs):
    with torch.inference_mode():
        return computed(modules[layer], inputs)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the products are small
    rwkv_ms_testee.serve("delta-Mem", "its checkout", open_memory, forward, arrays="torch")
