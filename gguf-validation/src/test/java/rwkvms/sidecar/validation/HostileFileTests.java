package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.Ruling;
import rwkvms.sidecar.testing.GgufBytes;

/** Files of 200 bytes that claim 2^64 - 1 of everything cost milliseconds and hardly any memory. */
class HostileFileTests {
    private static final int SIZE = 200;
    private static final long ALL = -1;
    /** What a thread may allocate for one report, that is, for its texts and messages. */
    private static final long MAX_BYTES = 1 << 20;
    /** Enough for a loaded machine; whoever believed a claim would need all memory, or years. */
    private static final long MAX_NANOS = 500_000_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path folder = Path.of("");

    private record Claim(String name, byte[] bytes) {
    }

    @TestFactory
    Stream<DynamicTest> claimsCostNothing() {
        return claims().stream().map(claim -> DynamicTest.dynamicTest(claim.name, () -> costsNothing(claim)));
    }

    private void costsNothing(Claim claim) throws IOException {
        Path file = Files.write(folder.resolve("hostile.gguf"), claim.bytes);
        assertThat(claim.bytes).hasSize(SIZE);
        SidecarValidator.validate(file, null); // loads the classes
        long thread = Thread.currentThread().threadId();
        long allocated = THREADS.getThreadAllocatedBytes(thread);
        long start = System.nanoTime();
        ValidationReport report = SidecarValidator.validate(file, null);
        long nanos = System.nanoTime() - start;
        assertThat(THREADS.getThreadAllocatedBytes(thread) - allocated).isLessThan(MAX_BYTES);
        assertThat(nanos).isLessThan(MAX_NANOS);
        assertThat(report.isValid()).isFalse();
        assertThat(report.findings()).allSatisfy(
                finding -> assertThat(finding.rulings().gguf()).isNotEqualTo(Ruling.UNDECIDED));
    }

    private static List<Claim> claims() {
        List<Claim> claims = new ArrayList<>();
        claims.add(claim("tensors", header(ALL, 0)));
        claims.add(claim("keys", header(0, ALL)));
        claims.add(claim("both", header(ALL, ALL)));
        claims.add(claim("most signed keys", header(0, Long.MAX_VALUE)));
        claims.add(claim("a key's length", header(0, 1).u64(ALL)));
        claims.add(claim("a text's length", key(8).u64(ALL)));
        for (int type = 0; type <= 12; type++) {
            claims.add(claim("an array of type " + type, key(9).u32(type).u64(ALL)));
            claims.add(claim("2^61 elements of type " + type, key(9).u32(type).u64(1L << 61)));
        }
        claims.add(claim("a text in an array", key(9).u32(8).u64(1).u64(ALL)));
        claims.add(claim("an array in an array", key(9).u32(9).u64(1).u32(0).u64(ALL)));
        claims.add(claim("a name's length", header(1, 0).u64(ALL)));
        claims.add(claim("dimensions", tensor().u32(0xffff_ffff)));
        claims.add(claim("a dimension", tensor().u32(1).u64(ALL).u32(0).u64(0)));
        claims.add(claim("the largest signed dimension", tensor().u32(1).u64(Long.MAX_VALUE).u32(24).u64(0)));
        claims.add(claim("four dimensions", tensor().u32(4).u64(ALL).u64(ALL).u64(ALL).u64(ALL).u32(0).u64(0)));
        claims.add(claim("a size that wraps to nothing", tensor().u32(2).u64(1L << 32).u64(1L << 32).u32(0).u64(0)));
        claims.add(claim("a type", tensor().u32(1).u64(1).u32(0xffff_ffff).u64(0)));
        claims.add(claim("an offset", tensor().u32(1).u64(1).u32(0).u64(ALL)));
        claims.add(claim("an alignment", header(0, 1).text("general.alignment").u32(4).u32(1 << 31)));
        return claims;
    }

    private static GgufBytes header(long tensors, long keys) {
        return GgufBytes.header(3, tensors, keys);
    }

    private static GgufBytes key(int type) {
        return header(0, 1).text("k").u32(type);
    }

    private static GgufBytes tensor() {
        return header(1, 0).text("t");
    }

    private static Claim claim(String name, GgufBytes bytes) {
        return new Claim(name, ByteBuffer.allocate(SIZE).put(bytes.bytes()).array());
    }
}
