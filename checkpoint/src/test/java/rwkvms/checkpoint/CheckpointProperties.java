package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.statistics.Statistics;
import rwkvms.math.DeltaHead;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.sidecar.validation.SidecarValidator;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Any valid sidecar goes to a checkpoint and back byte for byte; any damage to one is refused by name. */
class CheckpointProperties {
    private static final Path FOLDER = folder();

    private static Path folder() {
        try {
            return Files.createTempDirectory("checkpoints");
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @AfterContainer
    static void clean() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** export ∘ materialize = identity; and from PyTorch's form, with the sidecar's texts, the same again. */
    @Property(tries = 25, edgeCases = EdgeCasesMode.NONE)
    void sidecarsGoToCheckpointsAndBack(@ForAll("sidecars") SyntheticSidecar sizes, @ForAll long seed)
            throws IOException {
        Path file = FOLDER.resolve("sidecar.gguf");
        Path target = FOLDER.resolve("checkpoint");
        SidecarWriter.write(file, sizes.draft(seed), true);
        assertThat(SidecarValidator.validate(file, null).isComputable()).isTrue();
        byte[] bytes = Files.readAllBytes(file);
        try (Sidecar sidecar = SidecarReader.open(file)) {
            CheckpointFolder.write(target, Checkpoint.of(sidecar), true);
            Checkpoint read = CheckpointFolder.read(target);
            assertThat(CheckpointComparison.of(Checkpoint.of(sidecar), read)).isEqualTo(
                    new CheckpointComparison(List.of(), true));
            assertThat(SidecarWriter.toBytes(CheckpointExport.draft(target, read))).isEqualTo(bytes);

            Path torch = TorchZip.of(read.tensors()).write(FOLDER.resolve("adapter.pt"));
            Checkpoint pytorch = new Checkpoint(read.config(), read.metadata(), TorchFile.read(torch), Map.of());
            assertThat(SidecarWriter.toBytes(CheckpointExport.draft(target, pytorch)
                    .withTexts(sidecar.toDraft().texts()).withOrigin(sidecar.toDraft().origin())
                    .withFormatVersion(sizes.formatVersion()))).isEqualTo(bytes);
        }
    }

    @Provide
    Arbitrary<SyntheticSidecar> sidecars() {
        Arbitrary<int[]> versions = Arbitraries.of(new int[]{1, 1}, new int[]{2, 1}, new int[]{2, 2});
        Arbitrary<int[]> sizes = Arbitraries.integers().between(1, 20).array(int[].class).ofSize(6);
        Arbitrary<boolean[]> flags = Arbitraries.of(true, false).array(boolean[].class).ofSize(4);
        Arbitrary<DType> types = Arbitraries.of(DType.BFLOAT16, DType.FLOAT16, DType.FLOAT32);
        Arbitrary<Set<DeltaHead>> heads = Arbitraries.of(DeltaHead.class).set();
        Arbitrary<List<Integer>> layers = Arbitraries.integers().between(0, 99).list().ofMinSize(1).ofMaxSize(2);
        Arbitrary<Double> alphas = Arbitraries.of(16.0, 0.1, 1e-6, 3.0);
        return Combinators
                .combine(versions, sizes, flags, types, heads, layers, alphas, Arbitraries.of(UpdateMode.class))
                .as((version, size, flag, type, head, layer, alpha, mode) -> {
                    SortedMap<Integer, AttentionWidths> widths = new TreeMap<>();
                    layer.forEach(n -> widths.put(n, new AttentionWidths(size[2], size[3], size[4], size[5])));
                    return SyntheticSidecar.SMALL.withVersions(version[0], version[1])
                            .with(config -> config.withHiddenSize(size[0]).withRank(size[1]).withNormalizeQk(flag[0])
                                    .withCoupleLambda(flag[1]).withRankwiseGates(flag[2]).withDeltaHeads(head)
                                    .withAlpha(alpha).withUpdateMode(mode))
                            .withZeroDelta(flag[3]).withDtype(type).withLayers(widths);
                });
    }

    private static final byte[] TORCH = bytes("valid.pt");
    private static final byte[] SAFETENSORS = bytes("valid.safetensors");

    private static byte[] bytes(String name) {
        LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", Tensor.ofFloats(Shape.of(2, 2), 1, 2, 3, 4));
        tensors.put("b", Tensor.ofRounded(DType.BFLOAT16, Shape.of(3), 1, 2, 3));
        try {
            Path file = FOLDER.resolve(name);
            if (name.endsWith(".pt")) {
                TorchZip.of(tensors).write(file);
            } else {
                Safetensors.write(file, tensors, Map.of());
            }
            return Files.readAllBytes(file);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** One to three changed bytes give the same tensors, other ones or a refusal, but never another exception. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void damagedTorchFilesAreRefusedByName(@ForAll("damage") List<int[]> damage) throws IOException {
        Path file = Files.write(FOLDER.resolve("damaged.pt"), damaged(TORCH, damage));
        Statistics.label("pt").collect(outcome(() -> TorchFile.read(file)));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void damagedSafetensorsAreRefusedByName(@ForAll("damage") List<int[]> damage) throws IOException {
        Path file = Files.write(FOLDER.resolve("damaged.safetensors"), damaged(SAFETENSORS, damage));
        Statistics.label("safetensors").collect(outcome(() -> Safetensors.read(file)));
    }

    /** The pickle alone, because in an archive the CRC-32 would protect it. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void damagedPicklesAreRefusedByName(@ForAll("damage") List<int[]> damage) throws IOException {
        byte[] pickle = damaged(PICKLE, damage);
        Statistics.label("pickle").collect(outcome(() -> {
            try {
                Unpickler.read(pickle, CheckpointProperties::storage);
            } catch (PickleException refused) {
                throw new CheckpointException(FOLDER, "at byte " + refused.offset(), refused.expected(),
                        refused.found(), refused);
            }
        }));
    }

    /** A storage of any size that an archive could hold. */
    private static Storage storage(String key, DType dtype, long count, int at) throws PickleException {
        if (count > 1 << 20) {
            throw new PickleException(at, "a storage of the archive", "" + count);
        }
        return new Storage(dtype, count, MemorySegment.ofArray(new byte[(int) count * dtype.bytes()]));
    }

    private static final byte[] PICKLE = PickleBytes.protocol2().ascii("}q").raw(0).text("a")
            .storage("FloatStorage", "0", 4).number(0).tuple(2, 2).tuple(2, 1).rebuild().ascii("s").stop();

    private interface Reading {
        void run() throws IOException;
    }

    private static String outcome(Reading reading) throws IOException {
        try {
            reading.run();
            return "read";
        } catch (CheckpointException refused) {
            assertThat(refused.getMessage()).contains(": expected ", ", found ");
            return "refused";
        }
    }

    private static byte[] damaged(byte[] sound, List<int[]> damage) {
        byte[] bytes = sound.clone();
        for (int[] change : damage) {
            bytes[change[0] % bytes.length] = (byte) change[1];
        }
        return bytes;
    }

    @Provide
    Arbitrary<List<int[]>> damage() {
        return Combinators.combine(Arbitraries.integers().between(0, 1_000_000), Arbitraries.integers().between(0, 255))
                .as((at, value) -> new int[]{at, value}).list().ofMinSize(1).ofMaxSize(3);
    }

    /** A file that is cut anywhere is refused. */
    @Property(tries = 100)
    void truncatedFilesAreRefused(@ForAll @IntRange(max = 10_000) int length) throws IOException {
        for (byte[] sound : List.of(TORCH, SAFETENSORS)) {
            Path file = Files.write(FOLDER.resolve("cut"), Arrays.copyOf(sound, length % sound.length));
            assertThat(outcome(() -> {
                if (sound == TORCH) {
                    TorchFile.read(file);
                } else {
                    Safetensors.read(file);
                }
            })).isEqualTo("refused");
        }
    }
}
