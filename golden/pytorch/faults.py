"""Faults that a port of the math could have, each as `Memory` with one rule broken, and the proof that cases see them.

A case sees a fault where some tensor of `expected` moves by more than ten times the suite's tolerance.
"""

import math
import textwrap

import torch
import torch.nn.functional as F

import verify
from memory import LAMBDA_OUTSIDE, LEAST_SCORE, NO_LAMBDA, STANDARD, Memory

ATOL, RTOL, VISIBLE = 1e-5, 1e-5, 10.0


# --- scan: the order of things -----------------------------------------------------------------------------------

class WriteBeforeRead(Memory):
    """reads the state after this token's write"""

    def state_to_read(self, state, candidate, token):
        return torch.where(token["slot_chosen"], candidate, state)

    def scan(self, sequence, inputs, valid):
        positions = inputs["initial_positions"][:, None] + valid.cumsum(1) - valid.to(torch.int64)
        chosen = F.one_hot(self.slot(positions), self.settings.num_states).bool() & valid[..., None]
        return super().scan({**sequence, "slot_chosen": chosen[:, :, None, :, None, None]}, inputs, valid)


class ReadDecayed(Memory):
    """reads the decayed state"""

    def state_to_read(self, state, candidate, token):
        return self.kept(state, {**token, "keep": torch.ones_like(token["keep"])})


class CorrectionFromDecayed(Memory):
    """corr is taken from the decayed state"""

    def removal(self, state, token):
        return super().removal(self.kept(state, token), token)


class ScoreOneTokenLate(Memory):
    """r is that of the token before"""

    def scan(self, sequence, inputs, valid):
        return super().scan({**sequence, "r": self.legacy_predecessor(sequence["r"], valid)}, inputs, valid)


# --- scan: rows and columns --------------------------------------------------------------------------------------

class TransposedRead(Memory):
    """reads with S transposed"""

    def slot_reads(self, state, r):
        return super().slot_reads(state.transpose(-1, -2), r)


class TransposedRemoval(Memory):
    """corr with S transposed"""

    def removal(self, state, token):
        return super().removal(state.transpose(-1, -2), token)


class DecayOnRows(Memory):
    """the decay acts on rows"""

    def kept(self, state, token):
        return (token["keep"] * token["w_decay"])[:, :, None, :, None] * state


class KeepOnColumns(Memory):
    """keep acts on columns"""

    def kept(self, state, token):
        return (token["keep"] * token["w_decay"])[:, :, None, None, :] * state


class WriteTransposed(Memory):
    """writes k v' instead of v k'"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "v": token["k"], "k": token["v"]})


class SwapAB(Memory):
    """a and b exchanged"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "a": token["b"], "b": token["a"]})


class WriteOnColumns(Memory):
    """the write gate acts on columns"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "write": torch.ones_like(token["write"]),
                                         "k": token["k"] * token["write"]})


class EraseOnColumns(Memory):
    """the erase gate acts on columns"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "erase": torch.ones_like(token["erase"]),
                                         "b": token["b"] * token["erase"]})


