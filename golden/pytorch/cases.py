"""The table of golden cases, and how a case becomes weights and inputs.

Two seeds decide a case: one for its weights, one (`config.seed`) for its inputs. The input draw follows semantics.md,
with its scales as columns of the table.
"""

import dataclasses
import math
import typing

import torch

from gguf_sidecar import TYPES
from memory import LAMBDA_OUTSIDE, NO_LAMBDA, Settings


@dataclasses.dataclass(frozen=True)
class Widths:
    """Output widths of the four projections of one attention layer; o is the hidden size."""

    q: int = 96
    k: int = 32
    v: int = 48


SMALL = Widths()
SLIDING = Widths(2048, 512, 512)
FULL = Widths(4096, 1024, 1024)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    purpose: str
    weights_seed: int
    seed: int
    hidden: int = 64
    settings: Settings = Settings()
    layers: typing.Mapping[int, Widths] = dataclasses.field(default_factory=lambda: {0: SMALL})
    layer: int = 0
    batch: int = 1
    tokens: int = 6
    mask: str = "auto"
    position: typing.Optional[int] = None
    version: int = 1
    previous: bool = False
    step_trace: bool = False
    stored: str = "BF16"
    hidden_scale: float = 0.125
    state_scale: typing.Union[float, tuple] = 0.25
    adjust: typing.Optional[typing.Callable[[dict], None]] = None
    sidecar_top_k: typing.Optional[int] = None
    evaluation: str = "float32"

    @property
    def initial_position(self):
        if self.position is not None:
            return self.position
        return max(0, self.settings.chunk_size - min(2, self.tokens - 1))


# --- weights ---------------------------------------------------------------------------------------------------

def inner_width(width, factor):
    """L of math.md section 2."""
    return max(32, 32 * round(factor * math.sqrt(width) / 32))


def layer_weights(case, generator, widths):
    """A layer's float32 weights, scaled so that every stage does something that can be seen."""
    s, hidden, width = case.settings, case.hidden, case.settings.width
    gates = width if s.rankwise_gates else s.num_state_heads
    inner, inner_g = inner_width(width, 2.5), inner_width(width, 5)

    def normal(scale, *shape):
        return scale * torch.randn(*shape, generator=generator)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator)

    # Hidden states have a deviation near 0.125: rows of this scale give raw projections near 1.
    row, unit = 8.0 / math.sqrt(hidden), 1.0 / math.sqrt(width)
    w = {"mem_q": normal(row, width, hidden), "mem_k": normal(row, width, hidden), "mem_v": normal(row, width, hidden)}
    for head, rows in (("q", widths.q), ("k", widths.k), ("v", widths.v), ("o", hidden)):
        w["delta_" + head] = normal(unit / 2, rows, width)
    w["beta"], w["beta_b"] = normal(row, gates, hidden), normal(0.5, gates)
    if not s.couple_lambda:
        w["lambda"], w["lambda_b"] = normal(row, gates, hidden), 1.5 + normal(0.5, gates)
    for c in "rwkvag":
        w["rwkv.x_" + c] = uniform(0.1, 0.9, width)
    w["rwkv.w1"], w["rwkv.w2"] = normal(unit, width, inner), normal(0.5 / math.sqrt(inner), inner, width)
    w["rwkv.w0"] = torch.linspace(-4, 2, width) + normal(0.3, width)
    w["rwkv.a1"], w["rwkv.a2"] = normal(unit, width, inner), normal(1 / math.sqrt(inner), inner, width)
    w["rwkv.a0"] = normal(0.5, width)
    w["rwkv.g1"], w["rwkv.g2"] = normal(2 * unit, width, inner_g), normal(2 / math.sqrt(inner_g), inner_g, width)
    w["rwkv.k_k"], w["rwkv.k_a"] = uniform(0.6, 1.4, width), uniform(0.5, 1.3, width)
    for name in ("receptance", "key", "value", "output"):
        w["rwkv.%s.weight" % name] = normal(unit, width, width)
    w["rwkv.ln_x.weight"], w["rwkv.ln_x.bias"] = uniform(0.5, 1.5, width), normal(0.3, width)
    if case.adjust:
        case.adjust(w)
    return w


