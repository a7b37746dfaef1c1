package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A sidecar damaged after Java has validated it, and the forward pass on buffers of its own. */
class NativeRuntimeTests {
    private static final Path BASIC = Path.of(System.getProperty("rwkvms.root"), "golden", "data", "basic",
            "sidecar.gguf");

    @Test
    void aSidecarDamagedAfterItsValidationIsRefused(@TempDir Path folder) throws Exception {
        Path copy = Files.copy(BASIC, folder.resolve("sidecar.gguf"));
        try (Sidecar sidecar = SidecarReader.open(copy); NativeRuntime runtime = NativeRuntime.open()) {
            try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new byte[]{'G', 'G', 'M', 'L'}), 0);
            }
            assertThatExceptionOfType(NativeException.class)
                    .isThrownBy(() -> runtime.load(MemoryModel.of(sidecar)).close())
                    .withMessage("rwkv_ms_sidecar_open: RWKV_MS_E_GGUF_MAGIC (201): " + copy
                            + ": not a GGUF file: magic at byte 0: expected 'GGUF', found 'GGML'")
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(201));
        }
    }

    @Test
    void reusedBuffersGiveTheSameBits() throws Exception {
        int tokens = 5;
        try (Sidecar sidecar = SidecarReader.open(BASIC);
                NativeRuntime runtime = NativeRuntime.open();
                NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
                NativeSession session = memory.newSession();
                NativeSession reused = memory.newSession()) {
            int layer = sidecar.layers().getFirst();
            try (NativeForward forward = reused.forward(layer, tokens)) {
                Random random = new Random(3);
                for (int call = 0; call < 3; call++) {
                    Tensor hidden = hidden(random, tokens, sidecar.config().hiddenSize());
                    forward.hidden().copyFrom(hidden.bytes());
                    forward.run();
                    TensorSet expected = session.forward(layer, ForwardInput.of(hidden));
                    assertThat(forward.delta(DeltaHead.Q).toArray(ValueLayout.JAVA_BYTE))
                            .isEqualTo(expected.get(MathTensor.DELTA_Q).bytes().toArray(ValueLayout.JAVA_BYTE));
                    assertThat(forward.delta(DeltaHead.Q).mismatch(MemorySegment.ofArray(
                            new byte[(int) forward.delta(DeltaHead.Q).byteSize()]))).isNotNegative();
                }
                assertThatIllegalArgumentException().isThrownBy(() -> forward.delta(DeltaHead.K))
                        .withMessage("expected one of the heads [Q, O], found K");
            }
            assertThat(reused.state(layer).position()).isEqualTo(3L * tokens);
            assertThat(reused.state(layer).state().sameBits(session.state(layer).state())).isTrue();
        }
    }

    private static Tensor hidden(Random random, int tokens, int width) {
        float[] values = new float[tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(Shape.of(tokens, width), values);
    }
}