class EraseGateIgnored(Memory):
    """rwkv_ms_erase_gate is not applied"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "b": token["b"] / self.settings.erase_gate})


class NoErase(Memory):
    """nothing is erased"""

    def candidate(self, state, token):
        return super().candidate(state, {**token, "b": torch.zeros_like(token["b"])})


class DecayWithoutExp(Memory):
    """w_decay = exp(w) instead of exp(-exp(w))"""

    def w_decay(self, w):
        return torch.exp(w)


# --- scan: scores, routes, slots, positions ----------------------------------------------------------------------

class ScoresUnscaled(Memory):
    """scores without 1/sqrt(r)"""

    def dot_scores(self, reads, r):
        return super().dot_scores(reads, r) * math.sqrt(self.settings.rank)


class ScoresScaledByWidth(Memory):
    """scores with 1/sqrt(D)"""

    def dot_scores(self, reads, r):
        return super().dot_scores(reads, r) / math.sqrt(self.settings.num_state_heads)


class ScoresNotCosine(Memory):
    """semantics 2 scores by the dot product"""

    def cosine_scores(self, reads, r):
        return self.dot_scores(reads, r)


class CosineScaled(Memory):
    """semantics 2 divides the cosine by sqrt(r)"""

    def cosine_scores(self, reads, r):
        return super().cosine_scores(reads, r) / math.sqrt(self.settings.rank)


class CosineInSemantics1(Memory):
    """semantics 1 scores by the cosine"""

    def dot_scores(self, reads, r):
        return self.cosine_scores(reads, r)


class UniformRoutes(Memory):
    """routes are 1/K"""

    def routes(self, scores, valid):
        return super().routes(torch.zeros_like(scores), valid)


class TopKIgnored(Memory):
    """top-k is not applied"""

    def keep_top_k(self, scores):
        return scores


class TopKOneMore(Memory):
    """one slot too many is kept"""

    def keep_top_k(self, scores):
        k = self.settings.read_top_k + 1
        if not 1 < k < self.settings.num_states:
            return scores
        least = scores.topk(k, dim=-1).values[..., -1:]
        return scores.masked_fill(scores < least, LEAST_SCORE)


class TopKZeroed(Memory):
    """slots outside the top k score 0"""

    def keep_top_k(self, scores):
        kept = super().keep_top_k(scores)
        return torch.where(kept <= LEAST_SCORE, torch.zeros_like(kept), kept)


class TopKAcrossHeads(Memory):
    """top-k is decided by the mean over heads"""

    def keep_top_k(self, scores):
        shared = super().keep_top_k(scores.mean(dim=1, keepdim=True)).expand_as(scores)
        return torch.where(shared <= LEAST_SCORE, shared, scores)


class MaskedTokenReads(Memory):
    """a masked token reads"""

    def routes(self, scores, valid):
        return torch.softmax(scores, dim=-1)


class MaskedTokenWrites(Memory):
    """a masked token writes"""

    def slot(self, positions):
        self.current = super().slot(positions)
        return self.current

    def write(self, state, candidate, one_hot):
        return super().write(state, candidate, F.one_hot(self.current, self.settings.num_states))


class MaskIgnored(Memory):
    """every token is valid"""

    def forward(self, inputs, step_trace=False):
        return super().forward({name: value for name, value in inputs.items() if name != "token_mask"}, step_trace)


class PositionAdvancesWhenMasked(Memory):
    """a masked token advances the position"""

    def advance(self, positions, valid):
        return positions + 1


class SlotOffByOne(Memory):
    """the slot of position p + 1"""

    def slot(self, positions):
        return super().slot(positions + 1)


class SlotWithoutWrap(Memory):
    """the last slot is kept once positions pass K*chunk"""

    def slot(self, positions):
        slots = torch.div(positions, self.settings.chunk_size, rounding_mode="floor")
        return slots.clamp_max(self.settings.num_states - 1)


class SlotByMask(Memory):
    """slot = (p / chunk) AND (K - 1)"""

    def slot(self, positions):
        return torch.div(positions, self.settings.chunk_size, rounding_mode="floor") & (self.settings.num_states - 1)


class SlotRoundRobin(Memory):
    """slot = p mod K"""

    def slot(self, positions):
        return positions % self.settings.num_states


class SlotClearedOnEntry(Memory):
    """a slot is cleared when its chunk begins"""

    def scan(self, sequence, inputs, valid):
        starts = (inputs["initial_positions"][:, None] + valid.cumsum(1) - 1) % self.settings.chunk_size == 0
        return super().scan({**sequence, "fresh": starts & valid}, inputs, valid)

    def candidate(self, state, token):
        fresh = token["fresh"][:, None, None, None, None]
        return super().candidate(torch.where(fresh, torch.zeros_like(state), state), token)


class WriteAllSlots(Memory):
    """every slot is written"""

    def write(self, state, candidate, one_hot):
        return super().write(state, candidate, one_hot.amax(dim=-1, keepdim=True).expand_as(one_hot))


class RoutesOfFirstHead(Memory):
    """read_routes is the first head's instead of the mean"""

    def mean_over_heads(self, routes):
        return routes[:, 0]


# --- predecessor -------------------------------------------------------------------------------------------------

