package rwkvms.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItem;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.CombinedRangeCategoryPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.StatisticalBarRenderer;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.data.statistics.DefaultStatisticalCategoryDataset;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;
import org.jfree.svg.SVGGraphics2D;

/**
 * A figure of means with confidence intervals, to print: grouped bars with whiskers, or lines in their bands. Runs without a
 * display. Colours are {@link ErrorPlot}'s, distinct to the colour-blind.
 *
 * @param name        a file name without extension
 * @param description what it shows, in a sentence
 */
public record Figure(String name, String description, Shape shape) {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 340;
    /** Pixels per unit of a PNG, so that it stays sharp on paper. */
    private static final int PNG_SCALE = 2;
    private static final double POINT = 5;
    private static final double PANEL_GAP = 10;

    /** Bars or lines. */
    public sealed interface Shape {
    }

    /** Groups of bars in panels side by side, one bar for each series that has a value in the group. */
    public record Bars(String valueLabel, List<Bar> bars) implements Shape {
        public Bars {
            bars = List.copyOf(bars);
        }
    }

    /** A bar's height with half its whisker; the panel's name, if it has one, stands below its groups. */
    public record Bar(String panel, String series, String group, double mean, double halfWidth) {
    }

    /** Lines over a number. */
    public record Lines(String argumentLabel, String valueLabel, List<Point> points) implements Shape {
        public Lines {
            points = List.copyOf(points);
        }
    }

    /** A line's point with its band. */
    public record Point(String series, double argument, double mean, double low, double high) {
    }

    /** Returns the figure for a vector drawing program or a paper. */
    public String svg() {
        SVGGraphics2D svg = new SVGGraphics2D(WIDTH, HEIGHT);
        // By default the names of clip paths depend on the time, and equal figures are different files.
        svg.setDefsKeyPrefix(name);
        chart().draw(svg, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
        return svg.getSVGDocument();
    }

    public byte[] png() {
        BufferedImage image = new BufferedImage(PNG_SCALE * WIDTH, PNG_SCALE * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.scale(PNG_SCALE, PNG_SCALE);
            chart().draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
            return FewColours.png(image);
        } finally {
            graphics.dispose();
        }
    }

    /** An HTML image that carries its own data. */
    public String html() {
        String text = CheckReport.escape(description);
        return "<figure>" + ErrorPlot.image("max-width:100%;width:" + WIDTH + "px", text, png()) + "<figcaption>" + text
                + "</figcaption></figure>";
    }

    private JFreeChart chart() {
        return ErrorPlot.padded(switch (shape) {
            case Bars bars -> new JFreeChart(plot(bars));
            case Lines lines -> new JFreeChart(plot(lines));
        });
    }

    private static CategoryPlot plot(Bars bars) {
        CombinedRangeCategoryPlot panels = new CombinedRangeCategoryPlot(numbers(bars.valueLabel()));
        panels.setGap(PANEL_GAP);
        List<String> series = bars.bars().stream().map(Bar::series).distinct().toList();
        LegendItemCollection legend = new LegendItemCollection();
        series.forEach(name -> legend.add(new LegendItem(name, colour(series.indexOf(name)))));
        panels.setFixedLegendItems(legend);
        for (String name : bars.bars().stream().map(Bar::panel).distinct().toList()) {
            panels.add(panel(name, series, bars.bars().stream().filter(bar -> bar.panel().equals(name)).toList()));
        }
        return panels;
    }

    private static CategoryPlot panel(String name, List<String> series, List<Bar> bars) {
        DefaultStatisticalCategoryDataset data = new DefaultStatisticalCategoryDataset();
        for (Bar bar : bars) {
            data.add(bar.mean(), bar.halfWidth(), bar.series(), bar.group());
        }
        StatisticalBarRenderer renderer = new StatisticalBarRenderer();
        renderer.setErrorIndicatorPaint(Color.BLACK);
        renderer.setItemMargin(0.02);
        for (int row = 0; row < data.getRowCount(); row++) {
            renderer.setSeriesPaint(row, colour(series.indexOf(String.valueOf(data.getRowKey(row)))));
        }
        CategoryAxis groups = new CategoryAxis(name.isEmpty() ? null : name);
        groups.setTickLabelFont(ErrorPlot.SMALL);
        groups.setMaximumCategoryLabelLines(2);
        // A label may reach into the margin between groups before a word is broken.
        groups.setMaximumCategoryLabelWidthRatio(1.2f);
        groups.setLowerMargin(0.02);
        groups.setUpperMargin(0.02);
        CategoryPlot plot = new CategoryPlot(data, groups, null, renderer);
        plot.setRangeGridlinePaint(ErrorPlot.GRID);
        plot.setOutlineVisible(false);
        return plot;
    }

    private static XYPlot plot(Lines lines) {
        YIntervalSeriesCollection data = new YIntervalSeriesCollection();
        for (String name : lines.points().stream().map(Point::series).distinct().toList()) {
            YIntervalSeries series = new YIntervalSeries(name);
            lines.points().stream().filter(point -> point.series().equals(name))
                    .forEach(point -> series.add(point.argument(), point.mean(), point.low(), point.high()));
            data.addSeries(series);
        }
        DeviationRenderer renderer = new DeviationRenderer(true, true);
        renderer.setAlpha(0.2f);
        for (int series = 0; series < data.getSeriesCount(); series++) {
            renderer.setSeriesPaint(series, colour(series));
            renderer.setSeriesFillPaint(series, colour(series));
            renderer.setSeriesStroke(series, new BasicStroke(1.6f));
            renderer.setSeriesShape(series, new Ellipse2D.Double(-POINT / 2, -POINT / 2, POINT, POINT));
        }
        NumberAxis arguments = numbers(lines.argumentLabel());
        arguments.setAutoRangeIncludesZero(false);
        XYPlot plot = new XYPlot(data, arguments, numbers(lines.valueLabel()), renderer);
        plot.setRangeGridlinePaint(ErrorPlot.GRID);
        plot.setDomainGridlinesVisible(false);
        plot.setOutlineVisible(false);
        return plot;
    }

    private static NumberAxis numbers(String label) {
        NumberAxis axis = new NumberAxis(label);
        axis.setStandardTickUnits(PlainTicks.numbers());
        axis.setTickLabelFont(ErrorPlot.SMALL);
        return axis;
    }

    private static Color colour(int series) {
        return ErrorPlot.LINES.get(series % ErrorPlot.LINES.size());
    }
}
