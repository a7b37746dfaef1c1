package rwkvms.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Paint;
import java.awt.font.FontRenderContext;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.DatasetRenderingOrder;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.LevelRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * Plots of errors on a logarithmic scale, as an HTML image that carries its own data and so shows inline in a report that
 * is one file. PNG: an SVG of the same plot is 3 to 30 times larger, compressed still up to 2.5 times.
 *
 * <p>Runs without a display. Without a font there is a sentence in place of the plot: a verdict does not depend on it. An error of 0 is drawn at {@link #FLOOR} and an infinite one at {@link #CEILING}, because a
 * logarithmic axis has neither.
 */
public final class ErrorPlot {
    /** Errors below it are not worth telling from 0: float32 numbers as small as 1e-4 are 7e-12 apart. */
    static final double FLOOR = 1e-12;
    /** Errors above it are not worth telling from infinite ones. */
    static final double CEILING = 1e6;

    static final Color PASSED = new Color(0x6a, 0xa8, 0x4f);
    static final Color FAILED = new Color(0xcc, 0x33, 0x33);
    static final Color LIMIT = Color.BLACK;
    /** Colours of the lines in order, repeated if there are more lines. The colour-blind can tell them apart. */
    static final List<Color> LINES = List.of(new Color(0x00, 0x72, 0xb2), new Color(0xe6, 0x9f, 0x00),
            new Color(0x00, 0x9e, 0x73), new Color(0xcc, 0x79, 0xa7), new Color(0x56, 0xb4, 0xe9),
            new Color(0xd5, 0x5e, 0x00));

    static final String NO_FONT = "<p>no plot: this machine has no font; Debian: apt-get install fontconfig"
            + " fonts-dejavu-core</p>";

    private static final int WIDTH = 880;
    private static final int LINES_HEIGHT = 280;
    /** Points of a line: about every second pixel. */
    private static final int MAX_POINTS = 400;
    private static final int BAR_HEIGHT = 14;
    private static final int AXIS_HEIGHT = 60;
    static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

    private ErrorPlot() {
    }

    /** One bar per tensor, from top to bottom, green if it passed, red and named as failed if not, with its tolerance across. */
    public static String byTensor(List<TensorError> errors) {
        return drawn(() -> image(bars(errors), AXIS_HEIGHT + BAR_HEIGHT * errors.size(),
                "max abs diff by tensor, with its tolerance"));
    }

    static JFreeChart bars(List<TensorError> errors) {
        var bars = new DefaultCategoryDataset();
        var limits = new DefaultCategoryDataset();
        for (TensorError error : errors) {
            String name = error.passed() ? error.tensor() : error.tensor() + " FAILED";
            bars.addValue(drawable(error.maxAbsDiff()), "max abs diff", name);
            limits.addValue(drawable(error.tolerance()), "tolerance", name);
        }
        var names = new CategoryAxis();
        names.setTickLabelFont(SMALL);
        var values = errors.stream().flatMapToDouble(error -> DoubleStream.of(error.maxAbsDiff(), error.tolerance()));
        var plot = new CategoryPlot(bars, names, errorAxis(values), new VerdictBars(errors));
        plot.setOrientation(PlotOrientation.HORIZONTAL);
        plot.setRangeAxisLocation(AxisLocation.BOTTOM_OR_LEFT);
        plot.setDataset(1, limits);
        plot.setRenderer(1, limitLines());
        plot.setDatasetRenderingOrder(DatasetRenderingOrder.FORWARD);
        plot.setRangeGridlinePaint(GRID);
        return padded(new JFreeChart(null, SMALL, plot, false));
    }

    /** One line per tensor over the tokens, with the tolerance as a line across all of them. */
    public static String byToken(List<TokenErrors> errors, double tolerance) {
        return drawn(() -> image(lines(errors, tolerance), LINES_HEIGHT, "max abs diff by token, with the tolerance"));
    }

    static JFreeChart lines(List<TokenErrors> errors, double tolerance) {
        var series = new XYSeriesCollection();
        for (TokenErrors error : errors) {
            series.addSeries(line(error));
        }
        var tokens = new NumberAxis("token");
        tokens.setStandardTickUnits(PlainTicks.integers());
        tokens.setTickLabelFont(SMALL);
        tokens.setLabelFont(SMALL);
        var values = DoubleStream.concat(DoubleStream.of(tolerance),
                errors.stream().flatMap(error -> error.maxAbsDiff().stream()).mapToDouble(Double::doubleValue));
        var plot = new XYPlot(series, tokens, errorAxis(values), lineColours(errors.size()));
        plot.addRangeMarker(new ValueMarker(drawable(tolerance), LIMIT, new BasicStroke(1.5f)));
        plot.setRangeGridlinePaint(GRID);
        plot.setDomainGridlinesVisible(false);
        var chart = new JFreeChart(null, SMALL, plot, true);
        chart.getLegend().setItemFont(SMALL);
        return padded(chart);
    }

    /** Returns a line. A long scan has one point per several tokens, the highest of them, so that no peak is lost. */
    private static XYSeries line(TokenErrors error) {
        var line = new XYSeries(error.tensor());
        var values = error.maxAbsDiff();
        int stride = Math.ceilDiv(values.size(), MAX_POINTS);
        for (int token = 0; token < values.size(); token += stride) {
            line.add(token, drawable(Collections.max(values.subList(token, Math.min(token + stride, values.size())))));
        }
        return line;
    }

    private static double drawable(double error) {
        return Math.clamp(error, FLOOR, CEILING);
    }

    /** From below the floor to above the highest value, with a label at each power of ten. */
    private static LogAxis errorAxis(DoubleStream values) {
        var axis = new LogAxis("max abs diff");
        axis.setRange(FLOOR / 2, 3 * values.map(ErrorPlot::drawable).max().orElse(1));
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setNumberFormatOverride(PlainTicks.format("0E0"));
        axis.setTickLabelFont(SMALL);
        axis.setLabelFont(SMALL);
        return axis;
    }

    private static XYLineAndShapeRenderer lineColours(int count) {
        var renderer = new XYLineAndShapeRenderer(true, false);
        for (int line = 0; line < count; line++) {
            renderer.setSeriesPaint(line, LINES.get(line % LINES.size()));
        }
        return renderer;
    }

    private static LevelRenderer limitLines() {
        var renderer = new LevelRenderer();
        renderer.setSeriesPaint(0, LIMIT);
        renderer.setSeriesStroke(0, new BasicStroke(1.5f));
        return renderer;
    }

    static JFreeChart padded(JFreeChart chart) {
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(8, 4, 4, 16));
        return chart;
    }

    private static String drawn(Supplier<String> plot) {
        return Fonts.FOUND ? plot.get() : NO_FONT;
    }

    private static String image(JFreeChart chart, int height, String description) {
        chart.setAntiAlias(false);
        chart.setTextAntiAlias(true);
        byte[] png = FewColours.png(chart.createBufferedImage(WIDTH, height));
        return image("max-width:100%", description, png);
    }

    /** An HTML image that carries its own data. */
    static String image(String style, String description, byte[] png) {
        return "<img style=\"" + style + "\" alt=\"" + description + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\">";
    }

    /** Whether the JVM finds a font to write with. It throws whatever comes to hand if it finds none. */
    private static final class Fonts {
        static final boolean FOUND = found();

        private static boolean found() {
            try {
                return SMALL.createGlyphVector(new FontRenderContext(null, false, false), "0").getNumGlyphs() > 0;
            } catch (RuntimeException | Error e) {
                return false;
            }
        }
    }

    /** Bars coloured by the outcome of their tensor. */
    private static final class VerdictBars extends BarRenderer {
        private static final long serialVersionUID = 1;
        private final transient List<TensorError> errors;

        VerdictBars(List<TensorError> errors) {
            this.errors = List.copyOf(errors);
            setBarPainter(new StandardBarPainter());
            setShadowVisible(false);
        }

        @Override
        public Paint getItemPaint(int row, int column) {
            return errors.get(column).passed() ? PASSED : FAILED;
        }
    }
}