class LegacyForStreaming(Memory):
    """streaming uses the row before, masked or not, from the given start"""

    def streaming_predecessor(self, source, valid, initial):
        rows = torch.cat([initial[:, None], source[:, :-1]], dim=1)
        return rows, super().streaming_predecessor(source, valid, initial)[1]


class StreamingForLegacy(Memory):
    """legacy skips masked rows"""

    def legacy_predecessor(self, source, valid):
        return self.streaming_predecessor(source, valid, torch.zeros_like(source[:, 0]))[0]


class PreviousForgotten(Memory):
    """the given previous source is ignored"""

    def initial_previous(self, source, inputs):
        return torch.zeros_like(source[:, 0])


class FinalPreviousOfLastRow(Memory):
    """final_previous_source is the last row, masked or not"""

    def streaming_predecessor(self, source, valid, initial):
        return super().streaming_predecessor(source, valid, initial)[0], source[:, -1]


class PreviousAlwaysZero(Memory):
    """each token shifts against zero"""

    def streaming_predecessor(self, source, valid, initial):
        rows, final = super().streaming_predecessor(source, valid, initial)
        return torch.zeros_like(rows), final

    def legacy_predecessor(self, source, valid):
        return torch.zeros_like(source)


class FirstTokenShiftsAgainstItself(Memory):
    """without a predecessor the first token is its own"""

    def initial_previous(self, source, inputs):
        return super().initial_previous(source, inputs) if "initial_previous_source" in inputs else source[:, 0]

    def legacy_predecessor(self, source, valid):
        return torch.cat([source[:, :1], source[:, :-1]], dim=1)


class Semantics2LegacyWithoutPrevious(Memory):
    """semantics 2 without a previous source uses the legacy rule"""

    def streaming_predecessor(self, source, valid, initial):
        rows, final = super().streaming_predecessor(source, valid, initial)
        return (rows if self.given else self.legacy_predecessor(source, valid)), final

    def initial_previous(self, source, inputs):
        self.given = "initial_previous_source" in inputs
        return super().initial_previous(source, inputs)


class ShiftReversed(Memory):
    """xx = x - previous"""

    def shift(self, source, previous, c):
        return super().shift(source, 2 * source - previous, c)


class OneMuForAll(Memory):
    """the mu of r is used for every feature"""

    def shift(self, source, previous, c):
        return super().shift(source, previous, "r")


# --- projections and features ------------------------------------------------------------------------------------

class QkEpsMissing(Memory):
    """no 1e-6 in the q/k norm"""
    QK_EPS = 1e-30


class QkEpsSmaller(Memory):
    """1e-8 in the q/k norm"""
    QK_EPS = 1e-8


class QkEpsOfKk(Memory):
    """1e-12 in the q/k norm"""
    QK_EPS = 1e-12


class SourceEpsMissing(Memory):
    """no 1e-6 in the source's norm (semantics 2)"""
    SOURCE_EPS = 1e-30


class KkEpsMissing(Memory):
    """no 1e-12 in the kk norm"""
    KK_EPS = 1e-30


class KkEpsLarger(Memory):
    """1e-6 in the kk norm"""
    KK_EPS = 1e-6


class EpsAdded(Memory):
    """every norm divides by length + eps"""

    def unit(self, x, eps):
        heads = self.heads(x)
        return (heads / (heads.norm(dim=-1, keepdim=True) + eps)).reshape(x.shape)


class EpsUnderTheRoot(Memory):
    """every norm divides by sqrt(length^2 + eps)"""

    def unit(self, x, eps):
        heads = self.heads(x)
        return (heads / (heads.pow(2).sum(dim=-1, keepdim=True) + eps).sqrt()).reshape(x.shape)


class NormOverAllHeads(Memory):
    """norms run over the whole width instead of a head"""

    def unit(self, x, eps):
        return x / x.norm(dim=-1, keepdim=True).clamp_min(eps)


class NoTanh(Memory):
    """q and k are normalised without tanh"""

    def query(self, x, name):
        return self.unit(self.project(x, name), self.QK_EPS)


class NormalizeQkAlways(Memory):
    """normalize_qk false is ignored"""

    def query(self, x, name):
        return self.unit(torch.tanh(self.project(x, name)), self.QK_EPS)


