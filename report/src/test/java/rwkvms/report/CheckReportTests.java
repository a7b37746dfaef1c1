package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import rwkvms.golden.CheckResult;

final class CheckReportTests {
    private static String html(CheckResult result) {
        return new CheckReport(result, new Provenance(new TreeMap<>()), "gate a").html();
    }

    @Test
    void whatSaysLittleIsMistrustedOnItsPage() {
        assertThat(html(Verdicts.mistrusted("a"))).contains("<b>a on reference: passed</b>")
                .contains("<p>Mistrusted: reads: 8 of 8 values are 0</p><p>Mistrusted: cannot tell &lt;a&gt;</p>");
        assertThat(html(Verdicts.passed("a"))).doesNotContain("Mistrusted");
    }
}
