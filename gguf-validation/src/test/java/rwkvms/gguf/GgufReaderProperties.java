package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.Tuple;
import rwkvms.sidecar.testing.GgufBytes;

/** Whatever the bytes are, the reader returns or throws {@link GgufException}, and so does every tensor's data. */
class GgufReaderProperties {
    private static final byte[] VALID = GgufBytes.header(3, 2, 4).text("general.alignment").u32(4).u32(32).text("k")
            .u32(8).text("text").text("array").u32(9).u32(8).u64(2).text("x").text("y").text("flag").u32(7)
            .number(1, 1).tensor("t", 30, 0, 3, 2).tensor("u", 0, 32, 4).padTo(320).bytes();

    @Property(tries = 2000)
    void mutatedBytesReadOrAreRefused(@ForAll("mutations") List<Tuple2<Integer, Byte>> mutations) {
        byte[] bytes = VALID.clone();
        mutations.forEach(mutation -> bytes[mutation.get1()] = mutation.get2());
        readsOrRefuses(bytes);
    }

    @Property(tries = 500)
    void randomBytesBehindAHeaderReadOrAreRefused(@ForAll byte[] tail, @ForAll("counts") long tensors,
            @ForAll("counts") long keys) {
        readsOrRefuses(GgufBytes.header(3, tensors, keys).raw(tail).bytes());
    }

    @Provide
    Arbitrary<Long> counts() {
        return Arbitraries.longs().between(0, 3);
    }

    @Provide
    Arbitrary<List<Tuple2<Integer, Byte>>> mutations() {
        Arbitrary<Byte> telling = Arbitraries.of((byte) 0, (byte) 1, (byte) 9, (byte) 0x7f, (byte) 0x80, (byte) 0xff);
        return Arbitraries.integers().between(0, VALID.length - 1)
                .flatMap(at -> Arbitraries.oneOf(telling, Arbitraries.bytes()).map(value -> Tuple.of(at, value)))
                .list().ofMinSize(1).ofMaxSize(4);
    }

    private static void readsOrRefuses(byte[] bytes) {
        try {
            GgufFile file = GgufReader.read(MemorySegment.ofArray(bytes));
            for (GgufTensorInfo tensor : file.tensors()) {
                assertThat(file.data(tensor).byteSize()).isEqualTo(tensor.byteSize().orElseThrow());
            }
        } catch (GgufException refused) {
            GgufProblem problem = refused.problem();
            assertThat(problem.offset()).isBetween(0L, (long) bytes.length);
            assertThat(refused).hasMessage(problem.place() + " at byte " + problem.offset() + ": expected "
                    + problem.expected() + ", found " + problem.found());
        }
    }
}
