package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What math.md says about the weights of a sidecar; MathTensorTests has its tensors. */
final class MathPageTests {
    private static final Path PAGE = Path.of(System.getProperty("rwkvms.root", "..")).resolve("docs/spec/math.md");
    private static final Pattern ROW = Pattern.compile("^\\| ([DGLO][DHL,]*) \\| (`[^|]*) \\|$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");

    private static String symbol(Dim dim) {
        return switch (dim) {
            case D, H, G -> dim.name();
            case L_W, L_A, L_G -> "L";
            case Q_OUT, K_OUT, V_OUT, O_OUT -> "O";
        };
    }

    /** Whoever writes a runtime from that page alone reads the shapes there. */
    @Test
    void thePageStatesTheShapeOfEachWeight() throws IOException {
        Map<String, String> stated = new TreeMap<>();
        ROW.matcher(Files.readString(PAGE)).results().forEach(row -> NAME.matcher(row.group(2)).results()
                .forEach(name -> stated.put(name.group(1), row.group(1))));

        assertThat(stated).isEqualTo(Arrays.stream(MemoryTensor.values()).collect(Collectors.toMap(
                MemoryTensor::compactTail,
                tensor -> tensor.dims().stream().map(MathPageTests::symbol).collect(Collectors.joining(",")),
                (one, other) -> one, TreeMap::new)));
    }
}