def weights(case):
    """Layer index to weights by compact name, in file order and in the dtype the sidecar stores."""
    generator = torch.Generator().manual_seed(case.weights_seed)
    dtype = TYPES[case.stored][1]
    return {layer: {name: value.to(dtype) for name, value in layer_weights(case, generator, widths).items()}
            for layer, widths in case.layers.items()}


# --- inputs ----------------------------------------------------------------------------------------------------

def token_mask(case):
    """None where every token is valid, else B,T (semantics.md, mask facts)."""
    if case.mask == "none":
        return None
    mask = torch.ones(case.batch, case.tokens, dtype=torch.bool)
    if case.mask != "auto":
        mask[:] = torch.tensor([bit == "1" for bit in case.mask.split(",")])
        return mask
    if case.tokens >= 3:
        mask[:, case.tokens // 2] = False
    if case.batch > 1 and case.tokens >= 2:
        mask[1::2, -1] = False
    return mask


def inputs(case):
    """The fixture's inputs, in the order in which a fixture lists them."""
    generator = torch.Generator().manual_seed(case.seed)
    s = case.settings
    wave = 7 * torch.linspace(-1, 1, case.hidden) + torch.arange(case.tokens)[:, None]
    hidden = torch.randn(case.batch, case.tokens, case.hidden, generator=generator) * case.hidden_scale
    state = torch.randn(case.batch, s.num_state_heads, s.num_states, s.rank, s.rank, generator=generator)
    scale = torch.tensor(case.state_scale).reshape(-1, 1, 1)
    result = {"hidden_states": hidden + 0.2 * case.hidden_scale * torch.sin(wave), "initial_state": state * scale,
              "initial_positions": case.initial_position + torch.arange(case.batch)}
    if case.previous:
        result["initial_previous_source"] = torch.randn(case.batch, s.width, generator=generator) * 0.5
    mask = token_mask(case)
    if mask is not None:
        result["token_mask"] = mask
    return result


# --- weights of the cases about rules that leave no trace otherwise ---------------------------------------------

def scaled(**factors):
    """Multiply tensors by numbers; a double underscore in a name stands for a dot."""
    def adjust(w):
        for name, factor in factors.items():
            w[name.replace("__", ".")] *= factor
    return adjust


def spread_softplus(w):
    """u = w0 + a little: z = -u negative, small, around 20, above 88 (float32's exp overflows), above 709 (double's)."""
    w["rwkv.w0"] = -torch.tensor([-40.0, -6.0, 6.5, 12.0, 19.9, 30.0, 95.0, 800.0])


# --- the table -------------------------------------------------------------------------------------------------

def setting(**changes):
    return dataclasses.replace(Settings(), **changes)


ALL_HEADS = ("q", "k", "v", "o")

CASES = [
    Case("basic", "one sequence across a slot boundary, a masked token", 101, 1001, tokens=4, layers={0: SMALL, 1: SMALL}),
    Case("batch-mask", "three sequences, automatic mask: other tokens masked in the odd row", 102, 1002, batch=3, tokens=7),
    Case("mid-state", "routes clearly uneven and not saturated, different for every token", 146103, 147003, tokens=8,
         state_scale=1.0),
    Case("large-state", "|S| as large as in a live session", 29104, 30004, tokens=6, state_scale=1.5e3,
         adjust=scaled(rwkv__receptance__weight=0.03), evaluation="float64"),
    Case("semantics-2", "normalised source, cosine scores, keep 1; streaming from a given predecessor", 105, 1005,
         settings=setting(semantics_version=2), version=2, previous=True, state_scale=1.0),
    Case("real-size", "H 2560, sliding layer of a two-layer sidecar", 106, 1006, hidden=2560, tokens=5,
         layers={0: SLIDING, 5: FULL}),
    Case("real-size-full-attention", "the same sidecar, layer 5: q 4096, k and v 1024", 106, 1007, hidden=2560, tokens=5,
         layers={0: SLIDING, 5: FULL}, layer=5),
]
