"""The memory of docs/spec/math.md and semantics.md in plain NumPy, in double: an example to read, and to start from.

T tokens, D = N heads of r values. The batch dimension, which is 1, is taken off first and put back last.
"""

import rwkv_ms_testee  # first: from here on, nothing that is printed gets between the messages
import numpy as np

LEAST_SCORE = np.finfo(np.float32).min


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def heads(s, x):
    return x.reshape(len(x), s["num_state_heads"], s["rank"])


def unit(s, x, eps):
    """Each head's vector over its length, or over eps if it is shorter."""
    h = heads(s, x)
    return (h / np.maximum(np.linalg.norm(h, axis=-1, keepdims=True), eps)).reshape(x.shape)


def projections(s, w, x):
    source = x @ w["mem_v"].T
    if s["rwkv_ms_semantics_version"] == 2:
        q = k = source = unit(s, np.tanh(source), 1e-6)
    else:
        q, k = x @ w["mem_q"].T, x @ w["mem_k"].T
        if s["normalize_qk"]:
            q, k = unit(s, np.tanh(q), 1e-6), unit(s, np.tanh(k), 1e-6)
    beta = sigmoid(x @ w["beta"].T + w["beta_b"])
    if s["state_update_mode"] == "no_lambda":
        lambda_ = np.ones_like(beta)
    elif s["couple_lambda"]:
        lambda_ = 1 - beta
    else:
        lambda_ = sigmoid(x @ w["lambda"].T + w["lambda_b"])
    return {"memory_q": q, "memory_k": k, "memory_v": source, "memory_source": source,
            "beta": beta[:, :, None], "lambda": lambda_[:, :, None]}


def predecessors(s, source, valid, inputs):
    """The predecessor of every token, and of the first token of the next call."""
    if "initial_previous_source" not in inputs and s["rwkv_ms_semantics_version"] == 1:  # the legacy rule
        return np.concatenate([np.zeros_like(source[:1]), source[:-1]]), None
    previous = inputs.get("initial_previous_source", np.zeros_like(source[0]))
    rows = []
    for t in range(len(source)):
        rows.append(previous)
        previous = source[t] if valid[t] else previous
    return np.array(rows), previous


def features(s, w, x, before):
    r, w_, k, v, a, g = (x + (before - x) * w["rwkv.x_" + c] for c in "rwkvag")
    key = k @ w["rwkv.key.weight"].T
    gate = sigmoid(w["rwkv.a0"] + a @ w["rwkv.a1"] @ w["rwkv.a2"])
    kk = unit(s, key * w["rwkv.k_k"], 1e-12)
    u = w["rwkv.w0"] + np.tanh(w_ @ w["rwkv.w1"]) @ w["rwkv.w2"]
    return {"feature_r": r @ w["rwkv.receptance.weight"].T,
            "feature_w": -np.logaddexp(0, -u) - 0.5,
            "feature_k": key * (1 + (gate - 1) * w["rwkv.k_a"]),
            "feature_v": v @ w["rwkv.value.weight"].T,
            "feature_a": -kk,
            "feature_b": kk * gate,
            "feature_g": sigmoid(g @ w["rwkv.g1"]) @ w["rwkv.g2"]}


def coefficients(s, beta, lambda_):
    def per_row(gate):
        gate = gate[:, :, 0]
        return heads(s, gate) if s["rankwise_gates"] else np.repeat(gate[:, :, None], s["rank"], axis=2)

    beta, lambda_ = per_row(beta), per_row(lambda_)
    one = np.ones_like(beta)
    if s["rwkv_ms_semantics_version"] == 2 or s["state_update_mode"] == "no_lambda":
        return one, beta, beta
    return lambda_, lambda_ * beta if s["state_update_mode"] == "lambda_outside" else beta, beta


def score(s, reads, r):
    dots = np.einsum("hsi,hi->hs", reads, r)
    if s["rwkv_ms_semantics_version"] == 2:
        length = np.maximum(np.linalg.norm(r, axis=-1), 1e-6)
        scores = dots / (np.maximum(np.linalg.norm(reads, axis=-1), 1e-6) * length[:, None])
    else:
        scores = dots / np.sqrt(s["rank"])
    if 0 < s["rwkv_ms_read_top_k"] < s["rwkv_ms_num_states"]:
        dropped = np.argsort(-scores, axis=-1, kind="stable")[:, s["rwkv_ms_read_top_k"]:]
        np.put_along_axis(scores, dropped, LEAST_SCORE, axis=-1)
    return scores


