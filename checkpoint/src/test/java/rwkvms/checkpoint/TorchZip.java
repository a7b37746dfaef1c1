package rwkvms.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** Writes archives as {@code torch.save} does. */
final class TorchZip {
    private final SequencedMap<String, byte[]> entries = new LinkedHashMap<>();

    /** The archive of a dict of tensors. */
    static TorchZip of(SequencedMap<String, Tensor> tensors) {
        PickleBytes pickle = PickleBytes.protocol2().ascii("}q").raw(0).ascii("(");
        TorchZip zip = new TorchZip();
        int key = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            pickle.text(entry.getKey()).storage(type(tensor.dtype()), "" + key, tensor.count()).number(0)
                    .tuple(tensor.shape().dims()).tuple(strides(tensor.shape().dims())).rebuild();
            zip.entry("archive/data/" + key++, tensor.bytes().toArray(ValueLayout.JAVA_BYTE));
        }
        return zip.entry("archive/data.pkl", pickle.ascii("u").stop()).entry("archive/byteorder", "little")
                .entry("archive/version", "3\n");
    }

    /** An archive of this pickle, and one storage of four float32 zeros. */
    static TorchZip of(byte[] pickle) {
        return new TorchZip().entry("archive/data.pkl", pickle).entry("archive/data/0", new byte[16]);
    }

    private static String type(DType dtype) {
        return switch (dtype) {
            case BFLOAT16 -> "BFloat16Storage";
            case FLOAT16 -> "HalfStorage";
            default -> "FloatStorage";
        };
    }

    static long[] strides(long[] dims) {
        long[] strides = new long[dims.length];
        long step = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= dims[axis];
        }
        return strides;
    }

    TorchZip entry(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    TorchZip entry(String name, String text) {
        return entry(name, text.getBytes(StandardCharsets.UTF_8));
    }

    TorchZip without(String name) {
        entries.remove(name);
        return this;
    }

    Path write(Path file) throws IOException {
        return write(file, ZipEntry.STORED);
    }

    Path write(Path file, int method) throws IOException {
        try (OutputStream out = Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry one = new ZipEntry(entry.getKey());
                one.setMethod(method);
                one.setSize(entry.getValue().length);
                CRC32 crc = new CRC32();
                crc.update(entry.getValue());
                one.setCrc(crc.getValue());
                zip.putNextEntry(one);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }
}
