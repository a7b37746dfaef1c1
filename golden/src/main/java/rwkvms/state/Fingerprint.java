package rwkvms.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgmlType;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.TensorTypes;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The hash that binds a state to its sidecar (docs/state-format.md, "Fingerprint"): SHA-256 of the base's hash, the settings in
 * effect and every tensor. It is the same on every machine and for every file with the same weights.
 */
public final class Fingerprint {
    private static final String DOMAIN = "rwkv_ms_fingerprint.v1";
    private static final int GGML_DIMS = 4;

    private final MessageDigest digest = Sha256.digest();

    private Fingerprint() {
    }

    /** 64 lower-case hexadecimal digits. */
    public static String of(Sidecar sidecar) {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.string(DOMAIN);
        fingerprint.digest.update(HexFormat.of().parseHex(sidecar.baseSha256()));
        fingerprint.settings(sidecar.config(), sidecar.layers());
        fingerprint.tensors(sidecar);
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private void settings(MemoryConfig config, List<Integer> layers) {
        u32(config.semanticsVersion());
        u32(config.rank());
        u32(config.numStateHeads());
        u32(config.numStates());
        u32(Math.toIntExact(config.chunkSize()));
        u32(Float.floatToRawIntBits((float) config.alpha()));
        u64(Double.doubleToRawLongBits(config.eraseGate()));
        u64(config.readTopK());
        string(config.updateMode().label());
        flag(config.normalizeQk());
        flag(config.coupleLambda());
        flag(config.rankwiseGates());
        string(MemoryConfig.FIXED_CHUNK);
        u32(layers.size());
        layers.forEach(this::u32);
        string(config.deltaHeads().stream().map(DeltaHead::label).collect(Collectors.joining()));
    }

    private void tensors(Sidecar sidecar) {
        Map<byte[], Tensor> tensors = new TreeMap<>((Comparator<byte[]>) Arrays::compareUnsigned);
        for (int layer : sidecar.layers()) {
            sidecar.layer(layer).tensors().forEach((name, tensor) -> tensors
                    .put(TensorNames.compact(layer, name).getBytes(StandardCharsets.UTF_8), tensor));
        }
        u64(tensors.size());
        tensors.forEach(this::tensor);
    }

    private void tensor(byte[] name, Tensor tensor) {
        bytes(name);
        u32(type(tensor.dtype()).id());
        for (int dim = 0; dim < GGML_DIMS; dim++) {
            u64(dim < tensor.shape().rank() ? tensor.shape().dim(-1 - dim) : 1);
        }
        u64(tensor.bytes().byteSize());
        digest.update(tensor.bytes().asByteBuffer());
    }

    private static GgmlType type(DType dtype) {
        return TensorTypes.ggml(dtype).orElseThrow(
                () -> new IllegalArgumentException("sidecar tensor: expected a float type, found " + dtype));
    }

    private void string(String text) {
        bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private void bytes(byte[] bytes) {
        u32(bytes.length);
        digest.update(bytes);
    }

    private void flag(boolean value) {
        digest.update((byte) (value ? 1 : 0));
    }

    private void u32(int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).flip());
    }

    private void u64(long value) {
        digest.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).flip());
    }
}
