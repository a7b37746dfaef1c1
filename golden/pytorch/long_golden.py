"""How a long case becomes a fixture: float64 truth, and beside it what PyTorch's float32 makes of the same inputs."""

import platform

import torch

import cases
import fixture_json
import long_cases
import spread
from memory import Memory
from reasons import NotWritten

SCHEMA = "rwkv_ms_long_math_fixture.v1"

# Digits of a written value: a rounding of 5e-10 is a 20,000th of the relative tolerance.
DIGITS = 10

# Where float32 is further from the truth than this part of the tolerance, the fixture says how far.
LISTED_FROM = 0.5
ATOL, RTOL = 1e-5, 1e-5

# The largest part of a tensor's values that float32 may have beyond the tolerance: a case with more judges little.
MAX_BEYOND = 0.1


def truth_of(case):
    """Every tensor in float64 that nothing rounds on the way."""
    memory = Memory(cases.weights(case)[case.layer], case.settings, torch.float64, rounding=False)
    return memory.forward(long_cases.inputs(case), case.step_trace, torch.float64)


def float32_of(case):
    memory = Memory(cases.weights(case)[case.layer], case.settings)
    return memory.forward(long_cases.inputs(case), case.step_trace)


def written(tensor):
    """The values as their decimals in the fixture give them back."""
    if not tensor.dtype.is_floating_point:
        return tensor
    decimals = [float("%.*g" % (DIGITS, value)) for value in tensor.reshape(-1).tolist()]
    return torch.tensor(decimals, dtype=torch.float64).reshape(tensor.shape)


def tolerance(expected):
    return ATOL + RTOL * expected.abs()


def input_records(case):
    return {name: fixture_json.Record(tensor, case.hidden_states if name == "hidden_states" else None)
            for name, tensor in long_cases.inputs(case).items()}


def expected_records(case, truth):
    slots = truth["slot_indices"]
    records = {}
    for name, tensor in sorted(truth.items()):
        kept = long_cases.kept_tokens(case, name, tensor, slots)
        rows = tensor if kept is None else tensor[:, kept]
        records[name] = fixture_json.Record(written(rows.contiguous()), None, kept)
    return records


def float32_section(records, float32):
    """Per tensor the largest share of the tolerance, and each value that uses more than half of it."""
    tensors = {}
    for name, record in records.items():
        given = fixture_json.rows(float32[name], record)
        if not given.dtype.is_floating_point:
            continue
        share = ((given.double() - record.tensor).abs() / tolerance(record.tensor)).reshape(-1)
        listed = torch.nonzero(share > LISTED_FROM).reshape(-1)
        values = [fixture_json.shortest(value) for value in given.reshape(-1)[listed].numpy()]
        tensors[name] = {"max_of_tolerance": float("%.4g" % share.max().item()), "indices": listed.tolist(),
                         "values": [float(value) for value in values]}
    return {"made_by": "PyTorch %s on %s" % (torch.__version__, platform.machine()), "listed_from": LISTED_FROM,
            "tensors": tensors}


def require_judgeable(case, truth, float32, limits):
    """Refuses a case that is not finite, whose integers hang on rounding, or whose float32 lies beyond the limits."""
    for name, exact in truth.items():
        given = float32[name]
        if not exact.dtype.is_floating_point:
            if not torch.equal(given, exact):
                raise NotWritten("%s: %s differs between float32 and float64" % (case.name, name))
            continue
        if not torch.isfinite(exact).all() or not torch.isfinite(given).all():
            raise NotWritten("%s: %s has a value that is not finite" % (case.name, name))
        distance = (given.double() - exact).abs()
        used = (distance / limits[name]).max().item()
        if not used <= 1:
            raise NotWritten("%s: float32 uses %.2f of the limit in %s" % (case.name, used, name))
        beyond = (distance > tolerance(exact)).double().mean().item()
        if not beyond <= MAX_BEYOND:
            raise NotWritten("%s: %.1f %% of %s in float32 are beyond the tolerance, at most %g %% may be" % (
                case.name, 100 * beyond, name, 100 * MAX_BEYOND))


def sections_of(case):
    """The sections that a long fixture has of its own: inputs, expected and float32, after every condition."""
    truth, float32 = truth_of(case), float32_of(case)
    require_judgeable(case, truth, float32, spread.limits(case, truth, tolerance))
    inputs, expected = input_records(case), expected_records(case, truth)
    return inputs, expected, {"float32": float32_section(expected, float32)}