class SourceRawInSemantics2(Memory):
    """semantics 2 keeps the raw source"""

    def source(self, x):
        return self.project(x, "mem_v")


class SourceFollowsNormalizeQk(Memory):
    """semantics 2 normalises the source only with normalize_qk"""

    def source(self, x):
        return super().source(x) if self.settings.normalize_qk else self.project(x, "mem_v")


class SourceNormalisedInSemantics1(Memory):
    """semantics 1 normalises the source"""

    def source(self, x):
        return self.unit(torch.tanh(self.project(x, "mem_v")), self.SOURCE_EPS)


class OwnQueryInSemantics2(Memory):
    """semantics 2 applies the q and k projections"""

    def projections(self, x):
        out = super().projections(x)
        return {**out, "memory_q": self.store(self.query(x, "mem_q")), "memory_k": self.store(self.query(x, "mem_k"))}


class BetaBiasMissing(Memory):
    """beta without its bias"""

    def beta(self, x):
        return torch.sigmoid(self.project(x, "beta"))


class LambdaAlwaysCoupled(Memory):
    """couple_lambda false is ignored"""

    def lambda_(self, x, beta):
        return super().lambda_(x, beta) if self.settings.couple_lambda else 1 - beta


class SoftplusThreshold5(Memory):
    """softplus is linear from 5"""
    SOFTPLUS_THRESHOLD = 5.0


class SoftplusOverflows(Memory):
    """softplus as log(1 + exp(z)) in float32"""

    def softplus(self, z):
        return torch.log(1 + torch.exp(z.to(torch.float32))).to(self.work)


class SoftplusOverflowsInDouble(Memory):
    """softplus as log(1 + exp(z)) in double"""

    def softplus(self, z):
        return torch.log(1 + torch.exp(z.double())).to(self.work)


class SoftplusClampedAt20(Memory):
    """softplus' argument is clamped to 20"""

    def softplus(self, z):
        return super().softplus(z.clamp_max(20.0))


class SoftplusThresholdOnTheOtherSide(Memory):
    """softplus returns z for |z| > 20"""

    def softplus(self, z):
        return torch.where(z.abs() > 20, z, super().softplus(z))


class WWithoutTanh(Memory):
    """no tanh between w1 and w2"""

    def feature_w(self, x):
        w = self.weights
        return -self.softplus(-(w["rwkv.w0"] + (x @ w["rwkv.w1"]) @ w["rwkv.w2"])) - 0.5


class AGateWithTanh(Memory):
    """tanh between a1 and a2"""

    def a_gate(self, x):
        w = self.weights
        return torch.sigmoid(w["rwkv.a0"] + torch.tanh(x @ w["rwkv.a1"]) @ w["rwkv.a2"])


class GWithoutSigmoid(Memory):
    """no sigmoid between g1 and g2"""

    def feature_g(self, x):
        return (x @ self.weights["rwkv.g1"]) @ self.weights["rwkv.g2"]


class KkFromFeatureK(Memory):
    """k_k is not applied"""

    def kk(self, key):
        return self.unit(key, self.KK_EPS)


class KaIgnored(Memory):
    """k_a is taken as 1"""

    def feature_k(self, key, gate):
        return key * gate


class ProjectionTransposed(Memory):
    """square weights applied transposed"""

    def project(self, x, name):
        weight = self.weights[name]
        square = name.startswith("rwkv.") and weight.shape[0] == weight.shape[1]
        return x @ weight if square else super().project(x, name)


class GatesInterleaved(Memory):
    """scalar gates repeated head after head instead of row after row"""

    def per_row(self, gate):
        if self.settings.rankwise_gates:
            return super().per_row(gate)
        return self.heads(gate.squeeze(-1).repeat(1, 1, self.settings.rank))


# --- coefficients ------------------------------------------------------------------------------------------------

class ModeStandard(Memory):
    """lambda_outside erases with beta alone"""

    def coefficients(self, beta, lambda_):
        out = super().coefficients(beta, lambda_)
        return {**out, "erase": out["write"]}


