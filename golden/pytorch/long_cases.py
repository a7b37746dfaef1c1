"""The table of long golden cases: prompts of hundreds of tokens, with the sidecars of cases that are there already."""

import dataclasses
import typing

import torch

import cases
import generator

# The case whose weights most of them have: one sidecar stands beside them all.
SHARED = "real-size"


@dataclasses.dataclass(frozen=True)
class LongCase(cases.Case):
    """A case whose hidden states are generated, and of whose wide tensors some tokens are kept."""

    sidecar_of: str = ""
    every: int = 16
    deltas_every: int = 64

    @property
    def hidden_states(self):
        """How they are generated, as a fixture says it."""
        return {"name": generator.NAME, "seed": self.seed, "scale": self.hidden_scale}


def long_case(name, purpose, of=SHARED, **changes):
    """A case with the weights, sizes and settings of another one."""
    short = next(case for case in cases.CASES if case.name == of)
    fields = {field.name: getattr(short, field.name) for field in dataclasses.fields(short)}
    return LongCase(**{**fields, "name": name, "purpose": purpose, "sidecar_of": of, "mask": "none", "position": 0,
                       "step_trace": True, **changes})


def bits(tokens, *masked):
    """A mask that leaves out the tokens of these ranges."""
    out = {t for span in masked for t in range(*span)}
    return ",".join("0" if t in out else "1" for t in range(tokens))


MASK_TOKENS = 160

LONG_CASES = [
    long_case("tokens-64", "64 tokens of deviation 0.5", seed=5075, tokens=64, hidden_scale=0.5, every=8,
              deltas_every=16),
    long_case("tokens-256", "256 tokens of deviation 1.0", seed=5266, tokens=256, hidden_scale=1.0),
    long_case("tokens-1024", "1,024 tokens of deviation 0.5", seed=6024, tokens=1024, hidden_scale=0.5, every=64,
              deltas_every=128),
    long_case("last-slot", "the last slot fills up and the first is written over", seed=5132, tokens=192,
              hidden_scale=0.5, position=4 * 1024 - 100),
    long_case("many-chunks", "chunks of 7, three slots: 48 slot changes a row", of="three-states", seed=5007, batch=1,
              tokens=336, hidden_scale=0.25, position=11),
    long_case("long-mask", "padding in front, gaps in the middle and masked tokens at the end; streaming from a given"
              " predecessor", seed=5160, tokens=MASK_TOKENS, hidden_scale=0.5, previous=True, deltas_every=24,
              mask=bits(MASK_TOKENS, (0, 11), (31, 33), (63, 64), (64, 66), (90, 123), (140, 141), (157, 160))),
    # Hidden states of ordinary size would make every route 0 or 1 here.
    long_case("state-1000", "64 quiet tokens from a state of a thousand", seed=5906, tokens=64, hidden_scale=0.03,
              state_scale=1e3, every=8, deltas_every=16),
]

# Kept whole, a few values per token: what the scan is replayed from, where it shows, and what the next step needs.
WHOLE = {"memory_source", "beta", "lambda", "slot_indices", "write_routes", "read_routes", "read_routes_per_head",
         "raw_reads", "reads", *("feature_" + c for c in "rwkvabg")}


# So many changes of the slot are enough, evenly over the case.
CHANGES = 8


def inputs(case):
    """As `cases.inputs`, with generated hidden states; what is small is drawn and written down."""
    draw = torch.Generator().manual_seed(case.seed)
    s = case.settings
    state = torch.randn(case.batch, s.num_state_heads, s.num_states, s.rank, s.rank, generator=draw)
    result = {"hidden_states": generator.tensor(case.seed, case.hidden_scale, case.batch, case.tokens, case.hidden),
              "initial_state": state * case.state_scale,
              "initial_positions": case.initial_position + torch.arange(case.batch)}
    if case.previous:
        result["initial_previous_source"] = torch.randn(case.batch, s.width, generator=draw) * 0.5
    mask = cases.token_mask(case)
    if mask is not None:
        result["token_mask"] = mask
    return result


def kept_tokens(case, name, tensor, slots) -> typing.Optional[list]:
    """The tokens of a tensor that are kept, or None where all are: every n-th, the last, and both sides of chunks."""
    if tensor.dim() < 2 or tensor.shape[1] != case.tokens or name in WHOLE or name.startswith("final_"):
        return None
    every = case.deltas_every if name.startswith("delta_") else case.every
    changes = [t for t in range(1, case.tokens) if (slots[:, t] != slots[:, t - 1]).any()]
    shown = changes[::max(1, len(changes) // CHANGES)]
    return sorted({*range(0, case.tokens, every), case.tokens - 1, *shown, *(t - 1 for t in shown)})
