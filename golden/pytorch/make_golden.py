#!/usr/bin/python3
"""Make the golden data of golden/data and golden/data-long, check it, or judge by it. golden/data/README.md has the
commands."""

import argparse
import dataclasses
import json
import pathlib
import sys

import torch

import cases
import faults
import fixture_json
import gguf_sidecar
import long_cases
import long_golden
import verify
from memory import Memory
from readme import long_readme_text, readme_text
from reasons import NotWritten

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
DATA_LONG = DATA.with_name("data-long")
LIST_NAME = "cases.txt"  # tells a checkout that lost a case from one that has fewer
CREATED_AT = "2025-01-01T00:00:00+00:00"
BASE_NAME, BASE_BLOCKS = "base.gguf", 6

# The suite's tolerance (fixture.md). A case must not hang on rounding: float32, float64 and float64 without any
# rounding between the stages have to agree within this part of it.
ATOL, RTOL, ROUNDING_SHARE = 1e-5, 1e-5, 0.5

# How far a regenerated tensor may be from the committed one: PyTorch's own kernels differ between processors.
CHECK_ATOL, CHECK_RTOL = 1e-6, 1e-6

# Scores around the k-th place have to be this far apart: PyTorch breaks ties by no rule (semantics.md).
TOP_K_GAP = 1e-3


def config_of(case):
    """The checkpoint's configuration: what the math needs, under the names of `delta_mem_config.json`."""
    s = case.settings
    config = {
        "alpha": s.alpha, "couple_lambda": s.couple_lambda, "delta_heads": list(s.delta_heads),
        "memory_backend": "rwkv_ms", "memory_readout_mode": "delta", "normalize_qk": s.normalize_qk,
        "num_state_heads": s.num_state_heads, "rank": s.rank, "rankwise_gates": s.rankwise_gates,
        "rwkv_ms_boundary_mode": "fixed_chunk", "rwkv_ms_chunk_size": s.chunk_size,
        "rwkv_ms_erase_gate": s.erase_gate, "rwkv_ms_num_states": s.num_states,
        "rwkv_ms_read_top_k": s.read_top_k if case.sidecar_top_k is None else case.sidecar_top_k,
        "state_update_mode": s.state_update_mode, "target_layers": list(case.layers), "trainable_delta_scale": False}
    if case.version == 2:
        config["rwkv_ms_semantics_version"] = s.semantics_version
    return config


def metadata_of(case):
    s = case.settings
    return {"alpha": s.alpha, "base_model": "synthetic", "delta_heads": list(s.delta_heads),
            "memory_backend": "rwkv_ms", "memory_type": "delta-mem-rwkv-ms", "rank": s.rank,
            "rwkv_ms_chunk_size": s.chunk_size,
            "rwkv_ms_num_states": s.num_states, "source_repo": "golden/pytorch",
            "synthetic_note": "weights drawn from seed %d, trained on nothing" % case.weights_seed,
            "wrapped_layers": list(case.layers)}


def sidecar_of(case, base):
    return gguf_sidecar.sidecar_file(cases.weights(case), case.stored, config_of(case), metadata_of(case), BASE_NAME,
                                     gguf_sidecar.sha256(base))


def evaluate(case, memory_class=Memory, work=torch.float32, rounding=True):
    memory = memory_class(cases.weights(case)[case.layer], case.settings, work, rounding)
    return memory.forward(cases.inputs(case), case.step_trace)


def require_finite(case, tensors):
    for name, tensor in tensors.items():
        if tensor.dtype.is_floating_point and not torch.isfinite(tensor).all():
            raise NotWritten("%s: %s has a value that is not finite" % (case.name, name))


def require_no_ties(case):
    """Reading changes no state, so the scores before top-k are those of the same case without it."""
    k = case.settings.read_top_k
    if not 0 < k < case.settings.num_states:
        return
    whole = dataclasses.replace(case, settings=dataclasses.replace(case.settings, read_top_k=0), step_trace=True)
    scores = evaluate(whole, work=torch.float64)["read_scores"].sort(dim=-1, descending=True).values
    gap = (scores[..., k - 1] - scores[..., k]).min().item()
    if not gap >= TOP_K_GAP:
        raise NotWritten("%s: scores at place %d and the next are only %g apart, at least %g is asked" % (
            case.name, k, gap, TOP_K_GAP))


