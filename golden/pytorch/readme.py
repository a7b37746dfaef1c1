"""The text of golden/data/README.md; its table is made from the table of cases."""

TEXT = """# Golden data

What PyTorch computes for a memory module, written down: one folder per case with `fixture.json.gz` (fixture.md) and
`sidecar.gguf` (sidecar.md), all bound to the tiny `base.gguf` by its SHA-256. Everything is synthetic and drawn from
the seeds below; nothing comes from the Java code. Written by `golden/pytorch/make_golden.py`, this page included.

```
/usr/bin/python3 golden/pytorch/make_golden.py                # write everything
/usr/bin/python3 golden/pytorch/make_golden.py --only basic   # write one case
/usr/bin/python3 golden/pytorch/make_golden.py --check        # make everything again, compare with what is committed
/usr/bin/python3 golden/pytorch/make_golden.py --prove        # break one rule at a time: which cases see it
/usr/bin/python3 golden/pytorch/make_golden.py --verify DIR   # compute the cases of any folder and compare
```

Debian's `python3-torch` is all it needs; version 1.13 made these files. `--check` asks for identical sidecars, and for
tensors within 1e-6 + 1e-6*|x| (integers equal): PyTorch's kernels differ in the last bits between processors.

A case is written only if

- every value is finite, and no scores around the k-th place of a top-k are closer than 1e-3;
- three evaluations agree within half of the tolerance 1e-5 + 1e-5*|x|: float32; float64 in which the tensors of
  `expected` and the state after every token are rounded to float32; float64 without any such rounding. So a sound port
  passes, wherever it rounds. (All cases also hold at 1e-6 + 1e-5*|x|, the seeds were chosen for that.)

`expected` is what PyTorch computes in float32, except where the table says float64 (and the fixture's
`source.evaluation`): where the state is that large, float32's own rounding uses up a good part of the tolerance, and
the committed tensors are the rounded float64 ones.

`--prove` breaks {faults} rules one by one (reading after writing, S transposed, a wrong eps, the slot off by one, ...)
and fails unless for each of them some tensor of some case moves by more than ten times the tolerance. A rule that a
case was built for has to be seen by that case.

## Good to know

- Scores are quadratic in r (r'Sr), so a transposed read leaves a token's routes as they are; raw_reads shows it.
- k and v widths differ in the small cases (32, 48), so that exchanging them cannot go unnoticed.
- `base.gguf` states no embedding width, so that cases of every width can share it.
- Sidecars name no mmproj file: a key whose text would be empty is left out (sidecar.md).
- {name_override}: the sidecar says top-k 0, the fixture 2; the fixture's holds.
- {name_without}: the fixture has `final_previous_source` without an `initial_previous_source`,
  since semantics 2 then streams from zero.
- softplus-threshold sees an overflow in float32 or double, a clamped argument, and a threshold up to about 8.5. From 9
  to 20 a wrong threshold changes less than the tolerance, and no comparison at 1e-5 can see it.

## Cases

Sizes are batch x tokens, H hidden, r rank, N state heads, K states / chunk size. Seeds: weights, inputs. `v` is the
version of the fixture's schema and of the sidecar, `s` the semantics.

| case | for | v, s | size | stored | seeds |
|---|---|---|---|---|---|
{rows}
"""


def row(case):
    s = case.settings
    stored = case.stored + (", float64" if case.evaluation == "float64" else "")
    return "| %s | %s | %d, %d | %dx%d, H %d, r %d, N %d, K %d/%d | %s | %d, %d |" % (
        case.name, case.purpose, case.version, s.semantics_version, case.batch, case.tokens, case.hidden, s.rank,
        s.num_state_heads, s.num_states, s.chunk_size, stored, case.weights_seed, case.seed)


def readme_text(cases, faults):
    override = next(case.name for case in cases if case.sidecar_top_k is not None)
    without = next(case.name for case in cases if case.settings.semantics_version == 2 and not case.previous)
    return TEXT.format(rows="\n".join(row(case) for case in cases), faults=faults, name_override=override,
                       name_without=without)


LONG_TEXT = """# Long golden data

Prompts of hundreds of tokens, one folder per case, in the long form of a fixture (docs/spec/fixture.md): hidden states
come from a seed, of wide tensors some tokens are kept, and `expected` is float64 that nothing rounded on the way. One
`sidecar.gguf` beside the list is for every case that has none of its own: it is the one of `golden/data/real-size`, byte
by byte. Written by `golden/pytorch/make_golden.py` together with golden/data, this page included; the commands stand
there.

A case is written only if every value is finite, its integers are the same in float32, and what PyTorch makes of it in
float32 lies within the limits of `golden/pytorch/spread.py`, with at most 10 % of a tensor beyond 1e-5 + 1e-5*|x|. The
section `float32` of each fixture says how far that float32 is off. The softmax over slots sometimes stands at a tie, and
then any rounding shows: of 24 seeds one was taken whose largest such effect is about in the middle.

`make_golden.py --check` computes the truth again and compares it as tightly as that of golden/data; `--verify` asks for
1e-9 + 1e-9*|x| in float64.

| case | for | size | scale of hidden states, of the state | sidecar of | tokens kept: narrow, deltas | seed |
|---|---|---|---|---|---|---|
{rows}
"""


def long_row(case):
    s = case.settings
    return "| %s | %s | %dx%d, H %d, r %d, K %d/%d | %g, %g | %s | every %dth, every %dth | %d |" % (
        case.name, case.purpose, case.batch, case.tokens, case.hidden, s.rank, s.num_states, s.chunk_size,
        case.hidden_scale, case.state_scale, case.sidecar_of, case.every, case.deltas_every, case.seed)


def long_readme_text(cases):
    return LONG_TEXT.format(rows="\n".join(long_row(case) for case in cases))
