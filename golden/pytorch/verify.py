"""Judge this implementation by fixtures that others computed: a folder of cases, each fixture.json + sidecar.gguf."""

import json

import torch

import fixture_json
from gguf_sidecar import Reader
from memory import Memory, Settings

# The tighter of the two pairs in fixture.md, the one of the original Python validator.
ATOL, RTOL = 1e-6, 1e-5
EXACT = 1e-9


def settings_of(fixture):
    config, delta, scan = fixture["config"], fixture["delta_mem_config"], fixture["scan_config"]
    return Settings(
        rank=config["rank"], num_state_heads=config["num_state_heads"], alpha=delta["alpha"],
        delta_heads=tuple(delta["delta_heads"]), normalize_qk=delta["normalize_qk"],
        couple_lambda=delta["couple_lambda"], rankwise_gates=delta["rankwise_gates"],
        state_update_mode=delta["state_update_mode"],
        semantics_version=delta.get("rwkv_ms_semantics_version", 1), num_states=scan["rwkv_ms_num_states"],
        chunk_size=scan["rwkv_ms_chunk_size"], erase_gate=scan["rwkv_ms_erase_gate"],
        read_top_k=scan["rwkv_ms_read_top_k"])


def ratio(actual, expected, atol=ATOL, rtol=RTOL):
    """The largest difference in units of the tolerance; infinite where a value is not finite or not equal as asked."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return float("inf")
    if not expected.dtype.is_floating_point:
        return 0.0 if torch.equal(actual, expected) else float("inf")
    if not expected.numel():
        return 0.0
    actual, expected = actual.double(), expected.double()
    worst = ((actual - expected).abs() / (atol + rtol * expected.abs())).max().item()
    return worst if worst == worst else float("inf")


def worst_of(actual, expected, atol=ATOL, rtol=RTOL):
    """The worst ratio over all tensors and the tensor that has it; a missing or extra tensor is infinitely wrong."""
    if set(actual) != set(expected):
        return float("inf"), "names: " + ", ".join(sorted(set(actual) ^ set(expected)))
    return max((ratio(actual[name], expected[name], atol, rtol), name) for name in sorted(expected))


FIXTURES = ("fixture.json.gz", "fixture.json")


def sidecar_of(folder):
    """The case's own, or the one beside the list of the folder's cases, which is for all of them (fixture.md)."""
    own, shared = folder / "sidecar.gguf", folder.parent / "sidecar.gguf"
    return shared if not own.exists() and (folder.parent / "cases.txt").exists() else own


def case_folders(folder):
    return sorted(entry for entry in folder.iterdir()
                  if sidecar_of(entry).exists() and any((entry / name).exists() for name in FIXTURES))


def fixture_of(folder):
    return fixture_json.read(next(folder / name for name in FIXTURES if (folder / name).exists()))


def hash_findings(fixture, reader, layer):
    """What a fixture says about its checkpoint, against the sidecar beside it."""
    claimed = fixture["adapter_layer_tensors"]["sha256"]
    entries = json.loads(reader.keys["delta_mem.tensor_manifest_json"])
    stored = {entry["source_name"]: entry["sha256_raw"] for entry in entries
              if entry["name"].startswith("blk.%d." % layer)}
    return [] if claimed == stored else ["adapter_layer_tensors differ from the sidecar's manifest"]


def is_long(fixture):
    return fixture["schema"].startswith("rwkv_ms_long_math_fixture.")


def judged(fixture, memory):
    """The worst difference of what a memory computes from a fixture, in units of the tolerance, and its tensor."""
    records = fixture["expected"]
    kind = torch.float64 if is_long(fixture) else torch.float32
    given = memory.forward(fixture_json.tensors(fixture["inputs"]), fixture["config"]["include_step_trace"], kind)
    kept = {name: fixture_json.rows(tensor, records[name]) if name in records else tensor
            for name, tensor in given.items()}
    # A long fixture has ten digits of the truth, and nothing in float64 needs a tolerance for rounding.
    tolerance = (EXACT, EXACT) if is_long(fixture) else (ATOL, RTOL)
    return worst_of(kept, fixture_json.tensors(records), *tolerance)


def verify(folder):
    """Print one line per case and return whether every tensor of every case holds, in float32 and in float64.

    A long case holds in float64; what float32 makes of it lies within limits that `make_golden.py` derives.
    """
    ok, compared = True, 0
    for case in case_folders(folder):
        fixture, reader = fixture_of(case), Reader(sidecar_of(case))
        layer = fixture["config"]["layer"]
        line, findings = [], hash_findings(fixture, reader, layer)
        for work in (torch.float64,) if is_long(fixture) else (torch.float32, torch.float64):
            memory = Memory(reader.layer(layer), settings_of(fixture), work, rounding=not is_long(fixture))
            worst, name = judged(fixture, memory)
            ok &= worst <= 1.0
            line.append("%s %.3f (%s)" % (str(work)[6:], worst, name))
        ok &= not findings
        compared += len(fixture["expected"])
        print("%-28s %2d tensors  %s" % (case.name, len(fixture["expected"]), "  ".join(line + findings)))
    print("%s: %d tensors; figures are the worst difference / (%g + %g*|x|), of long cases / (%g + %g*|x|)" % (
        "held" if ok else "FAILED", compared, ATOL, RTOL, EXACT, EXACT))
    return ok and compared > 0