def expected_of(case):
    """The tensors to commit, after every condition that makes them fit to be golden."""
    by_name = {"float32": evaluate(case), "float64": evaluate(case, work=torch.float64)}
    chosen = by_name[case.evaluation]
    exact = evaluate(case, work=torch.float64, rounding=False)
    require_finite(case, chosen)
    require_finite(case, cases.inputs(case))
    for layer in cases.weights(case).values():
        require_finite(case, layer)
    require_no_ties(case)
    others = [("float64 without rounding between stages", exact)]
    if case.evaluation == "float32":
        others.append(("float64", by_name["float64"]))
    for what, other in others:
        worst, name = verify.worst_of(chosen, other, ATOL, RTOL)
        if not worst <= ROUNDING_SHARE:
            raise NotWritten("%s: %s differs from %s by %.2f of the tolerance in %s, at most %.2f is allowed" % (
                case.name, case.evaluation, what, worst, name, ROUNDING_SHARE))
    return chosen


def is_long(case):
    return isinstance(case, long_cases.LongCase)


def folder_of(case):
    return (DATA_LONG if is_long(case) else DATA) / case.name


def sections_of(case):
    """Inputs, expected, and what a long fixture has besides."""
    if is_long(case):
        return long_golden.sections_of(case)
    inputs = {name: fixture_json.Record(tensor) for name, tensor in cases.inputs(case).items()}
    return inputs, {name: fixture_json.Record(tensor) for name, tensor in sorted(expected_of(case).items())}, {}


def fixture_of(case):
    s = case.settings
    layer = cases.weights(case)[case.layer]
    hashes = {gguf_sidecar.source_name(case.layer, name): gguf_sidecar.sha256(gguf_sidecar.raw_bytes(tensor))
              for name, tensor in layer.items()}
    inputs, expected, more = sections_of(case)
    semantics = {"rwkv_ms_semantics_version": s.semantics_version} if is_long(case) or case.version == 2 else {}
    return {
        "schema": long_golden.SCHEMA if is_long(case) else "delta_mem_rwkv_ms_math_fixture.v%d" % case.version,
        "created_at": CREATED_AT,
        "source": {
            "memory_dir": case.name, "adapter_sha256": None,
            "config_sha256": gguf_sidecar.sha256_materialised(config_of(case)),
            "metadata_sha256": gguf_sidecar.sha256_materialised(metadata_of(case)),
            "base_model": metadata_of(case)["base_model"],
            "memory_backend": "rwkv_ms", **({"evaluation": "float64"} if case.evaluation == "float64" else {})},
        "config": {
            "layer": case.layer, "seed": case.seed, "dtype": "float32", "batch_size": case.batch,
            "seq_len": case.tokens, "hidden_size": case.hidden, "rank": s.rank,
            "num_state_heads": s.num_state_heads, "state_read_dim": s.width,
            "initial_position": case.initial_position, "token_mask": case.mask,
            "include_step_trace": case.step_trace},
        "delta_mem_config": {
            "alpha": s.alpha, "delta_heads": list(s.delta_heads), "normalize_qk": s.normalize_qk,
            "couple_lambda": s.couple_lambda, "rankwise_gates": s.rankwise_gates,
            "state_update_mode": s.state_update_mode, **semantics, "trainable_delta_scale": False},
        "scan_config": {
            "rwkv_ms_num_states": s.num_states, "rwkv_ms_chunk_size": s.chunk_size,
            "rwkv_ms_boundary_mode": "fixed_chunk", "rwkv_ms_erase_gate": s.erase_gate,
            "rwkv_ms_read_top_k": s.read_top_k, **semantics},
        "adapter_layer_tensors": {
            "count": len(hashes), "names": sorted(hashes), "sha256": {name: hashes[name] for name in sorted(hashes)}},
        "inputs": inputs,
        "expected": expected,
        **more,
        "summary": fixture_json.summary(inputs, expected)}


