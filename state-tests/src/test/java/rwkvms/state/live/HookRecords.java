package rwkvms.state.live;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What the program {@code live_parity} wrote down of one run: tensors by layer and name. */
record HookRecords(Map<String, Tensor> tensors) implements Parity.Records {
    /** Of a line: flash attention, microbatch, layer, name, tokens, width. */
    private static final int FIELDS = 6;

    /** The runs of a file, by flash attention (0 or 1), a blank, and the microbatch. */
    static Map<String, HookRecords> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        Map<String, HookRecords> runs = new LinkedHashMap<>();
        while (bytes.hasRemaining()) {
            String[] fields = line(bytes).split(" ", FIELDS);
            float[] values = new float[Integer.parseInt(fields[4]) * Integer.parseInt(fields[5])];
            bytes.asFloatBuffer().get(values);
            bytes.position(bytes.position() + values.length * Float.BYTES);
            runs.computeIfAbsent(fields[0] + " " + fields[1], _ -> new HookRecords(new LinkedHashMap<>())).tensors
                    .put(fields[2] + " " + fields[3], Tensor.ofFloats(
                            Shape.of(Long.parseLong(fields[4]), Long.parseLong(fields[5])), values));
        }
        return runs;
    }

    private static String line(ByteBuffer bytes) {
        int start = bytes.position();
        while (bytes.get() != '\n') {
            // The end of a line is looked for.
        }
        return new String(bytes.array(), start, bytes.position() - 1 - start, StandardCharsets.US_ASCII);
    }

    @Override
    public Tensor of(int layer, String name) {
        Tensor tensor = tensors.get(layer + " " + name);
        if (tensor == null) {
            throw new AssertionError(
                    "layer " + layer + ": expected a record of " + name + ", found " + tensors.keySet());
        }
        return tensor;
    }
}
