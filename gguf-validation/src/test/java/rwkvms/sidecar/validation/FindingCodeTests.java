package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.gguf.GgufFault;
import rwkvms.sidecar.validation.FindingCode.Kind;
import rwkvms.sidecar.validation.FindingCode.Severity;

class FindingCodeTests {
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
