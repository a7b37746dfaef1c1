package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.UnreadableFileException;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

class TorchFileTests {
    @TempDir
    private Path folder = Path.of("");

    private final Tensor floats = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

    private TorchZip one() {
        return TorchZip.of(new LinkedHashMap<>(Map.of("a", floats)));
    }

    private Path file() {
        return folder.resolve("delta_mem_adapter.pt");
    }

    @Test
    void readsWhatWasSaved() throws IOException {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b", floats);
        tensors.put("a", Tensor.ofRounded(DType.BFLOAT16, Shape.of(3), 1, -2, 3));
        tensors.put("c", Tensor.ofRounded(DType.FLOAT16, Shape.of(1, 2), 0.5, 7));
        SequencedMap<String, Tensor> read = TorchFile.read(TorchZip.of(tensors).write(file()));
        assertThat(read.keySet()).containsExactly("b", "a", "c");
        read.forEach((name, tensor) -> assertThat(tensor.sameBits(tensors.get(name))).as(name).isTrue());
    }

    @Test
    void refusesOtherArchives() throws IOException {
        refuses(Files.writeString(file(), "no archive"),
                ": expected a zip archive as torch.save writes it, found zip END header not found");
        refuses(one().entry("archive/code/__torch__.py", "import os").write(file()),
                ": expected only what torch.save writes: data.pkl, data/<n>, byteorder, version, …, found entry "
                        + "\"archive/code/__torch__.py\", as of a TorchScript module: torch.save its state_dict()");
        refuses(new TorchZip().entry("a.npy", "x").write(file()),
                ": expected only what torch.save writes: data.pkl, data/<n>, byteorder, version, …, found entry "
                        + "\"a.npy\", as of arrays of NumPy: torch.save tensors");
        refuses(one().entry("other/data.pkl", "x").write(file()),
                ", data.pkl: expected one entry of that name, found another");
        refuses(one().entry("../data/1", "x").write(file()),
                ": expected one folder in the archive, found \".., archive\"");
        refuses(one().entry("data.pkl", "x").write(file()),
                ": expected only what torch.save writes: data.pkl, data/<n>, byteorder, version, …, found entry "
                        + "\"data.pkl\"");
        refuses(one().without("archive/data.pkl").write(file()), ": expected an entry data.pkl, found none");
        refuses(one().entry("archive/byteorder", "big").write(file()),
                ", byteorder: expected little, found \"big\"");
        refuses(one().write(file(), ZipEntry.DEFLATED),
                ", archive/data/0: expected a stored entry, found a compressed one");
        refuses(one().entry("archive/data.pkl", new byte[TorchFile.MAX_PICKLE]).write(file()),
                ", data.pkl at byte 0: expected opcode PROTO and protocol 2, found others");
        refuses(one().entry("archive/data.pkl", new byte[TorchFile.MAX_PICKLE + 1]).write(file()),
                ", archive/data.pkl: expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void saysWhatStandsInItsPlace() throws IOException {
        refuses(Files.write(file(), "\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\31.".getBytes(
                StandardCharsets.ISO_8859_1)), ": expected a zip archive as torch.save writes it, found a file in"
                        + " PyTorch's old format: load it, and torch.save it again without"
                        + " _use_new_zipfile_serialization=False");
        refuses(Files.write(file(), new byte[]{(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1}),
                ": expected a zip archive as torch.save writes it, found an array of NumPy");
        refuses(Files.createFile(folder.resolve("empty.pt")),
                ": expected a zip archive as torch.save writes it, found an empty file");
        assertThatExceptionOfType(UnreadableFileException.class)
                .isThrownBy(() -> TorchFile.read(Files.writeString(file(), "<html>")))
                .withMessage(
                        file() + ": expected a readable file, found an HTML page, as a failed download leaves one");
    }

    /** Several names for the same bytes, with which a small archive unpacks to large files. */
    @Test
    void refusesEntriesThatOverlap() throws IOException {
        TorchZip zip = new TorchZip();
        for (int i = 0; i < 4; i++) {
            zip.entry("archive/data/" + i, new byte[1000]);
        }
        byte[] bytes = Files.readAllBytes(zip.write(file()));
        byte[] central = {'P', 'K', 1, 2};
        int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(
                new String(central, StandardCharsets.ISO_8859_1));
        byte[] small = Arrays.copyOfRange(bytes, 0, 1100);
        byte[] rest = Arrays.copyOfRange(bytes, directory, bytes.length);
        int record = 46 + "archive/data/0".length();
        for (int i = 0; i < 4; i++) {
            Arrays.fill(rest, i * record + 42, i * record + 46, (byte) 0);
        }
        int end = rest.length - 22;
        rest[end + 16] = (byte) 1100;
        rest[end + 17] = (byte) (1100 >> 8);
        byte[] both = Arrays.copyOf(small, small.length + rest.length);
        System.arraycopy(rest, 0, both, small.length, rest.length);
        refuses(Files.write(file(), both),
                ", archive/data/1: expected entries no larger than the file together, found larger ones");
    }

    @Test
    void refusesDamagedEntries() throws IOException {
        byte[] bytes = Files.readAllBytes(one().write(file()));
        int data = "PK..".length() + 26 + "archive/data/0".length();
        bytes[data] ^= 1;
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TorchFile.read(Files.write(file(), bytes)))
                .withMessageMatching(
                        "\\Q" + file() + "\\E, archive/data/0: expected CRC-32 [0-9a-f]{8}, found [0-9a-f]{8}");
    }

    @Test
    void refusesStoragesThatAreNotThePickles() throws IOException {
        refuses(one().entry("archive/data/1", new byte[4]).write(file()),
                ", data/1: expected a tensor that uses it, found none");
        refusesStorage(one().without("archive/data/0"), "an entry data/<key> of the archive, found key \"0\"");
        refusesStorage(one().entry("archive/data/0", new byte[23]), "6 elements of float32 in data/0, found 23 bytes");
        refusesStorage(one().entry("archive/data/0", new byte[28]), "6 elements of float32 in data/0, found 28 bytes");
    }

    private void refusesStorage(TorchZip zip, String problem) {
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> TorchFile.read(zip.write(file())))
                .withMessageMatching(".*, data\\.pkl at byte \\d+: expected " + problem);
    }

    @Test
    void namesOpcodeAndByteOfWhatItRefuses() throws IOException {
        byte[] pickle = PickleBytes.protocol2().global("os", "system").text("id").raw(0x85).ascii("R").stop();
        refuses(TorchZip.of(pickle).write(file()),
                ", data.pkl at byte 2: expected a class or function of plain tensors, "
                        + "found opcode GLOBAL \"os system\"");
        refuses(TorchZip.of(PickleBytes.protocol2().ascii("}N").stop()).write(file()),
                ", data.pkl at byte 3: expected an opcode of plain tensors, found opcode NONE");
    }

    private static void refuses(Path file, String message) {
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> TorchFile.read(file))
                .withMessage(file + message);
    }
}
