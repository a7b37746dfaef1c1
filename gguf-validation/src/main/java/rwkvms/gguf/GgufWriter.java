package rwkvms.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import rwkvms.file.WholeFile;

/**
 * Writes GGUF version 3, little-endian: keys and tensors in the order given, data contiguous in that order, header and
 * every tensor, the last one too, padded with zeros to {@link #ALIGNMENT}.
 *
 * <p>The caller answers for unique names and sensible values. Only the header is built in memory; tensor data goes from its
 * sources to the file.
 */
public final class GgufWriter {
    /** The default alignment of the format, and what sidecars state. */
    public static final int ALIGNMENT = 32;

    private static final int VERSION = 3;

    private GgufWriter() {
    }

    /**
     * Writes a file through a temporary one beside it, so that {@code target} is either whole or untouched.
     *
     * @throws FileAlreadyExistsException if it exists and {@code replace} is false
     */
    public static void write(Path target, List<GgufPair> pairs, List<? extends GgufSource> tensors, boolean replace)
            throws IOException {
        requireAbsent(target, replace);
        WholeFile.write(target, channel -> write(channel, pairs, tensors));
    }

    /** Refuses to overwrite a file, unless {@code replace} is set. */
    public static void requireAbsent(Path target, boolean replace) throws FileAlreadyExistsException {
        if (!replace && Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString(), null,
                    "expected no such file; ask for replacement to overwrite it");
        }
    }

    /** The whole file in memory. */
    public static byte[] toBytes(List<GgufPair> pairs, List<? extends GgufSource> tensors) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(Channels.newChannel(bytes), pairs, tensors);
        } catch (IOException impossible) {
            throw new IllegalStateException("a buffer in memory takes every write", impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(WritableByteChannel channel, List<GgufPair> pairs, List<? extends GgufSource> tensors)
            throws IOException {
        byte[] header = header(pairs, tensors);
        WholeFile.writeFully(channel, MemorySegment.ofArray(header));
        pad(channel, header.length);
        for (GgufSource tensor : tensors) {
            tensor.writeTo(channel);
            pad(channel, tensor.byteSize());
        }
    }

    private static byte[] header(List<GgufPair> pairs, List<? extends GgufSource> tensors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        GgufEncoder.integer(out, GgufReader.MAGIC, Integer.BYTES);
        GgufEncoder.integer(out, VERSION, Integer.BYTES);
        GgufEncoder.integer(out, tensors.size(), Long.BYTES);
        GgufEncoder.integer(out, pairs.size(), Long.BYTES);
        for (GgufPair pair : pairs) {
            GgufEncoder.text(out, pair.key());
            GgufEncoder.integer(out, pair.value().type().id(), Integer.BYTES);
            GgufEncoder.value(out, pair.value());
        }
        long offset = 0;
        for (GgufSource tensor : tensors) {
            GgufEncoder.text(out, tensor.name());
            GgufEncoder.integer(out, tensor.ne().size(), Integer.BYTES);
            for (long dimension : tensor.ne()) {
                GgufEncoder.integer(out, dimension, Long.BYTES);
            }
            GgufEncoder.integer(out, tensor.type().id(), Integer.BYTES);
            GgufEncoder.integer(out, offset, Long.BYTES);
            offset += tensor.byteSize() + padding(tensor.byteSize());
        }
        return out.toByteArray();
    }

    private static void pad(WritableByteChannel channel, long written) throws IOException {
        WholeFile.writeFully(channel, MemorySegment.ofArray(new byte[padding(written)]));
    }

    private static int padding(long size) {
        return (int) (-size & (ALIGNMENT - 1));
    }
}
