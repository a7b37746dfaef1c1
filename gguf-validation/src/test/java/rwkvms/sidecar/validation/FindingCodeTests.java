package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.gguf.GgufFault;
import rwkvms.gguf.Profile;
import rwkvms.sidecar.validation.FindingCode.Kind;
import rwkvms.sidecar.validation.FindingCode.Severity;

/** The codes of findings, and the documented table of them. */
class FindingCodeTests {
    /** docs/sidecar-findings.md says the same about every code as the enum and the C++ header, in the enum's order. */
    @Test
    void theDocumentedTableIsTheEnums() throws IOException {
        Path table = Path.of(System.getProperty("rwkvms.root"), "docs", "sidecar-findings.md");
        List<List<String>> rows = Files.readAllLines(table).stream().filter(line -> line.startsWith("| `"))
                .map(line -> Arrays.stream(line.split("\\|")).skip(1).map(String::strip).toList()).toList();
        String header = Files.readString(
                Path.of(System.getProperty("rwkvms.root"), "native/src/main/cpp/include/rwkv_ms.h"));
        assertThat(rows).extracting(List::getFirst)
                .containsExactly(Stream.of(FindingCode.values()).map(code -> "`" + code + "`").toArray(String[]::new));
        for (List<String> row : rows) {
            FindingCode code = FindingCode.valueOf(row.getFirst().replace("`", ""));
            assertThat(row.subList(1, 5)).as(code.name()).containsExactly(word(code.kind().name()),
                    word(code.severity().name()), ruling(code, Profile.GGUF), ruling(code, Profile.GGML));
            assertThat(row.get(5)).as(code.name())
                    .isEqualTo(header.contains(" RWKV_MS_E_" + code + " ") ? "yes" : "no");
            assertThat(row.get(6)).as(code.name()).startsWith(code.description());
        }
    }

    private static String ruling(FindingCode code, Profile profile) {
        return code.rulings().map(rulings -> word(rulings.of(profile).name())).orElse("by case");
    }

    private static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @ParameterizedTest
    @EnumSource
    void everyFaultOfTheReaderHasItsCode(GgufFault fault) {
        FindingCode code = FindingCode.of(fault);
        assertThat(code.name()).isIn("GGUF_" + fault, fault.name());
        assertThat(code.kind()).isEqualTo(Kind.MALFORMED);
    }

    @Test
    void descriptionsTellCodesApart() {
        assertThat(Stream.of(FindingCode.values()).map(FindingCode::description)).doesNotHaveDuplicates();
    }

    @Test
    void onlyWarningsDoNotRefuse() {
        assertThat(Stream.of(FindingCode.values()).filter(code -> code.severity() == Severity.WARNING))
                .containsExactly(FindingCode.KEY_UNKNOWN, FindingCode.BASE_LAYERS_UNKNOWN,
                        FindingCode.LAMBDA_UNUSED, FindingCode.DEAD_TENSOR);
    }

    @Test
    void theReferenceTakesSeveralStateHeadsAndNothingElseThatIsWrong() {
        assertThat(Stream.of(FindingCode.values()).filter(code -> !code.stopsReference())).containsExactly(
                FindingCode.KEY_UNKNOWN, FindingCode.BASE_LAYERS_UNKNOWN, FindingCode.NUM_STATE_HEADS,
                FindingCode.LAMBDA_UNUSED, FindingCode.DEAD_TENSOR);
    }
}