def recurrence(s, f, valid, state, position):
    """Sections 3 and 4: from features and gates to what is read, and to the state behind the last token."""
    keep, erase, write = coefficients(s, f["beta"], f["lambda"])
    r, w, k, v, a, b = (heads(s, f["feature_" + c]) for c in "rwkvab")
    decay = np.exp(-np.exp(w))
    records = []
    for t in range(len(r)):
        reads = np.einsum("hsij,hj->hsi", state, r[t])
        scores = score(s, reads, r[t])
        routes = np.exp(scores - scores.max(axis=-1, keepdims=True))
        routes = routes / routes.sum(axis=-1, keepdims=True) * valid[t]
        slot = position // s["rwkv_ms_chunk_size"] % s["rwkv_ms_num_states"]
        one_hot = np.eye(s["rwkv_ms_num_states"])[slot] * valid[t]
        removed = np.einsum("hsij,hj->hsi", state, a[t]) * (s["rwkv_ms_erase_gate"] * erase[t])[:, None]
        candidate = (keep[t][:, None, :, None] * decay[t][:, None, None, :] * state
                     + np.einsum("hi,hj->hij", write[t] * v[t], k[t])[:, None]
                     + removed[..., None] * b[t][:, None, None, :])
        after = np.where(one_hot[None, :, None, None] > 0, candidate, state)
        records.append({
            "read_routes_per_head": routes, "read_routes": routes.mean(axis=0), "slot_reads": reads,
            "raw_reads": np.einsum("hs,hsi->hi", routes, reads).ravel(), "read_scores": scores,
            "slot_indices": slot, "write_routes": one_hot, "state_before": state, "candidate_state": candidate,
            "state_after": after, "positions_before": position, "positions_after": position + int(valid[t])})
        state, position = after, position + int(valid[t])
    out = {name: np.array([record[name] for record in records]) for name in records[0]}
    out.update({"keep": keep, "erase": erase, "write": write, "w_decay": decay})
    return out, {"final_state": state, "final_positions": np.int64(position)}


def readout(s, w, raw_reads, g):
    h = heads(s, raw_reads)
    normed = (h - h.mean(axis=-1, keepdims=True)) / np.sqrt(h.var(axis=-1, keepdims=True) + 64e-5)
    return (normed.reshape(raw_reads.shape) * w["rwkv.ln_x.weight"] * g) @ w["rwkv.output.weight"].T


def unbatched(inputs):
    rows = {name: value[0] for name, value in inputs.items()}
    tokens = len(rows.get("hidden_states", rows.get("feature_r")))
    return rows, rows.get("token_mask", np.ones(tokens, bool))


def open_memory(settings, weights):
    return settings, {layer: {name: value.astype(float) for name, value in tensors.items()}
                      for layer, tensors in weights.items()}


def forward(memory, layer, inputs):
    s, w = memory[0], memory[1][layer]
    inputs, valid = unbatched(inputs)
    out = projections(s, w, inputs["hidden_states"].astype(float))
    before, previous = predecessors(s, out["memory_source"], valid, inputs)
    out.update(features(s, w, out["memory_source"], before))
    out.update({c + "_heads": heads(s, out["feature_" + c]) for c in "rwkvab"})
    tokens, final = recurrence(s, out, valid, inputs["initial_state"].astype(float), int(inputs["initial_positions"]))
    out.update(tokens, **final)
    out["reads"] = readout(s, w, out["raw_reads"], out["feature_g"])
    for head in s["delta_heads"]:
        out["delta_" + head] = s["alpha"] / s["rank"] * (out["reads"] @ w["delta_" + head].T)
    if previous is not None:
        out["final_previous_source"] = previous
    return {name: value[None] for name, value in out.items()}


def scan(settings, inputs):
    inputs, valid = unbatched(inputs)
    tokens, final = recurrence(settings, inputs, valid, inputs["initial_state"].astype(float),
                               int(inputs["initial_positions"]))
    return {name: value[None] for name, value in {**tokens, **final}.items() if name not in rwkv_ms_testee.TRACE}


if __name__ == "__main__":
    rwkv_ms_testee.serve("plain NumPy", "1", open_memory, forward, scan)
