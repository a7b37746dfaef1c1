package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.testing.Shard;
import rwkvms.golden.TiedScores;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** The judge of long random configurations raises an alarm where there is cause, counts every value and divides among machines. */
final class LongAlarmsTests {
    private static final int CONFIGURATIONS = 2;

    @Test
    void oneValueAtTwiceItsLimitIsOneAlarm() {
        try (MemoryRuntime reference = new ReferenceRuntime();
                LongAlarms alarms = new LongAlarms().with(Implementation.of("sound", reference))
                        .with(off("off", 2)).with(off("nearly off", 0.99)).with(off("seldom", 2), CONFIGURATIONS)) {
            alarms.judge(CONFIGURATIONS, LongAlarms.SEED, Shard.ALL);
            List<Shares> shares = alarms.members().stream().map(LongAlarms.Member::shares).toList();
            assertThat(shares).extracting(Shares::configurations).containsExactly(2, 2, 2, 1);
            assertThat(shares.get(0).alarms()).isEmpty();
            assertThat(shares.get(1).alarms()).hasSize(2).allMatch(alarm -> alarm.startsWith("raw_reads: "));
            assertThat(shares.get(1).alarms().getFirst()).contains(", configuration 0, RandomModel[");
            assertThat(shares.get(2).alarms()).isEmpty();
            assertThat(shares.get(3).alarms()).hasSize(1);
            assertThat(shares).extracting(Shares::values).startsWith(shares.get(1).values());
            assertThat(alarms.table()).contains("\n| sound | 2 | ").contains("\n| off | 2 | ").contains("| **2** |")
                    .containsPattern("\\| nearly off \\|.*\\| 99\\.0 % \\| 0 \\|");
        }
    }

    /** The reference with the raw read of which float32 knows the least off by so many times its limit. */
    private static Implementation off(String name, double times) {
        MemoryRuntime reference = new ReferenceRuntime();
        return Implementation.of(name, call -> withOff(call.run(reference), call.conditioning(), times),
                reference::close);
    }

    private static TensorSet withOff(TensorSet found, Conditioning conditioning, double times) {
        Tensor exact = conditioning.exact().get(MathTensor.RAW_READS);
        BitSet all = new BitSet();
        all.set(0, exact.count());
        Tensor limits = conditioning.limits(Map.of(MathTensor.RAW_READS, all)).get(MathTensor.RAW_READS);
        KnownLimits known = KnownLimits.of(limits, exact);
        int loosest = IntStream.range(0, exact.count()).filter(i -> !known.unknowable(i)).boxed()
                .max(Comparator.comparingDouble(i -> limits.at(i) / Tolerance.DEFAULT.limit(exact.at(i))))
                .orElseThrow();
        double[] values = exact.toDoubles();
        values[loosest] += times * Math.max(limits.at(loosest), Tolerance.DEFAULT.limit(exact.at(loosest)));
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        found.names().forEach(name -> tensors.put(name, found.get(name)));
        tensors.put(MathTensor.RAW_READS, Tensor.ofDoubles(exact.shape(), values));
        return TensorSet.of(tensors);
    }

    /** Of the empty slots of an empty state PyTorch keeps others than the reference; of slots that do not tie nobody may. */
    @Test
    void whichOfTheTiedSlotsIsKeptIsNoAlarm() {
        Shard tied = firstWithAnEmptyState();
        try (MemoryRuntime reference = new ReferenceRuntime();
                LongAlarms alarms = new LongAlarms().with(Implementation.of("sound", reference))
                        .with(Implementation.of("other slots at once", call -> reversed(call, reference, 0), () -> {
                        }))
                        .with(Implementation.of("other slots at the end",
                                call -> reversed(call, reference, call.tied().nextClearBit(0)), () -> {
                                }))) {
            alarms.judge(tied.count(), LongAlarms.SEED, tied);
            List<Shares> shares = alarms.members().stream().map(LongAlarms.Member::shares).toList();
            assertThat(shares.get(0).alarms()).isEmpty();
            assertThat(shares.get(1).alarms()).isEmpty();
            assertThat(alarms.table()).containsPattern("\\| other slots at once \\|.*\\| [1-9][0-9,]* \\|");
            assertThat(shares.get(2).alarms()).anyMatch(alarm -> alarm.startsWith("read_scores: "));
        }
    }

    /** Alone in a shard. */
    private static Shard firstWithAnEmptyState() {
        Random random = new Random(LongAlarms.SEED);
        for (int i = 1;; i++) {
            RandomSizes sizes = RandomModels.longOneHead(random).sizes();
            if (sizes.stateScale() == 0 && sizes.config().masksSlots()) {
                return new Shard(i, i);
            }
        }
    }

    /** The reference's tensors with the slots of one token in reverse order. */
    private static TensorSet reversed(LongCall call, MemoryRuntime reference, int token) {
        TensorSet found = call.run(reference);
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        for (MathTensor name : found.names()) {
            Tensor tensor = found.get(name);
            if (TiedScores.affect(name)) {
                int slots = tensor.shape().dim(tensor.shape().rank() - 1);
                double[] values = tensor.toDoubles();
                for (int s = 0; s < slots; s++) {
                    values[token * slots + s] = tensor.at(token * slots + slots - 1 - s);
                }
                tensor = Tensor.ofDoubles(tensor.shape(), values);
            }
            tensors.put(name, tensor);
        }
        return TensorSet.of(tensors);
    }
}
