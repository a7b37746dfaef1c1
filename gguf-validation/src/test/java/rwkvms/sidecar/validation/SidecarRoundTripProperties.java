package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufReader;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.tensor.Tensor;

class SidecarRoundTripProperties {
    /** Written, read and written again: the same settings, the same weights bit for bit, the same bytes. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void validSidecarsRoundTrip(@ForAll("sizes") SidecarSizes sizes, @ForAll long seed) throws IOException {
        SidecarDraft draft = Drafts.of(sizes, seed);
        byte[] bytes = SidecarWriter.toBytes(draft);
        Path path = Files.createTempFile("sidecar", ".gguf");
        try (Arena arena = Arena.ofConfined()) {
            Files.write(path, bytes);
            Sidecar sidecar = SidecarReader.read(path, arena);
            assertThat(SidecarValidator.validate(path, null).isValid()).isEqualTo(sizes.heads() == 1);
            assertThat(sidecar.config()).isEqualTo(new MemoryConfig(sizes.hidden(), sizes.rank(), sizes.heads(), 4,
                    1024,
                    16, 0.5, 2, sizes.semantics(), sizes.mode(), Set.copyOf(sizes.deltaHeads()), true, sizes.coupled(),
                    sizes.rankwise()));
            assertThat(sidecar.layers()).isEqualTo(sizes.layers());
            for (int layer : sizes.layers()) {
                LayerWeights written = Objects.requireNonNull(draft.layers().get(layer));
                Map<MemoryTensor, Tensor> read = sidecar.layer(layer).tensors();
                assertThat(read.keySet()).isEqualTo(written.tensors().keySet());
                read.forEach((name, tensor) -> assertThat(written.tensors().get(name).sameBits(tensor)).isTrue());
            }
            assertThat(SidecarWriter.toBytes(sidecar.toDraft())).isEqualTo(bytes);
        } finally {
            Files.delete(path);
        }
    }

    private static final byte[] VALID = SidecarBytes.valid().bytes();

    /** Any single bit of a tensor's data changed: the hash in the manifest finds it, and names the tensor. */
    @Property(tries = 200)
    void changedPayloadsAreFound(@ForAll("payloadBits") int bit) throws GgufException {
        byte[] bytes = VALID.clone();
        bytes[bit / 8] ^= (byte) (1 << (bit % 8));
        ValidationReport report = SidecarValidator.check(Path.of("changed.gguf"),
                new SidecarFile(GgufReader.read(MemorySegment.ofArray(bytes)), null));
        assertThat(report.of(FindingCode.MANIFEST_SHA256)).extracting(Finding::place)
                .containsExactly("manifest entry \"blk.2.mem_q\", sha256_raw");
        assertThat(report.findings()).extracting(Finding::code).isSubsetOf(FindingCode.MANIFEST_SHA256,
                FindingCode.PAYLOAD_VALUE);
    }

    @Provide
    Arbitrary<Integer> payloadBits() {
        var file = SidecarBytes.valid().gguf();
        var memQ = file.tensors("blk.2.mem_q").getFirst();
        int start = (int) (file.dataStart() + memQ.dataOffset()) * 8;
        return Arbitraries.integers().between(start, start + (int) memQ.byteSize().orElseThrow() * 8 - 1);
    }

    @Provide
    Arbitrary<SidecarSizes> sizes() {
        return SidecarSizesArbitrary.of(3, 1, 1, 2, 4);
    }
}
