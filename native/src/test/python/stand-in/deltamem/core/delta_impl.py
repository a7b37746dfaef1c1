"""A stand-in for delta-Mem's attention module, written for the test of adapters/python/delta_mem_runtime.py.

It has the names and signatures that the runtime uses, and none of delta-Mem's code: the math is that of golden/pytorch.
So the test says that the runtime feeds and reads such a module rightly, and nothing about delta-Mem.
"""

import dataclasses
import math
import pathlib
import sys
import types

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[7] / "golden" / "pytorch"))
from memory import Memory, Settings  # noqa: E402


@dataclasses.dataclass(frozen=True)
class HFDeltaMemConfig:
    rank: int = 8
    alpha: float = 16.0
    num_state_heads: int = 1
    memory_backend: str = "delta_rule"
    delta_heads: tuple = ("q", "k", "v", "o")
    normalize_qk: bool = True
    couple_lambda: bool = True
    rankwise_gates: bool = True
    state_update_mode: str = "standard"
    rwkv_ms_num_states: int = 4
    rwkv_ms_chunk_size: int = 1024
    rwkv_ms_erase_gate: float = 1.0
    rwkv_ms_read_top_k: int = 0
    rwkv_ms_semantics_version: int = 2

    def settings(self):
        names = Settings.__dataclass_fields__
        return Settings(**{name: getattr(self, name, None) if hasattr(self, name) else getattr(self, "rwkv_ms_" + name)
                           for name in names})


def parameter(*shape):
    return nn.Parameter(torch.zeros(*shape))


class Core(nn.Module):
    def __init__(self, width, math_of):
        super().__init__()
        self.math_of = math_of
        for name in ["x_" + c for c in "rwkvag"] + ["w0", "a0", "k_k", "k_a"]:
            setattr(self, name, parameter(width))
        for name, factor in (("w", 2.5), ("a", 2.5), ("g", 5)):
            low = max(32, 32 * round(factor * math.sqrt(width) / 32))
            setattr(self, name + "1", parameter(width, low))
            setattr(self, name + "2", parameter(low, width))
        for name in ("receptance", "key", "value", "output"):
            setattr(self, name, nn.Linear(width, width, bias=False))
        self.ln_x = nn.GroupNorm(1, width)

    def project(self, x, *, previous_x, token_mask, return_previous=False):
        of = self.math_of()
        valid = torch.ones(x.shape[:2], dtype=torch.bool) if token_mask is None else token_mask
        before, last = of.streaming_predecessor(x, valid, previous_x)
        found = types.SimpleNamespace(**{name[-1]: value for name, value in of.features(x, before).items()})
        return (found, last) if return_previous else found

    def readout(self, reads, g):
        return self.math_of().readout(reads, g)


class DeltaMemAttention(nn.Module):
    def __init__(self, base, config):
        super().__init__()
        self.base, self.delta_config = base, config
        width, hidden = config.rank * config.num_state_heads, base.q_proj.in_features
        gates = width if config.rankwise_gates else config.num_state_heads
        self.state_read_dim, self.rwkv_ms_semantics_version = width, config.rwkv_ms_semantics_version
        self.hrm_rwkv7_core = Core(width, self.math_of)
        for name in "qkv":
            setattr(self, "memory_%s_proj" % name, parameter(width, hidden))
        for name in "qkvo":
            setattr(self, "delta_%s_proj" % name, parameter(getattr(base, name + "_proj").out_features, width))
        for name in ("beta",) if config.couple_lambda else ("beta", "lambda"):
            setattr(self, name + "_proj", parameter(gates, hidden))
            setattr(self, name + "_bias", parameter(gates))

    def math_of(self):
        weights = {"rwkv." + name: value for name, value in self.hrm_rwkv7_core.state_dict().items()}
        for name, value in self.state_dict().items():
            short = name.replace("memory_", "mem_").replace("_proj", "").replace("_bias", "_b")
            weights.setdefault(short, value)
        return Memory(weights, self.delta_config.settings())

    def reset_state(self):
        self.rwkv_ms_positions = self.rwkv_ms_previous_source = self.last_read_routes = self.last_write_routes = None

    def _normalize_memory_projection(self, projected):
        return self.math_of().unit(torch.tanh(projected), 1e-6) if self.delta_config.normalize_qk else projected

    def _memory_sequence_projections(self, hidden):
        out = self.math_of().projections(hidden)
        source = out["memory_source"]
        return source, source, source, out["beta"], out["lambda"]

    def _rwkv_ms_project_heads(self, projected):
        return self.math_of().heads(projected)

    def _rwkv_ms_update_coefficients(self, beta, lambda_):
        return tuple(self.math_of().coefficients(beta, lambda_).values())

    def _rwkv_ms_slot_indices(self, positions):
        return self.math_of().slot(positions)

    def _rwkv_ms_read_routes(self, slot_reads, query, valid):
        of = self.math_of()
        return of.routes(of.keep_top_k(of.scores(slot_reads, query)), valid.to(slot_reads.dtype))

    def _rwkv_ms_scan(self, state, source, beta, lambda_, mask=None):
        of, core = self.math_of(), self.hrm_rwkv7_core
        valid = torch.ones(source.shape[:2], dtype=torch.bool) if mask is None else mask
        features, self.rwkv_ms_previous_source = core.project(
            source, previous_x=self.rwkv_ms_previous_source, token_mask=mask, return_previous=True)
        tokens = {name: of.heads(getattr(features, name)) for name in "rwkvab"}
        tokens["w_decay"] = of.w_decay(tokens["w"])
        tokens.update(of.coefficients(beta, lambda_))
        reads, routes, written = [], [], []
        for t in range(source.shape[1]):
            token = {name: value[:, t] for name, value in tokens.items()}
            slot_reads = of.slot_reads(state, token["r"])
            routes.append(self._rwkv_ms_read_routes(slot_reads, token["r"], valid[:, t]))
            reads.append(torch.einsum("bhs,bhsi->bhi", routes[-1], slot_reads).flatten(1))
            slots = self._rwkv_ms_slot_indices(self.rwkv_ms_positions)
            written.append(nn.functional.one_hot(slots, of.settings.num_states) * valid[:, t, None])
            state = of.write(state, of.candidate(state, token), written[-1])
            self.rwkv_ms_positions = of.advance(self.rwkv_ms_positions, valid[:, t])
        self.last_read_routes = torch.stack([of.mean_over_heads(each) for each in routes], 1)
        self.last_write_routes = torch.stack(written, 1).to(state.dtype)
        return state, core.readout(torch.stack(reads, 1), features.g)

    def _project_delta_head(self, reads, weight, head):
        scale = self.delta_config.alpha / self.delta_config.rank
        return scale * nn.functional.linear(reads, weight) if head in self.delta_config.delta_heads else None

    def _compute_delta_qkv_from_reads(self, reads):
        return tuple(self._project_delta_head(reads, getattr(self, "delta_%s_proj" % head), head) for head in "qkv")