class ModeLambdaOutside(Memory):
    """standard erases with lambda * beta"""

    def coefficients(self, beta, lambda_):
        out = super().coefficients(beta, lambda_)
        return {**out, "erase": self.store(out["erase"] * out["keep"])} if (
            self.settings.state_update_mode == STANDARD) else out


class WriteWithLambda(Memory):
    """lambda_outside writes with lambda * beta"""

    def coefficients(self, beta, lambda_):
        out = super().coefficients(beta, lambda_)
        return {**out, "write": out["erase"]} if self.settings.state_update_mode == LAMBDA_OUTSIDE else out


class NoLambdaIgnored(Memory):
    """no_lambda keeps 1 - beta"""

    def lambda_(self, x, beta):
        return 1 - beta if self.settings.state_update_mode == NO_LAMBDA else super().lambda_(x, beta)

    def coefficients(self, beta, lambda_):
        out = super().coefficients(beta, lambda_)
        return {**out, "keep": self.store(self.per_row(lambda_))} if (
            self.settings.state_update_mode == NO_LAMBDA) else out


class Semantics2ByMode(Memory):
    """semantics 2 takes keep from the update mode"""

    def coefficients(self, beta, lambda_):
        out = super().coefficients(beta, lambda_)
        return {**out, "keep": self.store(self.per_row(lambda_))} if self.settings.semantics_version == 2 else out


# --- cosine clamps -----------------------------------------------------------------------------------------------

class ClampOfReadsMissing(Memory):
    """the cosine does not clamp the reads' length"""
    COSINE_CLAMP_READS = 1e-30


class ClampOfRMissing(Memory):
    """the cosine does not clamp r's length"""
    COSINE_CLAMP_R = 1e-30


class ClampsSmaller(Memory):
    """the cosine clamps at 1e-8"""
    COSINE_CLAMP_READS = COSINE_CLAMP_R = 1e-8


class ClampOfTheProduct(Memory):
    """the cosine clamps the product of the lengths at 1e-6"""

    def cosine_scores(self, reads, r):
        lengths = reads.norm(dim=-1) * r.norm(dim=-1).unsqueeze(-1)
        return torch.einsum("bhsi,bhi->bhs", reads, r) / lengths.clamp_min(1e-6)


# --- readout and deltas ------------------------------------------------------------------------------------------

class NormBias(Memory):
    """ln_x.bias is added"""

    def group_norm(self, raw_reads):
        return super().group_norm(raw_reads) + self.weights["rwkv.ln_x.bias"]


class NormEps1e5(Memory):
    """group norm with eps 1e-5"""
    NORM_EPS = 1e-5


class NormEpsPerWidth(Memory):
    """group norm with eps 1e-5 times the rank"""

    def group_norm(self, raw_reads):
        self.NORM_EPS = 1e-5 * self.settings.rank
        return super().group_norm(raw_reads)


class NormUnbiased(Memory):
    """group norm with the unbiased variance"""

    def group_norm(self, raw_reads):
        heads, rank = self.heads(raw_reads), self.settings.rank
        variance = heads.var(dim=-1, unbiased=False, keepdim=True) * rank / (rank - 1)
        normed = (heads - heads.mean(dim=-1, keepdim=True)) / torch.sqrt(variance + self.NORM_EPS)
        return normed.reshape(raw_reads.shape) * self.weights["rwkv.ln_x.weight"]


class NormNotCentred(Memory):
    """group norm without taking the mean away"""

    def group_norm(self, raw_reads):
        heads = self.heads(raw_reads)
        normed = heads / torch.sqrt(heads.pow(2).mean(dim=-1, keepdim=True) + self.NORM_EPS)
        return normed.reshape(raw_reads.shape) * self.weights["rwkv.ln_x.weight"]


class NormOneGroup(Memory):
    """group norm with one group for all heads"""

    def heads(self, x):
        return x.unsqueeze(-2) if getattr(self, "one_group", False) else super().heads(x)

    def group_norm(self, raw_reads):
        self.one_group = True
        normed = super().group_norm(raw_reads)
        self.one_group = False
        return normed


class GateBeforeNorm(Memory):
    """feature_g before group norm"""

    def readout(self, raw_reads, g):
        return self.project(self.group_norm(raw_reads * g), "rwkv.output.weight")


