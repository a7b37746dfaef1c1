"""One RWKV-MS memory module in PyTorch: math.md sections 1 to 6 and semantics.md, batched and vectorised.

Every rule is one small method or constant of `Memory`, so that faults.py can break a single rule by overriding it
and leave the rest as it is. Shapes: B batch, T tokens, H hidden, r rank, N state heads, K states, D = N*r.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F

STANDARD, LAMBDA_OUTSIDE, NO_LAMBDA = "standard", "lambda_outside", "no_lambda"
DELTA_HEADS = ("q", "k", "v", "o")

# What a slot outside the top k scores (math.md section 4, step 2), in every working precision.
LEAST_SCORE = torch.finfo(torch.float32).min


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the math needs to know besides weights and inputs; the names are those of math.md and the fixture."""

    rank: int = 8
    num_state_heads: int = 1
    alpha: float = 16.0
    delta_heads: tuple = ("q", "o")
    normalize_qk: bool = True
    couple_lambda: bool = True
    rankwise_gates: bool = True
    state_update_mode: str = STANDARD
    semantics_version: int = 1
    num_states: int = 4
    chunk_size: int = 1024
    erase_gate: float = 1.0
    read_top_k: int = 0

    @property
    def width(self):
        """D, the width of the memory source (`state_read_dim`)."""
        return self.num_state_heads * self.rank


