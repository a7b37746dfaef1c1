package rwkvms.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import rwkvms.fixtures.Fixture;
import rwkvms.sidecar.DeltaHead;
import rwkvms.sidecar.SidecarConfig;
import rwkvms.sidecar.UpdateMode;

/**
 * The settings that decide the math of one run (math.md, semantics.md). Where a fixture and a sidecar disagree, the
 * fixture's hold (fixture.md).
 *
 * @param chunkSize  tokens per slot
 * @param eraseGate  {@code e} of the write
 * @param readTopK   0 for all slots
 * @param deltaHeads heads whose deltas are computed
 */
public record MemorySettings(int hiddenSize, int rank, int numStateHeads, int numStates, long chunkSize, double alpha,
        double eraseGate, int readTopK, int semanticsVersion, UpdateMode updateMode, Set<DeltaHead> deltaHeads,
        boolean normalizeQk, boolean coupleLambda, boolean rankwiseGates) {

    /** The only boundary mode that is defined. */
    private static final String FIXED_CHUNK = "fixed_chunk";

    public MemorySettings {
        EnumSet<DeltaHead> heads = EnumSet.noneOf(DeltaHead.class);
        heads.addAll(deltaHeads);
        deltaHeads = Collections.unmodifiableSet(heads);
    }

    public static MemorySettings of(SidecarConfig config) {
        return new MemorySettings(config.hiddenSize(), config.rank(), config.numStateHeads(), config.numStates(),
                config.chunkSize(), config.alpha(), config.eraseGate(), config.readTopK(), config.semanticsVersion(),
                config.updateMode(), config.deltaHeads(), config.normalizeQk(), config.coupleLambda(),
                config.rankwiseGates());
    }

    /**
     * The settings a fixture was computed with.
     *
     * @throws NotEvaluatedException where the fixture asks for something that no runtime defines
     */
    public static MemorySettings of(Fixture fixture) throws NotEvaluatedException {
        Fixture.Config config = fixture.config();
        Fixture.DeltaMemConfig memory = fixture.deltaMemConfig();
        Fixture.ScanConfig scan = fixture.scanConfig();
        if (memory.trainableDeltaScale()) {
            throw new NotEvaluatedException("delta_mem_config.trainable_delta_scale is true; no runtime honours it");
        }
        if (!scan.boundaryMode().equals(FIXED_CHUNK)) {
            throw new NotEvaluatedException("scan_config.rwkv_ms_boundary_mode is " + scan.boundaryMode()
                    + "; only " + FIXED_CHUNK + " is defined");
        }
        EnumSet<DeltaHead> heads = EnumSet.noneOf(DeltaHead.class);
        for (String label : memory.deltaHeads()) {
            heads.add(DeltaHead.ofLabel(label).orElseThrow());
        }
        return new MemorySettings(config.hiddenSize(), config.rank(), config.numStateHeads(), scan.numStates(),
                scan.chunkSize(), memory.alpha(), scan.eraseGate(), scan.readTopK(), memory.semanticsVersion(),
                UpdateMode.ofLabel(memory.stateUpdateMode()).orElseThrow(), heads, memory.normalizeQk(),
                memory.coupleLambda(), memory.rankwiseGates());
    }

    /** {@code D = N · r}. */
    public int readDim() {
        return numStateHeads * rank;
    }

    /** {@code G}: gate values per token. */
    public int gateWidth() {
        return rankwiseGates ? readDim() : numStateHeads;
    }

    /** Values of one sequence's state, {@code N · K · r · r}. */
    public int stateCount() {
        return numStateHeads * numStates * rank * rank;
    }

    /** Whether top-k masks any slot at all. */
    public boolean masksSlots() {
        return readTopK > 0 && readTopK < numStates;
    }

    public MemorySettings withReadTopK(int topK) {
        return new MemorySettings(hiddenSize, rank, numStateHeads, numStates, chunkSize, alpha, eraseGate, topK,
                semanticsVersion, updateMode, deltaHeads, normalizeQk, coupleLambda, rankwiseGates);
    }

    /** Each setting in which the other differs, under its name in a fixture, as {@code name: this, other}. */
    public List<String> differencesFrom(MemorySettings other) {
        List<String> differences = new ArrayList<>();
        Map<String, Object> theirs = other.byName();
        byName().forEach((name, mine) -> {
            if (!mine.equals(theirs.get(name))) {
                differences.add(name + ": " + mine + ", " + theirs.get(name));
            }
        });
        return differences;
    }

    private Map<String, Object> byName() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("hidden_size", hiddenSize);
        settings.put("rank", rank);
        settings.put("num_state_heads", numStateHeads);
        settings.put("rwkv_ms_num_states", numStates);
        settings.put("rwkv_ms_chunk_size", chunkSize);
        settings.put("alpha", alpha);
        settings.put("rwkv_ms_erase_gate", eraseGate);
        settings.put("rwkv_ms_read_top_k", readTopK);
        settings.put("rwkv_ms_semantics_version", semanticsVersion);
        settings.put("state_update_mode", updateMode.label());
        settings.put("delta_heads", deltaHeads.stream().map(DeltaHead::label).toList());
        settings.put("normalize_qk", normalizeQk);
        settings.put("couple_lambda", coupleLambda);
        settings.put("rankwise_gates", rankwiseGates);
        return settings;
    }
}