class DeltaUnscaled(Memory):
    """deltas without alpha / r"""

    def delta(self, head, reads):
        return self.project(reads, "delta_" + head)


class DeltaScaledByWidth(Memory):
    """deltas scaled by alpha / D"""

    def delta(self, head, reads):
        return super().delta(head, reads) / self.settings.num_state_heads


# Faults that one state head cannot show.
ONLY_WITH_HEADS = {ScoresScaledByWidth, TopKAcrossHeads, RoutesOfFirstHead, NormOverAllHeads, GatesInterleaved,
                   NormOneGroup, DeltaScaledByWidth}

# The cases built for one rule have to see that rule broken, whatever other cases do.
BUILT_FOR = {
    QkEpsMissing: "qk-norm-eps", QkEpsSmaller: "qk-norm-eps", QkEpsOfKk: "qk-norm-eps",
    SourceEpsMissing: "source-norm-eps", KkEpsMissing: "kk-norm-eps", KkEpsLarger: "kk-norm-eps",
    ClampOfReadsMissing: "cosine-clamp-reads", ClampOfRMissing: "cosine-clamp-r", ClampsSmaller: "cosine-clamp-reads",
    ClampOfTheProduct: "cosine-clamp-r", SoftplusThreshold5: "softplus-threshold",
    SoftplusOverflows: "softplus-threshold", SoftplusOverflowsInDouble: "softplus-threshold",
    Semantics2LegacyWithoutPrevious: "semantics-2-without-previous",
    FirstTokenShiftsAgainstItself: "semantics-2-without-previous",
    TransposedRead: "mid-state", EraseGateIgnored: "erase-gate-half", SlotByMask: "three-states",
    SlotWithoutWrap: "chunk-rollover", SlotClearedOnEntry: "chunk-rollover", WriteBeforeRead: "basic",
    ReadDecayed: "basic", DecayOnRows: "basic", SwapAB: "basic", NormBias: "basic", NormEps1e5: "basic",
    NormUnbiased: "basic", SlotOffByOne: "basic", PositionAdvancesWhenMasked: "basic",
    StreamingForLegacy: "legacy-mask", LegacyForStreaming: "streaming"}


def all_faults():
    return [value for value in globals().values()
            if isinstance(value, type) and issubclass(value, Memory) and value is not Memory]


def judged(expected):
    """Without read_scores: where top-k chooses another slot they move by 1e38, and the routes show it anyway."""
    return {name: tensor for name, tensor in expected.items() if name != "read_scores"}


def prove(selected, evaluate, all_cases):
    """Print for every fault how many cases see it and which; returns whether every fault is seen as it has to be."""
    sound = {case.name: judged(evaluate(case, work=torch.float64)) for case in selected}
    one_head = {case.name for case in selected if case.settings.num_state_heads == 1}
    ok = True
    print("fault: cases that see it, those with one state head, the largest change in tolerances, where")
    for fault in all_faults():
        seen = {}
        for case in selected:
            worst, name = verify.worst_of(judged(evaluate(case, fault, torch.float64)), sound[case.name], ATOL, RTOL)
            if worst > VISIBLE:
                seen[case.name] = (worst, name)
        heads_needed = fault in ONLY_WITH_HEADS
        missing = []
        if all_cases and not seen or all_cases and not heads_needed and not one_head & seen.keys():
            missing.append("no case sees it")
        wanted = BUILT_FOR.get(fault)
        if wanted in sound and wanted not in seen:
            missing.append("%s does not see it" % wanted)
        ok &= not missing
        worst = max(seen.items(), key=lambda entry: entry[1][0], default=("nowhere", (0.0, "-")))
        print("\n%s (%s): %d, %d, %.3g, %s in %s%s" % (
            fault.__name__, fault.__doc__, len(seen), len(one_head & seen.keys()), worst[1][0], worst[1][1], worst[0],
            "".join("; MISSING: " + text for text in missing)))
        print(textwrap.fill(" ".join(seen), 118, initial_indent="    ", subsequent_indent="    "))
    print("\n%d faults, %d cases: %s" % (
        len(all_faults()), len(selected), "every fault is seen" if ok else "NOT every fault is seen"))
    return ok
