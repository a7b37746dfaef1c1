package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import rwkvms.math.MemoryConfig;

/** The parts of an experiment that goes beyond the published tables, with the same generators and blocks, but more seeds and
 * settings. */
public enum Part {
    /** The published bounds. */
    BOUNDS(Setting.published(Experiment.BOUND)),
    /** The published recalls. */
    RECALL(Setting.published(Experiment.RECALL)),
    /** The published recalls by policy, and the RWKV-MS memory itself beside the simplified one. */
    POLICIES(Setting.published(Experiment.STATE_ONLY)),
    /** Recall by policy over the noise of the fillers. */
    NOISE(DoubleStream.of(0, 0.01, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3)
            .mapToObj(Setting.published(Experiment.STATE_ONLY).getFirst()::withNoise).toList()),
    /** Recall by policy over the capacity; twelve needles and their fillers fill 24 blocks. */
    CAPACITY(IntStream.of(4, 8, 12, 16, 20, 24, 28)
            .mapToObj(Setting.published(Experiment.STATE_ONLY).get(1)::withCapacity).toList()),
    /** Recall of the RWKV-MS memory over β. */
    GATE(DoubleStream.of(0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95)
            .mapToObj(Setting.published(Experiment.STATE_ONLY).getFirst()::withGate).toList());

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of and toList
    private final List<Setting> settings;

    Part(List<Setting> settings) {
        this.settings = settings;
    }

    public List<Setting> settings() {
        return settings;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All measurements of one seed at one of the settings. */
    List<Measurement> trial(Setting setting, int seed) {
        return switch (this) {
            case BOUNDS, RECALL, NOISE, CAPACITY -> Trials.of(setting, seed);
            case POLICIES -> policies(setting, seed);
            case GATE -> gate(setting, seed);
        };
    }

    private static List<Measurement> policies(Setting setting, int seed) {
        List<Measurement> all = new ArrayList<>(Trials.of(setting, seed));
        PolicyBlocks cut = PolicyBlocks.of(setting, seed);
        cut.blocks().forEach((policy, blocks) -> all.addAll(measured(setting, seed, policy.label(), blocks,
                new GatedRecall(cut.sequence(), blocks, setting.gate()).all())));
        Blocks chunks = chunks(cut.sequence().tokens());
        all.addAll(measured(setting, seed, MemoryConfig.FIXED_CHUNK, chunks,
                new GatedRecall(cut.sequence(), chunks, setting.gate()).all()));
        return all;
    }

    private static List<Measurement> gate(Setting setting, int seed) {
        PolicyBlocks cut = PolicyBlocks.of(setting, seed);
        Blocks fixed = cut.blocks(BoundaryPolicy.FIXED);
        return measured(setting, seed, BoundaryPolicy.FIXED.label(), fixed,
                new GatedRecall(cut.sequence(), fixed, setting.gate()).own());
    }

    /** The blocks of a module with four slots that the sequence just fills: chunks of ⌈T / 4⌉ tokens. */
    static Blocks chunks(int tokens) {
        int chunk = Math.ceilDiv(tokens, GatedRecall.SLOTS);
        return new Blocks(tokens, IntStream.iterate(0, start -> start < tokens, start -> start + chunk).toArray());
    }

    private static List<Measurement> measured(Setting setting, int seed, String policy, Blocks blocks,
            List<GatedRecall.NamedValue> values) {
        return values.stream().map(value -> new Measurement(setting, seed, blocks.tokens(), policy, blocks.count(),
                value.measure(), value.value())).toList();
    }
}
