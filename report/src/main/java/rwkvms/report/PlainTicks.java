package rwkvms.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.NumberTickUnitSource;
import org.jfree.chart.axis.TickUnit;
import org.jfree.chart.axis.TickUnitSource;

/** JFreeChart's ticks with labels that do not follow the user's locale. */
final class PlainTicks implements TickUnitSource {
    /** Fraction digits of a label; a finer tick has an exponent. */
    private static final int MAX_DIGITS = 4;

    private final TickUnitSource sizes;

    private PlainTicks(boolean integers) {
        this.sizes = new NumberTickUnitSource(integers);
    }

    static TickUnitSource numbers() {
        return new PlainTicks(false);
    }

    static TickUnitSource integers() {
        return new PlainTicks(true);
    }

    /** Returns a format that has a decimal point in every locale. */
    static DecimalFormat format(String pattern) {
        return new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT));
    }

    @Override
    public TickUnit getLargerTickUnit(TickUnit unit) {
        return plain(sizes.getLargerTickUnit(unit));
    }

    @Override
    public TickUnit getCeilingTickUnit(TickUnit unit) {
        return plain(sizes.getCeilingTickUnit(unit));
    }

    @Override
    public TickUnit getCeilingTickUnit(double size) {
        return plain(sizes.getCeilingTickUnit(size));
    }

    private static TickUnit plain(TickUnit unit) {
        return new NumberTickUnit(unit.getSize(), format(pattern(unit.getSize())), unit.getMinorTickCount());
    }

    private static String pattern(double size) {
        int digits = Math.max(0, -(int) Math.floor(Math.log10(size) + 1e-9));
        if (digits > MAX_DIGITS) {
            return "0.####E0";
        }
        return digits == 0 ? "#,##0" : "0." + "0".repeat(digits);
    }
}
