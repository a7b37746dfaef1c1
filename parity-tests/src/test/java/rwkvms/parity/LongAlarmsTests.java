package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
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

    @Test
    void everyConfigurationIsInOneShard() {
        List<Shard> shards = List.of(Shard.of("1/3"), Shard.of("2/3"), Shard.of("3/3"));
        assertThat(IntStream.range(0, 20))
                .allMatch(i -> shards.stream().filter(shard -> shard.has(i)).count() == 1);
        assertThat(IntStream.range(0, 20)).allMatch(Shard.ALL::has);
        assertThat(IntStream.range(0, 20).filter(Shard.of("2/3")::has).map(Shard.of("2/3")::place))
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0/3", "4/3", "1", "a/b", "-1/3", "1/3/5", "1 / 3", "1/0"})
    void whatIsNoShardIsRefused(String text) {
        assertThatThrownBy(() -> Shard.of(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shard: expected K/N with K from 1 to N, such as 1/8, found '" + text + "'");
    }
}
