package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;

/** Whatever is changed in a sidecar, it opens or is refused by findings inside the file; no other exception escapes. */
class SidecarMutationProperties {
    private static final Path PATH = Path.of("changed.gguf");
    private static final byte[] VALID = SidecarBytes.valid().bytes();
    private static final List<Long> EXTREMES = List.of(0L, 1L, 2L, 7L, 32_768L, 65_536L, (1L << 31) - 1, 1L << 31,
            (1L << 32) - 1, 1L << 32, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, -1L);

    @Property(tries = 300)
    void changedBytes(@ForAll("places") List<Integer> places, @ForAll byte value) {
        byte[] bytes = VALID.clone();
        places.forEach(place -> bytes[place] = value);
        boolean opened = opensOrIsRefused(bytes);
        if (Arrays.equals(bytes, VALID)) {
            assertThat(opened).isTrue();
        }
        Statistics.label("opened").collect(opened)
                .coverage(coverage -> coverage.check(false).percentage(share -> share > 50));
    }

    @Property(tries = 300)
    void changedValues(@ForAll SidecarKey key, @ForAll("values") GgufValue value) {
        opensOrIsRefused(SidecarBytes.valid().set(key, value).bytes());
    }

    @Property(tries = 300)
    void changedTensorInfos(@ForAll("extremes") long value, @ForAll("infoFields") int field) {
        byte[] bytes = VALID.clone();
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[field + i] = (byte) (value >>> (8 * i));
        }
        opensOrIsRefused(bytes);
    }

    /** True where it opens. */
    private static boolean opensOrIsRefused(byte[] bytes) {
        ValidationReport report;
        try {
            SidecarReader.read(PATH, GgufReader.read(MemorySegment.ofArray(bytes)), null);
            return true;
        } catch (GgufException unreadable) {
            report = SidecarValidator.unreadable(PATH, unreadable);
        } catch (SidecarException refused) {
            report = refused.report();
        }
        assertThat(report.findings()).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.byteOffset()).isBetween(Finding.NOWHERE, (long) bytes.length);
            assertThat(finding.message()).isNotBlank().doesNotContain("\n");
        });
        return false;
    }

    @Provide
    Arbitrary<List<Integer>> places() {
        return Arbitraries.integers().between(0, VALID.length - 1).list().ofMinSize(1).ofMaxSize(3);
    }

    @Provide
    Arbitrary<Long> extremes() {
        return Arbitraries.of(EXTREMES);
    }

    /** Offsets of the dimensions, type and data offset of some tensors. */
    @Provide
    Arbitrary<Integer> infoFields() {
        List<GgufTensorInfo> tensors = SidecarBytes.valid().gguf().tensors();
        return Arbitraries.of(tensors).flatMap(tensor -> Arbitraries.of(tensor.infoOffset(), tensor.neOffset() - 4,
                tensor.neOffset(), tensor.typeOffset() - 8, tensor.typeOffset(), tensor.dataOffsetOffset()))
                .map(Long::intValue);
    }

    @Provide
    Arbitrary<GgufValue> values() {
        Arbitrary<GgufValue> texts = Arbitraries.of("", "null", "[]", "{}", "[[]]", "[{}]", "[null]", "[0,2]", "[0.5]",
                "[1e999]", "[-1]", "[4294967296]", "[0,2,18446744073709551616]", "{\"a\":NaN}", "[\"q\",\"k\"]",
                "[{\"name\":\"blk.0.mem_q\"}]", "[{\"name\":7}]", "[{\"layer\":0,\"q_out\":99999999999}]",
                "{\"alpha\":\"16\"}", "{\"couple_lambda\":false}", "{\"rankwise_gates\":false}",
                "{\"num_state_heads\":null}", "[".repeat(100), "\u0000", "\ud83d\ude42").map(GgufValue::text);
        Arbitrary<GgufValue> integers = Arbitraries.of(GgufType.UINT32, GgufType.UINT64, GgufType.INT32)
                .flatMap(type -> Arbitraries.of(EXTREMES).map(value -> new GgufValue.Int(type, value)));
        Arbitrary<GgufValue> reals = Arbitraries.floats().map(GgufValue::f32);
        return Arbitraries.oneOf(texts, integers, reals);
    }
}
