package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.Ruling;

/** Files of 200 bytes that claim 2^64 - 1 of everything cost milliseconds and no memory to speak of. */
class HostileFileTests {
    private static final int SIZE = 200;
    private static final long ALL = -1;
    /** A thread's allocation for one report: heap of its texts and messages, whatever the file claims. */
    private static final long MAX_BYTES = 1 << 20;
    /** A loaded machine takes its time; one of the claims taken at its word would take all memory or years. */
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

    private static Bytes header(long tensors, long keys) {
        return new Bytes().u32(0x46554747).u32(3).u64(tensors).u64(keys);
    }

    private static Bytes key(int type) {
        return header(0, 1).text("k").u32(type);
    }

    private static Bytes tensor() {
        return header(1, 0).text("t");
    }

    private static Claim claim(String name, Bytes bytes) {
        return new Claim(name, ByteBuffer.allocate(SIZE).put(bytes.out.toByteArray()).array());
    }

    /** Little-endian numbers and strings. */
    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes u32(int value) {
            out.writeBytes(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
            return this;
        }

        Bytes u64(long value) {
            out.writeBytes(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
            return this;
        }

        Bytes text(String ascii) {
            u64(ascii.length());
            ascii.chars().forEach(out::write);
            return this;
        }
    }
}
