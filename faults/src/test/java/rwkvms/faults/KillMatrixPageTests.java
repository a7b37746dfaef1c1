package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import rwkvms.faults.Fault.Expectation;

/** The kill matrix as the report shows it: words, which need neither a colour nor a rare glyph. */
final class KillMatrixPageTests {
    private static Fault fault(String name, Expectation expectation) {
        return new Fault(name, FaultStage.SCAN, "a < b", "golden", List.of(), expectation,
                Optional.empty(), true, Fault.Origin.TESTS, false);
    }

    private static KillMatrix.Row row(Fault fault, Suite suite, SuiteResult result) {
        return new KillMatrix.Row(fault, Map.of(suite, result), 1);
    }

    @Test
    void whatWasNoticedIsKilledAndWhatWasNotIsAlive() {
        KillMatrix matrix = new KillMatrix(List.of(
                row(fault("swapped", Expectation.KILLED), Suite.GOLDEN,
                        new SuiteResult.Failed(Optional.of(FaultStage.SCAN), "scan: raw_reads \"[0]\"")),
                row(fault("hangs", Expectation.KILLED), Suite.NATIVE,
                        new SuiteResult.Crashed(Optional.empty(), "SIGSEGV")),
                row(fault("missed", Expectation.KILLED), Suite.GOLDEN, new SuiteResult.Passed(60))), 3);
        String html = matrix.html();
        assertThat(html).contains("<td title=\"scan: raw_reads &quot;[0]&quot;\">killed</td>",
                "<td title=\"CRASH: SIGSEGV\">killed, crash</td>", "<td title=\"passed 60\">alive</td>",
                "<td title=\"not run\">-</td>", "<b>NOT AS EXPECTED</b> missed<br><small>a &lt; b. golden</small>",
                "2 of 3 killed");
        assertThat(matrix.figures()).isEqualTo(Map.of("faults killed", "2 of 3; 0 of 0 equivalent ones not noticed",
                "stage named", "1 of 2, 50 %"));
        assertThat(html.split("<b>NOT AS EXPECTED</b>", -1)).hasSize(2);
        assertThat(html).doesNotContain("✓", "✗", "💥");
        assertThat(html.codePoints()).as("glyphs that every font has").allMatch(c -> c < 0x2000 || c == '…');
    }
}
