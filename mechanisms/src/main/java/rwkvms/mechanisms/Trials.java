package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Runs an experiment's trials. A trial depends on its setting and its seed alone. */
public final class Trials {
    private Trials() {
    }

    /** The published trials, which are the same whenever they are run. */
    private static final class Published {
        static final List<Measurement> ALL = Setting.published().stream()
                .flatMap(setting -> IntStream.range(0, Setting.PUBLISHED_SEEDS).boxed()
                        .flatMap(seed -> of(setting, seed).stream()))
                .toList();
    }

    /** Every published trial: 110 of them, 265 values. They run when they are first asked for. */
    public static List<Measurement> published() {
        return Published.ALL;
    }

    public static List<Measurement> of(Setting setting, int seed) {
        return switch (setting.experiment()) {
            case BOUND -> bound(setting, seed);
            case RECALL -> recall(setting, seed);
            case STATE_ONLY -> stateOnly(setting, seed);
        };
    }

    private static List<Measurement> bound(Setting setting, int seed) {
        double[][] tokens = DriftSequence.draw(setting.generator(seed), setting.segments(), setting.length(),
                setting.noise()).tokens();
        Blocks dla = InformationBlocks.of(tokens).atMost(setting.capacity());
        Blocks fixed = FixedBlocks.of(tokens.length, dla.count());
        return List.of(
                new Measurement(setting, seed, tokens.length, "", dla.count(), "fixed",
                        DeviationBound.of(tokens, fixed)),
                new Measurement(setting, seed, tokens.length, "", dla.count(), "dla",
                        DeviationBound.of(tokens, dla)));
    }

    private static List<Measurement> recall(Setting setting, int seed) {
        RecallSequence sequence = RecallSequence.draw(setting.generator(seed), setting.segments(), setting.length(),
                setting.noise());
        Blocks dla = InformationBlocks.of(sequence.features()).atMost(setting.capacity());
        Blocks fixed = FixedBlocks.of(sequence.tokens(), dla.count());
        Blocks one = Blocks.single(sequence.tokens());
        Trial trial = new Trial(setting, seed, sequence);
        return List.of(trial.measured("", dla.count(), "fixed", Recall.of(sequence, fixed, LinearMemory::new)),
                trial.measured("", dla.count(), "dla", Recall.of(sequence, dla, LinearMemory::new)),
                trial.measured("", dla.count(), "delta_rule", Recall.of(sequence, one, DeltaRuleMemory::new)),
                trial.measured("", dla.count(), "rwkv7", Recall.of(sequence, one, Rwkv7Memory::new)),
                trial.measured("", dla.count(), "rwkv7_multi", Recall.of(sequence, dla, Rwkv7Memory::new)));
    }

    private static List<Measurement> stateOnly(Setting setting, int seed) {
        List<Measurement> all = new ArrayList<>();
        PolicyBlocks cut = PolicyBlocks.of(setting, seed);
        Trial trial = new Trial(setting, seed, cut.sequence());
        cut.blocks().forEach((policy, blocks) -> {
            all.add(trial.measured(policy.label(), blocks.count(), "linear",
                    Recall.of(cut.sequence(), blocks, LinearMemory::new)));
            all.add(trial.measured(policy.label(), blocks.count(), "rwkv7",
                    Recall.of(cut.sequence(), blocks, Rwkv7Memory::new)));
        });
        return all;
    }

    private record Trial(Setting setting, int seed, RecallSequence sequence) {
        Measurement measured(String policy, int states, String measure, double value) {
            return new Measurement(setting, seed, sequence.tokens(), policy, states, measure, value);
        }
    }
}
