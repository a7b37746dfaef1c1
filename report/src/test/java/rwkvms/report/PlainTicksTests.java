package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Locale;

import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.TickUnitSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Labels of axes, whatever the user's locale. */
final class PlainTicksTests {
    private final Locale before = Locale.getDefault();

    @BeforeEach
    void persian() {
        Locale.setDefault(Locale.forLanguageTag("fa-IR"));
    }

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    @Test
    void aFigureHasTheDigitsOfEverybody() {
        Figure lines = new Figure("lines", "A line", new Figure.Lines("noise", "recall",
                List.of(new Figure.Point("a", 1000, 0.5, 0.4, 0.6), new Figure.Point("a", 3000, 0.75, 0.7, 0.8))));
        Figure bars = new Figure("bars", "A bar",
                new Figure.Bars("recall", List.of(new Figure.Bar("few", "linear", "oracle", 0.5, 0.1))));
        assertThat(lines.svg()).contains(">1,000<", ">3,000<", ">0.1<").doesNotContainPattern("[\u06f0-\u06f9]");
        assertThat(bars.svg()).contains(">0.10<").doesNotContainPattern("[\u06f0-\u06f9]");
    }

    @Test
    void aPlotOfErrorsIsTheSameEverywhere() {
        List<TokenErrors> errors = List.of(new TokenErrors("keep", Collections.nCopies(20, 1e-7)));
        String persian = ErrorPlot.byToken(errors, 1e-5);
        Locale.setDefault(Locale.ROOT);
        assertThat(ErrorPlot.byToken(errors, 1e-5)).isEqualTo(persian);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.000004 | 5E-6
            0.0003   | 0.0005
            0.03     | 0.05
            0.3      | 0.5
            0.7      | 1
            3        | 5
            700      | 1,000
            """)
    void aLabelHasAsManyDigitsAsItsTick(double min, String label) {
        assertThat(labelOf(PlainTicks.numbers(), min)).isEqualTo(label);
    }

    private static String labelOf(TickUnitSource ticks, double min) {
        NumberTickUnit unit = (NumberTickUnit) ticks.getCeilingTickUnit(min);
        return unit.valueToString(unit.getSize());
    }

    @Test
    void integersHaveNoFinerTickThanOne() {
        assertThat(labelOf(PlainTicks.integers(), 0.3)).isEqualTo("1");
        NumberTickUnit one = new NumberTickUnit(1);
        assertThat(((NumberTickUnit) PlainTicks.numbers().getLargerTickUnit(one)).valueToString(2)).isEqualTo("2");
        assertThat(((NumberTickUnit) PlainTicks.numbers().getCeilingTickUnit(one)).valueToString(1)).isEqualTo("1");
    }
}
