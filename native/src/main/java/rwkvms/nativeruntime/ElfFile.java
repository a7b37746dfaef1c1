package rwkvms.nativeruntime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Checks the head of a Linux library before the dynamic linker reads it: the linker crashes on one that is cut short,
 * and calls one for another processor absent.
 */
final class ElfFile {
    private static final int MAGIC = 0x7f454c46;
    private static final int HEADER_SIZE = 64;
    private static final int CLASS_AND_DATA_AT = 4;
    /** 64 bits, little-endian. */
    private static final short CLASS_AND_DATA = 0x0201;
    private static final int MACHINE_AT = 18;
    private static final int SEGMENTS_AT = 32;
    private static final int SEGMENT_SIZE_AT = 54;
    private static final int SEGMENT_COUNT_AT = 56;
    private static final int SEGMENT_SIZE = 56;
    private static final int LOADED = 1;
    private static final int OFFSET_IN_SEGMENT = 8;
    private static final int SIZE_IN_SEGMENT = 32;

    private ElfFile() {
    }

    /** Why the file cannot be loaded; empty unless it is an ELF file with a known fault. */
    static Optional<String> obstacle(Path file) {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer head = read(in, 0, HEADER_SIZE);
            if (head.remaining() < HEADER_SIZE || head.getInt(0) != MAGIC) {
                return Optional.empty();
            }
            if (head.getShort(CLASS_AND_DATA_AT) != CLASS_AND_DATA) {
                return Optional.of("expected 64 bits and little-endian, found another kind of ELF file");
            }
            head.order(ByteOrder.LITTLE_ENDIAN);
            Optional<Short> ours = machine();
            short machine = head.getShort(MACHINE_AT);
            if (ours.isPresent() && ours.get() != machine) {
                return Optional.of("expected ELF machine " + ours.get() + ", this processor's, found " + machine);
            }
            return cut(in, head);
        } catch (IOException _) {
            // The linker reports that.
            return Optional.empty();
        }
    }

    /** The machine of the JVM's own library, which runs here; empty on other systems. */
    private static Optional<Short> machine() {
        Path jvm = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
        try (FileChannel in = FileChannel.open(jvm, StandardOpenOption.READ)) {
            return Optional.of(read(in, 0, HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN).getShort(MACHINE_AT));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> cut(FileChannel in, ByteBuffer head) throws IOException {
        long needed = 0;
        int count = Short.toUnsignedInt(head.getShort(SEGMENT_COUNT_AT));
        int size = Short.toUnsignedInt(head.getShort(SEGMENT_SIZE_AT));
        for (int i = 0; i < count; i++) {
            ByteBuffer segment = read(in, head.getLong(SEGMENTS_AT) + (long) i * size, SEGMENT_SIZE)
                    .order(ByteOrder.LITTLE_ENDIAN);
            if (segment.remaining() < SEGMENT_SIZE) {
                return Optional.of("the file is cut short: found " + in.size() + " bytes");
            }
            if (segment.getInt(0) == LOADED) {
                needed = Math.max(needed, segment.getLong(OFFSET_IN_SEGMENT) + segment.getLong(SIZE_IN_SEGMENT));
            }
        }
        return needed <= in.size()
                ? Optional.empty()
                : Optional.of("the file is cut short: expected at least " + needed + " bytes, found " + in.size());
    }

    /** Reads as many of the bytes as there are. */
    private static ByteBuffer read(FileChannel in, long position, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(position < 0 ? 0 : size);
        int count = 0;
        while (count >= 0 && bytes.hasRemaining()) {
            count = in.read(bytes, position + bytes.position());
        }
        return bytes.flip();
    }
}
