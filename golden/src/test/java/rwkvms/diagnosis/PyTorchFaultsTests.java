package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import rwkvms.golden.GoldenCase;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The faults of golden/pytorch/faults.py in PyTorch's float32 are named. {@code -Dpytorch.faults=DIR} is the folder that
 * golden/pytorch/fault_values.py has written.
 */
final class PyTorchFaultsTests {
    private static final String FOLDER = System.getProperty("rwkvms.pytorch.faults", "");
    private static final double MIN_NAMED = 0.95;

    private static Map<String, String> faults() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = PyTorchFaultsTests.class.getResourceAsStream("pytorch-faults.properties")) {
            properties.load(Objects.requireNonNull(in));
        }
        Map<String, String> faults = new TreeMap<>();
        properties.forEach((fault, hypothesis) -> faults.put((String) fault, (String) hypothesis));
        return faults;
    }

    @Test
    void everyFaultHasAHypothesis() throws Exception {
        Path script = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "pytorch", "faults.py");
        List<String> classes = Files.readAllLines(script).stream()
                .filter(line -> line.startsWith("class ") && line.endsWith("(Memory):"))
                .map(line -> line.substring("class ".length(), line.indexOf('('))).toList();
        assertThat(faults().keySet()).containsExactlyInAnyOrderElementsOf(classes);
        assertThat(faults().values()).allMatch(name -> Hypotheses.named(name).isPresent());
    }

    @Test
    void theyAreNamed() throws Exception {
        if (FOLDER.isEmpty()) {
            throw new TestAbortedException("NOT EVALUATED: -Dpytorch.faults names no folder");
        }
        Map<String, List<String>> others = new TreeMap<>();
        Map<String, List<String>> wrong = new TreeMap<>();
        Map<String, String> faults = faults();
        try (Mistaken mistaken = Mistaken.small()) {
            faults.forEach((fault, hypothesis) -> {
                List<Diagnosis> said = mistaken.diagnoses(golden -> values(fault, golden));
                List<String> named = said.stream().flatMap(each -> each.explanations().stream())
                        .map(each -> each.hypothesis().name()).toList();
                if (!named.contains(hypothesis) && !named.isEmpty()) {
                    wrong.put(fault, said.stream().flatMap(each -> each.lines().stream()).toList());
                }
                if (named.isEmpty() || !named.getFirst().equals(hypothesis)) {
                    others.put(fault, said.stream().flatMap(each -> each.lines().stream()).toList());
                }
            });
        }
        System.out.println("named first: " + (faults.size() - others.size()) + " of " + faults.size() + "; not: "
                + others);
        assertThat(wrong).isEmpty();
        assertThat((double) (faults.size() - others.size()) / faults.size()).isGreaterThanOrEqualTo(MIN_NAMED);
    }

    private static TensorSet values(String fault, GoldenCase golden) {
        Path folder = Path.of(FOLDER, fault, golden.name());
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        golden.fixture().expected().keySet().forEach(label -> {
            MathTensor name = MathTensor.ofLabel(label).orElseThrow();
            Shape shape = golden.fixture().expected(name).orElseThrow().shape();
            try {
                tensors.put(name, tensor(folder, label, shape));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return TensorSet.of(tensors);
    }

    private static Tensor tensor(Path folder, String label, Shape shape) throws IOException {
        Path floats = folder.resolve(label + ".f32");
        if (Files.exists(floats)) {
            float[] values = new float[shape.count()];
            ByteBuffer.wrap(Files.readAllBytes(floats)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            return Tensor.ofFloats(shape, values);
        }
        long[] values = new long[shape.count()];
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve(label + ".i64"))).order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer().get(values);
        return Tensor.ofLongs(shape, values);
    }
}
