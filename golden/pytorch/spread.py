"""What float32 can know of a value: how far it moves when every rounding of a float32 implementation is drawn anew.

Stochastic arithmetic, in float64: wherever a float32 implementation rounds, the value is changed at random by up to
float32's unit roundoff; a sum over K products by what K such roundings of its partial sums add up to.
"""

import math

import torch
import torch.nn.functional as F

import cases
import long_cases
from memory import Memory

UNIT = 2.0 ** -24
RUNS = 8
# A value's limit is so many times the root mean square of its moves.
MULTIPLE = 8.0


class Drawn(Memory):
    """The memory with roundings that are drawn from a seed; state, reads, scores and routes are rounded per token."""

    def __init__(self, weights, settings, seed):
        super().__init__(weights, settings, torch.float64, rounding=False)
        self.draw = torch.Generator().manual_seed(seed)

    def noise(self, like):
        return 2 * torch.rand(like.shape, generator=self.draw, dtype=torch.float64) - 1

    def store(self, value):
        return value * (1 + UNIT * self.noise(value))

    def project(self, x, name):
        weight = self.weights[name]
        terms = F.linear(x * x, weight * weight).sqrt()
        summed = F.linear(x, weight)
        # Partial sums walk at random to the length of the terms: sum s^2 = K/2 of its square.
        return self.store(summed + UNIT * math.sqrt(x.shape[-1] / 2) * terms * self.noise(summed))

    def slot_reads(self, state, r):
        return self.store(super().slot_reads(state, r))

    def scores(self, reads, r):
        terms = (reads * r[:, :, None]).abs().sum(-1) / math.sqrt(self.settings.rank)
        scores = super().scores(reads, r)
        return scores + UNIT * terms * self.noise(scores)

    def removal(self, state, token):
        return self.store(super().removal(state, token))

    def kept(self, state, token):
        return self.store(super().kept(state, token))

    def candidate(self, state, token):
        candidate = super().candidate(state, token)
        written = torch.einsum("bhi,bhj->bhij", token["write"] * token["v"], token["k"]).unsqueeze(2)
        # Three terms that may cancel: what their sum leaves has the roundings of what went in.
        return self.store(candidate + UNIT * (candidate - written).abs() * self.noise(candidate)
                          + UNIT * written.abs() * self.noise(candidate))


def moves(case, truth):
    """Per tensor the root mean square of the distances from the truth over all runs."""
    weights, inputs = cases.weights(case)[case.layer], long_cases.inputs(case)
    squares = {name: torch.zeros_like(exact) for name, exact in truth.items() if exact.dtype.is_floating_point}
    for run in range(RUNS):
        moved = Drawn(weights, case.settings, 1000 * case.seed + run).forward(inputs, case.step_trace, torch.float64)
        for name, square in squares.items():
            square += (moved[name] - truth[name]) ** 2 / RUNS
    return {name: square.sqrt() for name, square in squares.items()}


def limits(case, truth, tolerance):
    """Per tensor the larger of the tolerance and the multiple of the moves."""
    return {name: torch.maximum(tolerance(truth[name]), MULTIPLE * move) for name, move in moves(case, truth).items()}
