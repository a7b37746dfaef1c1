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
        w["delta_" + head] = normal(unit / 4, rows, width)
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
    """Multiply tensors, or their rows, by numbers; two underscores in a name stand for a dot."""
    def adjust(w):
        for name, factor in factors.items():
            tensor = w[name.replace("__", ".")]
            tensor *= torch.tensor(factor).reshape([-1] + [1] * (tensor.dim() - 1))
    return adjust


def spread_softplus(w):
    """u = w0 + a little, so that z = -u is negative, around 6, 8.6 and 20, above 20, above 88 and above 709."""
    w["rwkv.w0"] = torch.tensor([40.0, 5.0, -6.0, -8.6, -20.0, -50.0, -95.0, -800.0])


# --- the table -------------------------------------------------------------------------------------------------

def setting(**changes):
    return dataclasses.replace(Settings(), **changes)


ALL_HEADS = ("q", "k", "v", "o")
SEMANTICS_2 = setting(semantics_version=2)

# A state in which a wrong read shows in every tensor after it.
LARGE_READS = {"state_scale": 1.0}

CASES = [
    # The plain path.
    Case("basic", "one sequence across a slot boundary, one masked token; two layers in the sidecar", 101, 1001,
         tokens=4, layers={0: SMALL, 1: SMALL}),
    Case("single-token", "one token, nothing masked", 108, 1008, tokens=1),
    Case("no-mask", "no token_mask input at all", 209, 1109, mask="none"),
    Case("batch-mask", "three sequences, automatic mask: the odd row also loses its last token", 3602, 4502, batch=3,
         tokens=7),
    Case("all-masked", "no valid token: state, positions and predecessor stay, outputs are zero", 110, 1010, tokens=4,
         mask="0,0,0,0", version=2, previous=True),
    Case("chunk-rollover", "chunks of 2: positions pass K*chunk and old content is written over", 3311, 4211, tokens=14,
         settings=setting(chunk_size=2), position=1, **LARGE_READS),
    Case("step-trace", "step trace with top-k, mask and a wrap around all slots", 2112, 3012, tokens=9,
         settings=setting(chunk_size=2, read_top_k=3), position=3, step_trace=True, **LARGE_READS),
    # Settings.
    Case("topk-1", "only the best slot is read", 113, 1013, settings=setting(read_top_k=1), **LARGE_READS),
    Case("topk-2", "two slots; the sidecar says 0 and the fixture overrides it", 114, 1014, tokens=8,
         settings=setting(read_top_k=2), sidecar_top_k=0, step_trace=True, **LARGE_READS),
    Case("topk-3", "three slots of four", 115, 1015, settings=setting(read_top_k=3), **LARGE_READS),
    Case("lambda-outside", "erase = lambda * beta", 116, 1016, settings=setting(state_update_mode=LAMBDA_OUTSIDE),
         **LARGE_READS),
    Case("lambda-outside-free", "the same with a lambda of its own", 117, 1017,
         settings=setting(state_update_mode=LAMBDA_OUTSIDE, couple_lambda=False), **LARGE_READS),
    Case("no-lambda", "lambda and keep are one", 118, 1018, settings=setting(state_update_mode=NO_LAMBDA),
         **LARGE_READS),
    Case("free-lambda", "lambda has its own projection and bias", 319, 1219, settings=setting(couple_lambda=False),
         **LARGE_READS),
    Case("scalar-gates", "one gate for all rows", 120, 1020, settings=setting(rankwise_gates=False), **LARGE_READS),
    Case("erase-gate-half", "rwkv_ms_erase_gate 0.5", 1121, 2021, settings=setting(erase_gate=0.5), state_scale=2.0),
    Case("no-normalize-qk", "memory_q and memory_k are the raw projections", 222, 1122,
         settings=setting(normalize_qk=False)),
    Case("alpha-3", "alpha 3: deltas scaled by 3/8", 123, 1023, settings=setting(alpha=3.0)),
    Case("all-heads", "deltas for q, k, v and o", 124, 1024, settings=setting(delta_heads=ALL_HEADS)),
    Case("head-v-only", "a single delta head, v", 125, 1025, settings=setting(delta_heads=("v",))),
    # Sizes.
    Case("heads-2", "two state heads, scalar gates of different heads, all delta heads", 926, 1826, batch=2,
         settings=setting(num_state_heads=2, rankwise_gates=False, delta_heads=ALL_HEADS), **LARGE_READS),
    Case("heads-4", "four state heads of rank 4, a gate per row, top-k per head", 1927, 2827,
         settings=setting(num_state_heads=4, rank=4, read_top_k=2), step_trace=True, **LARGE_READS),
    Case("heads-2-semantics-2", "two state heads: norms, cosine and group norm per head", 128, 1028,
         settings=dataclasses.replace(SEMANTICS_2, num_state_heads=2), version=2, previous=True, **LARGE_READS),
    Case("rank-4", "rank 4", 129, 1029, settings=setting(rank=4), **LARGE_READS),
    Case("rank-16", "rank 16", 130, 1030, settings=setting(rank=16)),
    Case("one-state", "K = 1, chunk 5: there is nothing to route", 1031, 1931, tokens=9,
         settings=setting(num_states=1, chunk_size=5), position=3),
    Case("three-states", "K = 3, chunk 7: no powers of two", 132, 1032, tokens=12, batch=2,
         settings=setting(num_states=3, chunk_size=7), position=11, **LARGE_READS),
    Case("hidden-100", "a hidden size that is no multiple of 32", 133, 1033, hidden=100),
    Case("layer-5", "layer 5 of a sidecar with layers 0, 1 and 5; its q is wider", 734, 1634, layer=5,
         layers={0: SMALL, 1: SMALL, 5: Widths(192, 64, 64)}),
    Case("weights-f32", "sidecar tensors stored as F32", 335, 1235, stored="F32"),
    Case("weights-f16", "sidecar tensors stored as F16", 136, 1036, stored="F16"),
    Case("real-size", "H 2560: the sliding layer of a sidecar with two layers", 106, 4106, hidden=2560, tokens=5,
         layers={0: SLIDING, 5: FULL}),
    Case("real-size-full-attention", "the same sidecar, layer 5: q 4096, k and v 1024", 106, 1407, hidden=2560,
         tokens=5, layers={0: SLIDING, 5: FULL}, layer=5),
    # State.
    Case("zero-state", "from an empty state: reads are zero until something was written", 337, 1237, state_scale=0.0,
         mask="none"),
    Case("mid-state", "routes clearly uneven and not saturated, different for every token", 146103, 147003, tokens=8,
         **LARGE_READS),
    Case("large-state", "|S| as large as in a live session", 29104, 30004, state_scale=1.5e3,
         adjust=scaled(rwkv__receptance__weight=0.03), evaluation="float64"),
    # The predecessor and semantics 2.
    Case("legacy-mask", "legacy predecessor: a masked token is the predecessor of the next, zero that of the first",
         138, 1038, tokens=8, mask="0,1,0,0,1,1,0,1", **LARGE_READS),
    Case("streaming", "streaming predecessor across masked first, middle and last tokens", 439, 1339, tokens=8,
         mask="0,1,0,0,1,1,1,0", version=2, previous=True, **LARGE_READS),
    Case("version-2-legacy", "schema v2, semantics 1, no previous source: the legacy predecessor", 140, 1040,
         mask="1,0,1,1,0,1", version=2, **LARGE_READS),
    Case("semantics-2", "normalised source, cosine scores, keep 1; streaming from a given predecessor", 105, 1005,
         settings=SEMANTICS_2, version=2, previous=True, **LARGE_READS),
    Case("semantics-2-zero-slots", "two slots are zero: their cosine is 0", 141, 1041, settings=SEMANTICS_2, version=2,
         previous=True, state_scale=(1.0, 0.0, 1.0, 0.0), position=0, step_trace=True),
    Case("semantics-2-topk-2", "cosine scores and top-k, the wrap around all slots", 142, 1042, tokens=9,
         settings=dataclasses.replace(SEMANTICS_2, read_top_k=2, chunk_size=2), position=4, version=2, previous=True,
         **LARGE_READS),
    Case("semantics-2-no-normalize-qk", "the source is normalised whatever normalize_qk says; scalar gates,"
         " free lambda", 143, 1043, settings=dataclasses.replace(SEMANTICS_2, normalize_qk=False, rankwise_gates=False,
                                                 couple_lambda=False), version=2, previous=True, **LARGE_READS),
    Case("semantics-2-without-previous", "no previous source: streaming from zero", 144, 1044, tokens=7,
         mask="0,1,0,1,1,0,1", settings=SEMANTICS_2, version=2, **LARGE_READS),
    # Rules that leave no trace at ordinary sizes.
    Case("qk-norm-eps", "|tanh(raw q)|, |tanh(raw k)| around 1e-6", 145, 1045,
         adjust=scaled(mem_q=4e-7, mem_k=1.5e-7)),
    Case("source-norm-eps", "semantics 2: |tanh(mem_v x)| around 1e-6", 246, 1146, settings=SEMANTICS_2, version=2,
         previous=True, adjust=scaled(mem_v=3.5e-7), **LARGE_READS),
    Case("kk-norm-eps", "|k * k_k| around 1e-12", 147, 1047, adjust=scaled(rwkv__k_k=5e-13), **LARGE_READS),
    Case("cosine-clamp-reads", "semantics 2: slots whose reads are around 1e-6, r is ordinary", 148, 1048,
         settings=SEMANTICS_2, version=2, previous=True, position=0, state_scale=(1.0, 5e-7, 3e-7, 3e-6)),
    Case("cosine-clamp-r", "semantics 2: r is around 1e-6, reads straddle it", 149, 1049, settings=SEMANTICS_2,
         version=2, previous=True, position=0, state_scale=(1.0, 0.3, 3.0, 30.0),
         adjust=scaled(rwkv__receptance__weight=8e-7)),
    Case("softplus-threshold", "arguments of softplus from -40 to 800", 150, 1050, adjust=spread_softplus,
         **LARGE_READS),
]