class Memory:
    """The module of one layer.

    `weights` maps the compact names of sidecar.md (without `blk.<n>.`) to tensors in PyTorch shapes. `work` is the
    precision of the arithmetic. With `rounding`, every tensor of `expected` is rounded to float32 as soon as it
    exists, and so is the state after each token: with `work` float32 that is what PyTorch does anyway, with float64 it
    leaves only the roundings that the format itself asks for.
    """

    QK_EPS = 1e-6
    SOURCE_EPS = 1e-6
    KK_EPS = 1e-12
    COSINE_CLAMP_READS = 1e-6
    COSINE_CLAMP_R = 1e-6
    SOFTPLUS_THRESHOLD = 20.0
    NORM_EPS = 64e-5

    def __init__(self, weights, settings, work=torch.float32, rounding=True):
        self.weights = {name: value.to(work) for name, value in weights.items()}
        self.settings = settings
        self.work = work
        self.rounding = rounding

    def store(self, value):
        """A value as a float32 tensor holds it, back in the working precision."""
        return value.to(torch.float32).to(self.work) if self.rounding else value

    def project(self, x, name):
        """`W x` for a weight in [out, in] shape."""
        return F.linear(x, self.weights[name])

    def heads(self, x):
        """B,T,D as B,T,N,r."""
        return x.reshape(*x.shape[:-1], self.settings.num_state_heads, self.settings.rank)

    def unit(self, x, eps):
        """Each head's vector over max(its length, eps)."""
        heads = self.heads(x)
        return (heads / heads.norm(dim=-1, keepdim=True).clamp_min(eps)).reshape(x.shape)

    # --- section 1: memory projections -------------------------------------------------------------------------

    def query(self, x, name):
        raw = self.project(x, name)
        return self.unit(torch.tanh(raw), self.QK_EPS) if self.settings.normalize_qk else raw

    def source(self, x):
        raw = self.project(x, "mem_v")
        return self.unit(torch.tanh(raw), self.SOURCE_EPS) if self.settings.semantics_version == 2 else raw

    def beta(self, x):
        return torch.sigmoid(self.project(x, "beta") + self.weights["beta_b"])

    def lambda_(self, x, beta):
        if self.settings.state_update_mode == NO_LAMBDA:
            return torch.ones_like(beta)
        if self.settings.couple_lambda:
            return 1 - beta
        return torch.sigmoid(self.project(x, "lambda") + self.weights["lambda_b"])

    def projections(self, x):
        source = self.store(self.source(x))
        if self.settings.semantics_version == 2:
            query = key = source
        else:
            query, key = self.store(self.query(x, "mem_q")), self.store(self.query(x, "mem_k"))
        beta = self.store(self.beta(x))
        return {"memory_q": query, "memory_k": key, "memory_v": source, "memory_source": source,
                "beta": beta.unsqueeze(-1), "lambda": self.store(self.lambda_(x, beta)).unsqueeze(-1)}

    # --- section 2: predecessor and features -------------------------------------------------------------------

    def streams(self, inputs):
        """Whether the streaming predecessor holds; otherwise the legacy one."""
        return self.settings.semantics_version == 2 or "initial_previous_source" in inputs

    def legacy_predecessor(self, source, valid):
        """The row before, masked or not: `valid` does not count here."""
        return torch.cat([torch.zeros_like(source[:, :1]), source[:, :-1]], dim=1)

    def streaming_predecessor(self, source, valid, initial):
        """The predecessor of every token, and the one that the next call starts from."""
        rows, previous = [], initial
        for t in range(source.shape[1]):
            rows.append(previous)
            previous = torch.where(valid[:, t, None], source[:, t], previous)
        return torch.stack(rows, dim=1), previous

    def initial_previous(self, source, inputs):
        given = inputs.get("initial_previous_source")
        return torch.zeros_like(source[:, 0]) if given is None else given.to(self.work)

    def softplus(self, z):
        return F.softplus(z, beta=1.0, threshold=self.SOFTPLUS_THRESHOLD)

    def feature_w(self, x):
        w = self.weights
        u = w["rwkv.w0"] + torch.tanh(x @ w["rwkv.w1"]) @ w["rwkv.w2"]
        return -self.softplus(-u) - 0.5

    def a_gate(self, x):
        w = self.weights
        return torch.sigmoid(w["rwkv.a0"] + (x @ w["rwkv.a1"]) @ w["rwkv.a2"])

    def feature_g(self, x):
        w = self.weights
        return torch.sigmoid(x @ w["rwkv.g1"]) @ w["rwkv.g2"]

    def kk(self, key):
        return self.unit(key * self.weights["rwkv.k_k"], self.KK_EPS)

    def feature_k(self, key, gate):
        return key * (1 + (gate - 1) * self.weights["rwkv.k_a"])

    def shift(self, source, previous, c):
        return source + (previous - source) * self.weights["rwkv.x_" + c]

    def features(self, source, previous):
        shifted = {c: self.shift(source, previous, c) for c in "rwkvag"}
        key = self.project(shifted["k"], "rwkv.key.weight")
        gate = self.a_gate(shifted["a"])
        kk = self.kk(key)
        features = {"r": self.project(shifted["r"], "rwkv.receptance.weight"),
                    "w": self.feature_w(shifted["w"]),
                    "k": self.feature_k(key, gate),
                    "v": self.project(shifted["v"], "rwkv.value.weight"),
                    "g": self.feature_g(shifted["g"]),
                    "a": -kk,
                    "b": kk * gate}
        return {"feature_" + c: self.store(value) for c, value in features.items()}

    # --- section 3: update coefficients ------------------------------------------------------------------------

    def per_row(self, gate):
        """A gate B,T,G,1 as B,T,N,r: a gate per row as it is, a gate per head for each of its r rows."""
        gate = gate.squeeze(-1)
        if self.settings.rankwise_gates:
            return self.heads(gate)
        return gate.unsqueeze(-1).expand(*gate.shape, self.settings.rank)

    def coefficients(self, beta, lambda_):
        beta, lambda_ = self.per_row(beta), self.per_row(lambda_)
        one = torch.ones_like(beta)
        if self.settings.semantics_version == 2:
            keep, erase, write = one, beta, beta
        else:
            keep, erase, write = {STANDARD: (lambda_, beta, beta),
                                  LAMBDA_OUTSIDE: (lambda_, lambda_ * beta, beta),
                                  NO_LAMBDA: (one, beta, beta)}[self.settings.state_update_mode]
        return {"keep": self.store(keep), "erase": self.store(erase), "write": self.store(write)}

    # --- section 4: read-before-write scan ---------------------------------------------------------------------

    def w_decay(self, w):
        return torch.exp(-torch.exp(w))

    def slot_reads(self, state, r):
        return torch.einsum("bhsij,bhj->bhsi", state, r)

    def dot_scores(self, reads, r):
        return torch.einsum("bhsi,bhi->bhs", reads, r) / math.sqrt(self.settings.rank)

    def cosine_scores(self, reads, r):
        lengths = reads.norm(dim=-1).clamp_min(self.COSINE_CLAMP_READS)
        length = r.norm(dim=-1).clamp_min(self.COSINE_CLAMP_R)
        return torch.einsum("bhsi,bhi->bhs", reads, r) / (lengths * length.unsqueeze(-1))

    def scores(self, reads, r):
        return self.cosine_scores(reads, r) if self.settings.semantics_version == 2 else self.dot_scores(reads, r)

    def keep_top_k(self, scores):
        k = self.settings.read_top_k
        if not 0 < k < self.settings.num_states:
            return scores
        best = scores.topk(k, dim=-1).indices
        least = max(LEAST_SCORE, torch.finfo(scores.dtype).min)
        return torch.full_like(scores, least).scatter(-1, best, scores.gather(-1, best))

    def routes(self, scores, valid):
        return torch.softmax(scores, dim=-1) * valid[:, None, None]

    def mean_over_heads(self, routes):
        return routes.mean(dim=1)

    def slot(self, positions):
        return torch.div(positions, self.settings.chunk_size, rounding_mode="floor") % self.settings.num_states

    def removal(self, state, token):
        """`corr`, what the slot returns for a; the state is the one before this token's write."""
        return torch.einsum("bhsij,bhj->bhsi", state, token["a"])

    def kept(self, state, token):
        return token["keep"][:, :, None, :, None] * token["w_decay"][:, :, None, None, :] * state

    def candidate(self, state, token):
        """What each slot would hold after this token: rows i take the coefficients, columns j the decay."""
        written = torch.einsum("bhi,bhj->bhij", token["write"] * token["v"], token["k"]).unsqueeze(2)
        corrected = self.settings.erase_gate * token["erase"][:, :, None, :] * self.removal(state, token)
        return self.kept(state, token) + written + corrected.unsqueeze(-1) * token["b"][:, :, None, None, :]

    def write(self, state, candidate, one_hot):
        return torch.where(one_hot[:, None, :, None, None] > 0, candidate, state)

    def advance(self, positions, valid):
        return positions + valid.to(torch.int64)

    def state_to_read(self, state, candidate, token):
        return state

    def scan(self, sequence, inputs, valid):
        """Tokens one after the other; returns the recorded tensors, stacked on axis 1, and the step trace's."""
        state = inputs["initial_state"].to(self.work)
        positions = inputs["initial_positions"]
        records = []
        for t in range(valid.shape[1]):
            token = {name: value[:, t] for name, value in sequence.items()}
            now = valid[:, t].to(self.work)
            candidate = self.candidate(state, token)
            reads = self.slot_reads(self.state_to_read(state, candidate, token), token["r"])
            scores = self.keep_top_k(self.scores(reads, token["r"]))
            routes = self.store(self.routes(scores, now))
            slots = self.slot(positions)
            one_hot = F.one_hot(slots, self.settings.num_states).to(self.work) * now[:, None]
            state_after = self.store(self.write(state, candidate, one_hot))
            positions_after = self.advance(positions, valid[:, t])
            records.append({
                "read_routes_per_head": routes, "read_routes": self.store(self.mean_over_heads(routes)),
                "raw_reads": self.store(torch.einsum("bhs,bhsi->bhi", routes, reads).flatten(1)),
                "slot_indices": slots, "write_routes": one_hot,
                "state_before": state, "slot_reads": reads, "read_scores": scores, "candidate_state": candidate,
                "state_after": state_after, "positions_before": positions, "positions_after": positions_after})
            state, positions = state_after, positions_after
        recorded = {name: torch.stack([record[name] for record in records], dim=1) for name in records[0]}
        return {**recorded, "final_state": state, "final_positions": positions}

    # --- sections 5 and 6: readout and deltas ------------------------------------------------------------------

    def group_norm(self, raw_reads):
        """Group norm with a group per head and without ln_x.bias."""
        heads = self.heads(raw_reads)
        centred = heads - heads.mean(dim=-1, keepdim=True)
        variance = (centred * centred).mean(dim=-1, keepdim=True)
        normed = centred / torch.sqrt(variance + self.NORM_EPS)
        return normed.reshape(raw_reads.shape) * self.weights["rwkv.ln_x.weight"]

    def readout(self, raw_reads, g):
        return self.project(self.group_norm(raw_reads) * g, "rwkv.output.weight")

    def delta(self, head, reads):
        return (self.settings.alpha / self.settings.rank) * self.project(reads, "delta_" + head)

    # --- the whole module --------------------------------------------------------------------------------------

    TRACE = ("state_before", "slot_reads", "read_scores", "candidate_state", "state_after", "positions_before",
             "positions_after")

    def forward(self, inputs, step_trace=False, given=torch.float32):
        """All tensors of a fixture's `expected`, floats as `given`, by name."""
        x = inputs["hidden_states"].to(self.work)
        valid = inputs.get("token_mask")
        if valid is None:
            valid = torch.ones(x.shape[:2], dtype=torch.bool)
        out = self.projections(x)
        source = out["memory_source"]
        if self.streams(inputs):
            previous, out["final_previous_source"] = self.streaming_predecessor(
                source, valid, self.initial_previous(source, inputs))
        else:
            previous = self.legacy_predecessor(source, valid)
        out.update(self.features(source, previous))
        out.update(self.coefficients(out["beta"], out["lambda"]))
        for c in "rwkvab":
            out[c + "_heads"] = self.heads(out["feature_" + c])
        out["w_decay"] = self.store(self.w_decay(out["w_heads"]))
        sequence = {c: out[c + "_heads"] for c in "rkvab"}
        sequence.update({name: out[name] for name in ("w_decay", "keep", "erase", "write")})
        scanned = self.scan(sequence, inputs, valid)
        out.update({name: value for name, value in scanned.items() if step_trace or name not in self.TRACE})
        out["reads"] = self.store(self.readout(out["raw_reads"], out["feature_g"]))
        for head in self.settings.delta_heads:
            out["delta_" + head] = self.delta(head, out["reads"])
        return {name: (value if value.dtype == torch.int64 else value.to(given)).contiguous()
                for name, value in out.items()}
