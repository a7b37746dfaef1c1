package rwkvms.cli;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.tensor.DType;

/** Options with sizes and settings of a synthetic sidecar; the published ones by default. */
final class SyntheticOptions {
    private static final SyntheticSidecar DEFAULT = SyntheticSidecar.PUBLISHED;

    @Option(names = "--hidden", paramLabel = "N", description = "Hidden size; 2560 by default.")
    private int hidden = DEFAULT.config().hiddenSize();

    @Option(names = "--rank", paramLabel = "N", description = "8 by default.")
    private int rank = DEFAULT.config().rank();

    @Option(names = "--heads", paramLabel = "N", description = "State heads; 1 by default, and the C++ runtime takes no other number.")
    private int heads = DEFAULT.config().numStateHeads();

    @Option(names = "--states", paramLabel = "N", description = "4 by default.")
    private int states = DEFAULT.config().numStates();

    @Option(names = "--chunk-size", paramLabel = "N", description = "1024 by default.")
    private int chunkSize = (int) DEFAULT.config().chunkSize();

    @Option(names = "--alpha", paramLabel = "X", description = "16 by default.")
    private double alpha = DEFAULT.config().alpha();

    @Option(names = "--semantics", paramLabel = "1|2", description = "1 by default.")
    private int semantics = DEFAULT.config().semanticsVersion();

    @Option(names = "--no-normalize-qk", description = "normalize_qk false.")
    private boolean plainQk;

    @Option(names = "--free-lambda", description = "couple_lambda false, with lambda tensors.")
    private boolean freeLambda;

    @Option(names = "--scalar-gates", description = "rankwise_gates false.")
    private boolean scalarGates;

    @Option(names = "--update-mode", paramLabel = "MODE", description = "standard (by default), lambda_outside or no_lambda.")
    private String updateMode = DEFAULT.config().updateMode().label();

    @Option(names = "--erase-gate", paramLabel = "X", description = "1 by default.")
    private double eraseGate = DEFAULT.config().eraseGate();

    @Option(names = "--top-k", paramLabel = "N", description = "Slots that keep their score; 0, all, by default.")
    private int topK = DEFAULT.config().readTopK();

    @Option(names = "--delta-heads", paramLabel = "H", split = ",", description = "Some of q, k, v, o; q,o by default.")
    private List<String> deltaHeads = List.of("q", "o");

    @Option(names = "--layers", paramLabel = "N", split = ",", description = "Wrapped layers; 0,1,2,3,4,5 by default.")
    private List<Integer> layers = List.copyOf(DEFAULT.layers().keySet());

    @Option(names = "--widths", paramLabel = "Q,K,V,O", split = ",", description = "Attention widths of every layer; by default the published base model's, whose every sixth layer has full attention.")
    private @Nullable List<Integer> widths;

    @Option(names = "--dtype", paramLabel = "T", description = "bfloat16 (by default), float16 or float32.")
    private String dtype = DEFAULT.dtype().label();

    @Option(names = "--zero-delta", description = "All delta projections zero: a memory that corrects nothing.")
    private boolean zeroDelta;

    /** Returns the sidecar, or throws {@link IllegalArgumentException} if no sidecar can have these. */
    SyntheticSidecar sidecar(@Nullable Integer formatVersion) {
        int version = formatVersion == null ? semantics == 2 ? 2 : 1 : formatVersion;
        SortedMap<Integer, AttentionWidths> attention = new TreeMap<>();
        for (int layer : layers) {
            if (attention.put(layer, widths(layer)) != null) {
                throw new IllegalArgumentException("--layers: expected each layer once, found " + layer + " again");
            }
        }
        MemoryConfig config = new MemoryConfig(hidden, rank, heads, states, chunkSize, alpha, eraseGate, topK,
                semantics,
                UpdateMode.ofLabel(updateMode).orElseThrow(() -> refusal("--update-mode",
                        "standard, lambda_outside or no_lambda", updateMode)),
                deltaHeads.stream().map(SyntheticOptions::head).collect(Collectors.toSet()), !plainQk, !freeLambda,
                !scalarGates);
        return new SyntheticSidecar(version, config, attention,
                DType.ofLabel(dtype).orElseThrow(() -> refusal("--dtype", "bfloat16, float16 or float32", dtype)),
                zeroDelta, DEFAULT.baseGguf(), DEFAULT.baseSha256());
    }

    private AttentionWidths widths(int layer) {
        if (widths == null) {
            return (layer % 6 == 5 ? AttentionWidths.FULL : AttentionWidths.SLIDING).withO(hidden);
        }
        if (widths.size() != 4) {
            throw refusal("--widths", "four numbers", "" + widths.size());
        }
        return new AttentionWidths(widths.get(0), widths.get(1), widths.get(2), widths.get(3));
    }

    private static DeltaHead head(String label) {
        return DeltaHead.ofLabel(label).orElseThrow(() -> refusal("--delta-heads", "some of q, k, v, o", label));
    }

    private static IllegalArgumentException refusal(String option, String expected, String found) {
        return new IllegalArgumentException(option + ": expected " + expected + ", found " + found);
    }
}
