package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Tensor;

/** The fingerprint as the hash of the fields of docs/state-format.md, laid out one after the other by hand. */
final class FingerprintTests {
    private final ByteArrayOutputStream fields = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(strings = {"basic", "weights-f32", "weights-f16", "free-lambda", "semantics-2-no-normalize-qk",
            "erase-gate-half", "layer-5", "head-v-only", "topk-1", "lambda-outside-free", "scalar-gates"})
    void isTheHashOfItsFields(String name) throws Exception {
        Path file = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data", name, "sidecar.gguf");
        try (Sidecar sidecar = SidecarReader.open(file)) {
            lay(sidecar);
            assertThat(Fingerprint.of(sidecar)).isEqualTo(
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(fields.toByteArray())));
        }
    }

    private void lay(Sidecar sidecar) {
        MemoryConfig config = sidecar.config();
        string("rwkv_ms_fingerprint.v1");
        fields.writeBytes(HexFormat.of().parseHex(sidecar.baseSha256()));
        u32(config.semanticsVersion(), config.rank(), config.numStateHeads(), config.numStates(),
                (int) config.chunkSize());
        fields.writeBytes(buffer(4).putFloat((float) config.alpha()).array());
        fields.writeBytes(buffer(8).putDouble(config.eraseGate()).array());
        u64(config.readTopK());
        string(config.updateMode().label());
        fields.write(config.normalizeQk() ? 1 : 0);
        fields.write(config.coupleLambda() ? 1 : 0);
        fields.write(config.rankwiseGates() ? 1 : 0);
        string("fixed_chunk");
        u32(sidecar.layers().size());
        sidecar.layers().forEach(layer -> u32(layer));
        StringBuilder heads = new StringBuilder();
        for (DeltaHead head : List.of(DeltaHead.Q, DeltaHead.K, DeltaHead.V, DeltaHead.O)) {
            heads.append(config.deltaHeads().contains(head) ? head.label() : "");
        }
        string(heads.toString());
        List<Map.Entry<String, Tensor>> tensors = new ArrayList<>();
        for (int layer : sidecar.layers()) {
            sidecar.layer(layer).tensors().forEach(
                    (name, tensor) -> tensors.add(Map.entry(TensorNames.compact(layer, name), tensor)));
        }
        tensors.sort(Comparator.comparing(Map.Entry::getKey)); // ASCII: as unsigned bytes
        u64(tensors.size());
        tensors.forEach(tensor -> lay(tensor.getKey(), tensor.getValue()));
        assertThat(tensors).hasSizeGreaterThanOrEqualTo(MemoryTensor.values().length - 2);
    }

    private void lay(String name, Tensor tensor) {
        string(name);
        u32(switch (tensor.dtype()) {
            case FLOAT32 -> 0;
            case FLOAT16 -> 1;
            default -> 30; // BF16
        });
        long[] dims = tensor.shape().dims();
        for (int axis = 0; axis < 4; axis++) {
            u64(axis < dims.length ? dims[dims.length - 1 - axis] : 1);
        }
        byte[] stored = tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
        u64(stored.length);
        fields.writeBytes(stored);
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        u32(bytes.length);
        fields.writeBytes(bytes);
    }

    private void u32(int... values) {
        for (int value : values) {
            fields.writeBytes(buffer(4).putInt(value).array());
        }
    }

    private void u64(long value) {
        fields.writeBytes(buffer(8).putLong(value).array());
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