def findings(case, folder, fixture, sidecar):
    """What the committed case has different from the one just made."""
    committed_sidecar = verify.sidecar_of(folder)
    if not committed_sidecar.exists() or not (folder / "fixture.json.gz").exists():
        return ["not committed"]
    found = []
    if committed_sidecar.read_bytes() != sidecar:
        found.append("sidecar.gguf differs")
    try:
        committed = fixture_json.read(folder / "fixture.json.gz")
    except ValueError as broken:
        return found + [str(broken)]
    for section in ("inputs", "expected"):
        for name in fixture[section].keys() & committed[section].keys():
            made, there = fixture[section][name], committed[section][name]
            if (made.generated, made.kept) != (there.generated, there.kept):
                found.append("%s.%s: generator or kept_tokens differ" % (section, name))
        worst, name = verify.worst_of(fixture_json.tensors(fixture[section]), fixture_json.tensors(committed[section]),
                                      CHECK_ATOL, CHECK_RTOL)
        if not worst <= 1:
            found.append("%s: %s is %.3g times 1e-6 off" % (section, name, worst))
    for section in fixture.keys() - {"inputs", "expected", "float32", "summary"}:
        if json.loads(json.dumps(fixture[section])) != committed[section]:
            found.append("%s differs" % section)
    return found


def common_files():
    """What stands beside the cases of each folder, by path."""
    base = gguf_sidecar.base_file(BASE_BLOCKS)
    shared = next(case for case in cases.CASES if case.name == long_cases.SHARED)

    def listed(table):
        return "".join(name + "\n" for name in sorted(case.name for case in table)).encode("utf-8")

    return {
        DATA / BASE_NAME: base, DATA / LIST_NAME: listed(cases.CASES),
        DATA / "README.md": readme_text(cases.CASES, len(faults.all_faults())).encode("utf-8"),
        DATA_LONG / BASE_NAME: base, DATA_LONG / LIST_NAME: listed(long_cases.LONG_CASES),
        DATA_LONG / "sidecar.gguf": sidecar_of(shared, base),
        DATA_LONG / "README.md": long_readme_text(long_cases.LONG_CASES).encode("utf-8")}


def make(selected, check):
    """Write or check the cases; returns whether all went well."""
    base = gguf_sidecar.base_file(BASE_BLOCKS)
    ok = True
    for path, wanted in common_files().items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted)
        elif not path.exists() or path.read_bytes() != wanted:
            ok = False
            print("%-28s differs" % path.relative_to(DATA.parent))
    for case in selected:
        folder = folder_of(case)
        try:
            fixture, sidecar = fixture_of(case), sidecar_of(case, base)
        except NotWritten as reason:
            ok = False
            print("%-28s not written: %s" % (case.name, reason))
            continue
        if check:
            found = findings(case, folder, fixture, sidecar)
            ok &= not found
            print("%-28s %s" % (case.name, "; ".join(found) or "same"))
            continue
        fixture_json.write(folder / "fixture.json.gz", fixture)
        shared = is_long(case) and case.sidecar_of == long_cases.SHARED
        if not shared:
            (folder / "sidecar.gguf").write_bytes(sidecar)
        print("%-28s fixture %7d  sidecar %7d bytes%s" % (
            case.name, (folder / "fixture.json.gz").stat().st_size, len(sidecar), ", shared" if shared else ""))
    return ok


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="one case instead of all")
    parser.add_argument("--check", action="store_true", help="compare with the committed data instead of writing")
    parser.add_argument("--verify", metavar="DIR", type=pathlib.Path, help="compute every case of a folder and compare")
    parser.add_argument("--prove", action="store_true", help="break one rule at a time and list the cases that see it")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.verify:
        return verify.verify(arguments.verify)
    table = cases.CASES if arguments.prove else [*cases.CASES, *long_cases.LONG_CASES]
    selected = [case for case in table if arguments.only in (None, case.name)]
    if not selected:
        parser.error("no case is named %s; there are: %s" % (arguments.only, ", ".join(c.name for c in table)))
    if arguments.prove:
        return faults.prove(selected, evaluate, all_cases=arguments.only is None)
    return make(selected, arguments.check)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
