package rwkvms.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.gguf.Quote;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The tensors of a file that {@code torch.save} wrote: a zip archive of one folder with a pickle, {@code data.pkl}, and a
 * file for each storage. Nothing of it is executed ({@link Unpickler}).
 *
 * <p>Entries must be stored, not compressed, as PyTorch writes them, and together no larger than the file: memory is
 * bounded by the file. Each is checked against its CRC-32; a storage that no tensor uses is refused.
 */
final class TorchFile {
    /** Largest pickle in bytes: 40 times the published one, which has 186 tensors. */
    static final int MAX_PICKLE = 1 << 20;

    private static final String PICKLE = "data.pkl";
    private static final String DATA = "data/";
    private static final String BYTE_ORDER = "byteorder";
    private static final Pattern ENTRY = Pattern.compile("([^/]+)/("
            + "data\\.pkl|data/[0-9]{1,9}|byteorder|version|\\.format_version|\\.storage_alignment|\\.data/serialization_id)");

    private final Path file;
    private final Map<String, byte[]> entries = new HashMap<>();
    private final Set<String> used = new HashSet<>();

    private TorchFile(Path file) {
        this.file = file;
    }

    /** The tensors by name, in the order of the dict. */
    static SequencedMap<String, Tensor> read(Path file) throws IOException {
        TorchFile torch = new TorchFile(file);
        torch.load();
        return torch.tensors();
    }

    private void load() throws IOException {
        try (ZipFile zip = new ZipFile(InputFile.require(file).toFile())) {
            Set<String> folders = new TreeSet<>();
            long left = Files.size(file);
            for (ZipEntry entry : (Iterable<ZipEntry>) () -> zip.stream().map(ZipEntry.class::cast).iterator()) {
                Matcher name = ENTRY.matcher(entry.getName());
                if (!name.matches()) {
                    throw refusal("", "only what torch.save writes: data.pkl, data/<n>, byteorder, version, …",
                            "entry " + Quote.of(entry.getName()) + advice(entry.getName()));
                }
                folders.add(name.group(1));
                left -= entry.getSize();
                requirePlain(entry, left);
                if (entries.put(name.group(2), bytes(zip, entry)) != null) {
                    throw refusal(name.group(2), "one entry of that name", "another");
                }
            }
            if (folders.size() > 1) {
                throw refusal("", "one folder in the archive", Quote.of(String.join(", ", folders)));
            }
        } catch (ZipException | EOFException malformed) {
            throw new CheckpointException(file, "", "a zip archive as torch.save writes it",
                    FileKind.of(file).map(FileKind::words).orElse("" + malformed.getMessage()), malformed);
        }
    }

    private static String advice(String entry) {
        if (entry.contains("/code/") || entry.contains("/constants")) {
            return ", as of a TorchScript module: torch.save its state_dict()";
        }
        return entry.endsWith(".npy") ? ", as of arrays of NumPy: torch.save tensors" : "";
    }

    private void requirePlain(ZipEntry entry, long left) throws CheckpointException {
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
            throw refusal(entry.getName(), "a stored entry", "a compressed one");
        }
        if (left < 0) {
            throw refusal(entry.getName(), "entries no larger than the file together", "larger ones");
        }
    }

    private byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
        int maxBytes = entry.getName().endsWith("/" + PICKLE) ? MAX_PICKLE : Integer.MAX_VALUE - 8;
        if (entry.getSize() > maxBytes) {
            throw refusal(entry.getName(), "at most " + maxBytes + " bytes", "" + entry.getSize());
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) entry.getSize());
            CRC32 crc = new CRC32();
            crc.update(bytes);
            if (crc.getValue() != entry.getCrc()) {
                throw refusal(entry.getName(), String.format(Locale.ROOT, "CRC-32 %08x", entry.getCrc()),
                        String.format(Locale.ROOT, "%08x", crc.getValue()));
            }
            return bytes;
        }
    }

    private SequencedMap<String, Tensor> tensors() throws CheckpointException {
        byte[] pickle = entries.get(PICKLE);
        if (pickle == null) {
            throw refusal("", "an entry " + PICKLE, "none");
        }
        byte[] order = entries.get(BYTE_ORDER);
        String stated = order == null ? "little" : new String(order, StandardCharsets.ISO_8859_1);
        if (!stated.equals("little")) {
            throw refusal(BYTE_ORDER, "little", Quote.of(stated));
        }
        try {
            SequencedMap<String, Tensor> tensors = Unpickler.read(pickle, this::storage);
            requireAllUsed();
            return tensors;
        } catch (PickleException refused) {
            throw new CheckpointException(file, PICKLE + " at byte " + refused.offset(), refused.expected(),
                    refused.found(), refused);
        }
    }

    private Storage storage(String key, DType dtype, long count, int at) throws PickleException {
        byte[] bytes = entries.get(DATA + key);
        if (bytes == null) {
            throw new PickleException(at, "an entry data/<key> of the archive", "key " + Quote.of(key));
        }
        if (count != bytes.length / dtype.bytes() || bytes.length % dtype.bytes() != 0) {
            throw new PickleException(at, count + " elements of " + dtype.label() + " in " + DATA + key,
                    bytes.length + " bytes");
        }
        used.add(DATA + key);
        return new Storage(dtype, count, MemorySegment.ofArray(bytes));
    }

    private void requireAllUsed() throws CheckpointException {
        for (String name : new TreeSet<>(entries.keySet())) {
            if (name.startsWith(DATA) && !used.contains(name)) {
                throw refusal(name, "a tensor that uses it", "none");
            }
        }
    }

    private CheckpointException refusal(String place, String expected, String found) {
        return new CheckpointException(file, place, expected, found);
    }
}
