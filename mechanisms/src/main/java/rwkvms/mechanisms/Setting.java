package rwkvms.mechanisms;

import java.util.List;

/**
 * The settings of one experiment, except the seed.
 *
 * @param length   tokens of a segment, or fillers behind its needle, before it varies by up to two
 * @param capacity K, the largest number of blocks that DLA may make
 * @param noise    scale of the normal noise on every token of a segment, rounded to float32 when it is used
 * @param gate     β of {@link GatedSlots}; nothing else has one
 */
public record Setting(Experiment experiment, int segments, int length, int capacity, double noise, double gate) {
    /** Seeds of the published tables: 0 to 4. */
    public static final int PUBLISHED_SEEDS = 5;

    /** β of an untrained module: its bias starts at 0, and σ(0) = 0.5. */
    static final double GATE = 0.5;

    private static final int RECALL_SEEDS = 100;
    private static final int STATE_ONLY_SEEDS = 500;
    private static final int STATE_ONLY_STEP = 31;

    /** The ten published settings, in the order of the published trials. */
    public static List<Setting> published() {
        return List.of(bound(6, 24, 8), bound(10, 16, 12), bound(16, 12, 8), bound(24, 10, 10), recall(6, 8, 16),
                recall(10, 6, 24), recall(8, 10, 20), stateOnly(8, 12, 16), stateOnly(12, 10, 16),
                stateOnly(16, 8, 12));
    }

    /** The published settings of one experiment. */
    public static List<Setting> published(Experiment experiment) {
        return published().stream().filter(setting -> setting.experiment == experiment).toList();
    }

    private static Setting bound(int segments, int length, int capacity) {
        return new Setting(Experiment.BOUND, segments, length, capacity, DriftSequence.NOISE, GATE);
    }

    private static Setting recall(int segments, int length, int capacity) {
        return new Setting(Experiment.RECALL, segments, length, capacity, RecallSequence.NOISE, GATE);
    }

    private static Setting stateOnly(int segments, int length, int capacity) {
        return new Setting(Experiment.STATE_ONLY, segments, length, capacity, RecallSequence.NOISE, GATE);
    }

    public Setting withNoise(double other) {
        return new Setting(experiment, segments, length, capacity, other, gate);
    }

    public Setting withCapacity(int other) {
        return new Setting(experiment, segments, length, other, noise, gate);
    }

    public Setting withGate(double other) {
        return new Setting(experiment, segments, length, capacity, noise, other);
    }

    /** The seed of the generator for a trial's seed. */
    int generatorSeed(int seed) {
        return switch (experiment) {
            case BOUND -> seed;
            case RECALL -> RECALL_SEEDS + seed;
            case STATE_ONLY -> STATE_ONLY_SEEDS + STATE_ONLY_STEP * seed + segments;
        };
    }

    TorchGenerator generator(int seed) {
        return new TorchGenerator(generatorSeed(seed));
    }

    /** The algorithm that decides a bound, in the words of the published table. */
    String boundLabel() {
        return capacity >= segments ? "K>=segments  (Alg 1 active)" : "K< segments  (Alg 2 active)";
    }

    /** The sizes in words, such as {@code (8, 12, 16)}. */
    public String sizes() {
        return "(" + segments + ", " + length + ", " + capacity + ")";
    }
}
