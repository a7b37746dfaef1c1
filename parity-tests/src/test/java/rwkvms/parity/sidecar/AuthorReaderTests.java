package rwkvms.parity.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.sidecar.validation.SidecarValidator;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The reader that authors may take (shim/sidecar_reader.h), in a runtime that takes several state heads (author.cpp): on every class of the
 * malformed corpus it says what the validator says. SidecarDifferentialTests has the same code with random changes.
 */
final class AuthorReaderTests {
    private static final Path LIBRARY = NativeFiles.folder().resolveSibling("shim")
            .resolve(System.mapLibraryName("author"));
    private static final String OK = "RWKV_MS_OK";
    private static final String STATUS = "RWKV_MS_E_";

    private static Set<FindingCode> errors(SidecarCase file) {
        Set<FindingCode> errors = EnumSet.noneOf(FindingCode.class);
        SidecarValidator.validate(file.file(), file.base().orElse(null)).findings().stream()
                .filter(finding -> finding.severity() == FindingCode.Severity.ERROR)
                .forEach(finding -> errors.add(finding.code()));
        errors.remove(FindingCode.NUM_STATE_HEADS); // it takes any number
        return errors;
    }

    /** The corpus, and what all its recipes start from. */
    private static List<SidecarCase> corpus(Path folder) throws IOException {
        List<SidecarCase> files = new ArrayList<>();
        Path valid = Files.write(folder.resolve("valid.gguf"), MalformedCorpus.valid());
        files.add(new SidecarCase("valid", valid, Optional.empty(), Optional.empty()));
        for (MalformedClass malformed : MalformedCorpus.all()) {
            Path file = folder.resolve(files.size() + ".gguf");
            Optional<Path> base = malformed.writeTo(file, folder.resolve(files.size() + ".base"));
            files.add(new SidecarCase(malformed.name(), file, base, Optional.of(malformed)));
        }
        return files;
    }

    @Test
    void itTakesWhatTheValidatorTakesAndNamesWhatItRefuses(@TempDir Path folder) throws Exception {
        List<String> wrong = new ArrayList<>();
        Map<FindingCode, Integer> refused = new EnumMap<>(FindingCode.class);
        int taken = 0;
        try (NativeRuntime author = NativeRuntime.open("author", LIBRARY, Optional.empty(), 1)) {
            for (SidecarCase file : corpus(folder)) {
                NativeRuntime.Opening opening = author.tryOpen(file.file(), file.base());
                Set<FindingCode> errors = errors(file);
                if (opening.status().equals(OK) && errors.isEmpty()) {
                    taken++;
                } else if (errors.stream().noneMatch(code -> opening.status().equals(STATUS + code))) {
                    wrong.add(file.name() + ": validator " + errors + ", reader " + opening);
                }
                file.malformed().map(MalformedClass::code).filter(code -> opening.status().equals(STATUS + code))
                        .ifPresent(code -> refused.merge(code, 1, Integer::sum));
            }
        }
        System.out.printf(Locale.ROOT, "the author's reader takes %d files; classes of the corpus by refusal: %s%n",
                taken,
                refused);
        assertThat(wrong).isEmpty();
        assertThat(taken).isPositive();
        assertThat(refused).as("codes that the corpus provokes").hasSizeGreaterThan(60);
    }
    /** Values of a type from 0 to its largest ones, each other negative: of every exponent, the smallest too. */
    private static Tensor everySize(DType type, int infinity, Shape shape) {
        ByteBuffer bytes = ByteBuffer.allocate(shape.count() * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < shape.count(); i++) {
            int bits = i * (infinity / shape.count()) | (i % 2 << 8 * type.bytes() - 1);
            if (type.bytes() == Short.BYTES) {
                bytes.putShort((short) bits);
            } else {
                bytes.putInt(bits);
            }
        }
        return Tensor.copyOf(type, shape, bytes.array());
    }

    private static double[] sourceOfUnits(NativeRuntime runtime, Sidecar sidecar, int width) throws Exception {
        float[] units = new float[width * width];
        for (int t = 0; t < width; t++) {
            units[t * width + t] = 1;
        }
        try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar)); MemorySession session = memory.newSession()) {
            return session.forward(0, ForwardInput.of(Tensor.ofFloats(Shape.of(width, width), units)))
                    .get(MathTensor.MEMORY_SOURCE).toDoubles();
        }
    }

    /** The source of a token that is a unit vector is a column of mem_v, to the bit; our library reads the same. */
    @ParameterizedTest
    @CsvSource({"BFLOAT16, 0x7f80", "FLOAT16, 0x7c00", "FLOAT32, 0x7f800000"})
    void itReadsWeightsOfEverySize(DType type, String infinity, @TempDir Path folder) throws Exception {
        SidecarDraft draft = SyntheticSidecar.SMALL.withDtype(type).draft(1);
        TreeMap<Integer, LayerWeights> layers = new TreeMap<>(draft.layers());
        EnumMap<MemoryTensor, Tensor> weights = new EnumMap<>(draft.layers().get(0).tensors());
        Shape shape = draft.layers().get(0).memV().shape();
        Tensor drawn = everySize(type, Integer.decode(infinity), shape);
        weights.put(MemoryTensor.MEM_V, drawn);
        layers.put(0, LayerWeights.of(weights));
        Path file = folder.resolve("sizes.gguf");
        SidecarWriter.write(file, new SidecarDraft(draft.formatVersion(), draft.texts(), draft.origin(), draft.config(),
                draft.metadata(), draft.summary(), layers), true);
        int rows = shape.dim(0);
        int width = shape.dim(1);
        double[] expected = new double[drawn.count()];
        for (int i = 0; i < expected.length; i++) {
            expected[i % width * rows + i / width] = drawn.at(i);
        }

        try (Sidecar sidecar = SidecarReader.open(file)) {
            try (NativeRuntime author = NativeRuntime.open("author", LIBRARY, Optional.empty(), 1)) {
                assertThat(sourceOfUnits(author, sidecar, width)).containsExactly(expected);
            }
            try (NativeRuntime ours = NativeRuntime.open()) {
                assertThat(sourceOfUnits(ours, sidecar, width)).containsExactly(expected);
            }
        }
    }
}
