package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.text.AttributedCharacterIterator;
import java.text.AttributedString;
import java.text.CharacterIterator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogTick;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.svg.SVGGraphics2D;
import org.junit.jupiter.api.Test;

final class ErrorPlotTests {
    private static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    private static final Offset<Double> PIXEL = within(0.01);
    private static final String DATA = "src=\"data:image/png;base64,";

    @Test
    void noErrorIsAShortBarAndAnInfiniteOneStaysInsideThePlot() throws IOException {
        assertThat(barPixels(0)).isPositive().isEqualTo(barPixels(ErrorPlot.FLOOR / 10));
        assertThat(barPixels(Double.POSITIVE_INFINITY)).isEqualTo(barPixels(10 * ErrorPlot.CEILING));
    }

    @Test
    void aPlotOfALongScanStaysSmallEnoughForAReportOfHundreds() {
        var errors = Stream.of("raw_reads", "betas", "lambdas").map(name -> tokens(name, 2048)).toList();

        assertThat(ErrorPlot.byToken(errors, 1e-5).length()).isLessThan(50_000);
    }

    @Test
    void theOnePeakOfALongScanIsDrawn() throws IOException {
        var flat = new ArrayList<>(Collections.nCopies(2048, 1e-9));
        int linePixels = highestLine(flat);
        flat.set(1001, 1e-3);

        assertThat(highestLine(flat)).isLessThan(linePixels);
    }

    @Test
    void nothingComparedStillGivesAnImageWithADescription() throws IOException {
        assertThat(ErrorPlot.byTensor(List.of()))
                .startsWith("<img style=\"max-width:100%\" alt=\"max abs diff by tensor, with its tolerance\" " + DATA)
                .endsWith("\">");
        assertThat(decode(ErrorPlot.byToken(List.of(), 1e-5)).getWidth()).isEqualTo(880);
    }

    @Test
    void numbersThatCannotBeDrawnAreRefused() {
        assertThatThrownBy(() -> new TensorError("raw_reads", Double.NaN, 1e-5, false))
                .hasMessage("raw_reads: maxAbsDiff must be 0 or more, found NaN");
        assertThatThrownBy(() -> new TensorError("raw_reads", 0, 0, true))
                .hasMessage("raw_reads: tolerance must be above 0, found 0.0");
        assertThatThrownBy(() -> new TokenErrors("raw_reads", List.of(0.0, -1.0)))
                .hasMessage("raw_reads: the error of token 1 must be 0 or more, found -1.0");
    }

    /** Powers of ten are equally far apart, from 1e-12; the axis ends at three times the largest value. */
    @Test
    void barsEndAtTheirErrorsWithTheirLimitsAcross() {
        Drawing drawing = Drawing.of(ErrorPlot.bars(List.of(new TensorError("keep", 1e-9, 1e-5, true),
                new TensorError("reads", 1e-2, 1e-4, false), new TensorError("delta_o", 0, 1e-5, true))), 880, 120);
        List<Drawing.Line> grid = drawing.lines(GRID);
        Drawing.Scale scale = new Drawing.Scale(-12, grid.getFirst().x1(), -11, grid.get(1).x1());

        assertThat(grid).hasSize(11).allMatch(line -> line.x1() == line.x2());
        assertThat(drawing.boxes()).extracting(Drawing.Box::colour).containsExactly(Drawing.rgb(Color.WHITE),
                Drawing.rgb(Color.WHITE), Drawing.rgb(ErrorPlot.PASSED), Drawing.rgb(ErrorPlot.FAILED),
                Drawing.rgb(ErrorPlot.PASSED), "none");
        assertThat(drawing.boxes().getFirst()).isEqualTo(new Drawing.Box(Drawing.rgb(Color.WHITE), 0, 0, 880, 120,
                drawing.boxes().getFirst().order()));
        Drawing.Box plot = drawing.boxes().get(1);
        assertThat(plot.y()).isEqualTo(12);
        assertThat(plot.right()).isEqualTo(856).isCloseTo(scale.of(Math.log10(3e-2)), PIXEL);
        assertThat(plot.x()).isCloseTo(scale.of(Math.log10(ErrorPlot.FLOOR / 2)), PIXEL);
        List<Drawing.Box> bars = drawing.boxes().subList(2, 5);
        assertThat(bars).allMatch(bar -> bar.x() == plot.x() && bar.y() > plot.y() && bar.bottom() < plot.bottom());
        assertThat(bars.get(0).right()).isCloseTo(scale.of(-9), PIXEL);
        assertThat(bars.get(1).right()).isCloseTo(scale.of(-2), PIXEL);
        assertThat(bars.get(2).right()).isCloseTo(scale.of(-12), PIXEL);
        List<Drawing.Line> limits = drawing.lines(ErrorPlot.LIMIT);
        assertThat(limits).hasSize(3);
        for (int i = 0; i < 3; i++) {
            Drawing.Line limit = limits.get(i);
            assertThat(limit.x1()).isEqualTo(limit.x2()).isCloseTo(scale.of(i == 1 ? -4 : -5), PIXEL);
            assertThat(limit.y1()).isCloseTo(bars.get(i).y(), PIXEL);
            assertThat(limit.y2()).isCloseTo(bars.get(i).bottom(), PIXEL);
            assertThat(limit.thickness()).isEqualTo(1.5);
            assertThat(limit.order()).isGreaterThan(bars.getLast().order());
        }
        assertThat(drawing.texts()).allMatch(text -> text.size() == 11).extracting(Drawing.Text::text)
                .containsExactlyInAnyOrder("max abs diff", "keep", "reads FAILED", "delta_o");
        assertThat(drawing.texts()).filteredOn(text -> text.text().equals("max abs diff")).singleElement()
                .satisfies(label -> assertThat(label.y()).isGreaterThan(plot.bottom()));
    }

    @Test
    void linesGoThroughTheErrorsOfTheirTokens() {
        Drawing drawing = Drawing.of(ErrorPlot.lines(List.of(new TokenErrors("keep", List.of(1e-9, 1e-5, 1e-7)),
                new TokenErrors("reads", List.of(1e-2, 1e-12))), 1e-6), 880, 280);
        List<Drawing.Line> grid = drawing.lines(GRID);
        Drawing.Scale scale = new Drawing.Scale(-12, grid.getFirst().y1(), -11, grid.get(1).y1());

        assertThat(grid).hasSize(11).allMatch(line -> line.y1() == line.y2());
        assertThat(drawing.lines(Color.LIGHT_GRAY)).isEmpty();
        Drawing.Box plot = drawing.boxes().stream().filter(box -> box.y() == 12).findFirst().orElseThrow();
        assertThat(plot.right()).isEqualTo(856);
        assertThat(plot.y()).isCloseTo(scale.of(Math.log10(3e-2)), PIXEL);
        List<Drawing.Line> keep = drawing.lines(ErrorPlot.LINES.get(0));
        assertThat(keep).hasSize(2);
        assertThat(keep.get(0).y1()).isCloseTo(scale.of(-9), PIXEL);
        assertThat(keep.get(0).y2()).isEqualTo(keep.get(1).y1()).isCloseTo(scale.of(-5), PIXEL);
        assertThat(keep.get(1).y2()).isCloseTo(scale.of(-7), PIXEL);
        assertThat(keep.get(1).x2() - keep.get(1).x1()).isPositive().isCloseTo(keep.get(0).x2() - keep.get(0).x1(),
                PIXEL);
        List<Drawing.Line> reads = drawing.lines(ErrorPlot.LINES.get(1));
        assertThat(reads).hasSize(1);
        assertThat(reads.getFirst().x1()).isEqualTo(keep.get(0).x1());
        assertThat(reads.getFirst().y1()).isCloseTo(scale.of(-2), PIXEL);
        assertThat(reads.getFirst().y2()).isCloseTo(scale.of(-12), PIXEL);
        assertThat(drawing.lines(ErrorPlot.LIMIT)).singleElement().satisfies(limit -> {
            assertThat(limit.thickness()).isEqualTo(1.5);
            assertThat(limit.x1()).isEqualTo(plot.x());
            assertThat(limit.x2()).isEqualTo(plot.right());
            assertThat(limit.y1()).isEqualTo(limit.y2()).isCloseTo(scale.of(-6), PIXEL);
        });
        assertThat(drawing.boxes().getFirst()).extracting(Drawing.Box::colour, Drawing.Box::width, Drawing.Box::height)
                .containsExactly(Drawing.rgb(Color.WHITE), 880.0, 280.0);
        assertThat(drawing.texts()).allMatch(text -> text.size() == 11).extracting(Drawing.Text::text)
                .containsExactlyInAnyOrder("keep", "reads", "0", "1", "2", "token");
    }

    /** An SVG draws these labels as outlines of glyphs, so the axes are asked for them. */
    @Test
    void theAxisOfErrorsIsLabelledAtEachPowerOfTen() {
        JFreeChart bars = ErrorPlot.bars(List.of(new TensorError("keep", 1e-11, 2e-10, true)));
        JFreeChart lines = ErrorPlot.lines(List.of(), 1e-10);

        for (ValueAxis axis : List.of(bars.getCategoryPlot().getRangeAxis(), lines.getXYPlot().getRangeAxis())) {
            List<?> ticks = axis.refreshTicks(new SVGGraphics2D(880, 280), new AxisState(),
                    new Rectangle2D.Double(0, 0, 880, 280), RectangleEdge.BOTTOM);
            assertThat(ticks).extracting(tick -> text(((LogTick) tick).getAttributedLabel()))
                    .containsExactly("1E-12", "1E-11", "1E-10");
            assertThat(axis.getLabel()).isEqualTo("max abs diff");
            assertThat(axis.getLabelFont().getSize()).isEqualTo(11);
            assertThat(axis.getTickLabelFont().getSize()).isEqualTo(11);
        }
    }

    @Test
    void moreLinesThanColoursBeginAgain() {
        var errors = IntStream.range(0, 8).mapToObj(i -> new TokenErrors("t" + i, List.of(1e-9, 1e-8, 1e-9)))
                .toList();

        Drawing drawing = Drawing.of(ErrorPlot.lines(errors, 1e-5), 880, 280);

        assertThat(ErrorPlot.LINES).extracting(colour -> drawing.lines(colour).size()).containsExactly(4, 4, 2, 2, 2,
                2);
    }

    @Test
    void aLongScanHasAPointForSeveralTokens() {
        assertThat(segments(400)).isEqualTo(399);
        assertThat(segments(401)).isEqualTo(200);
        assertThat(segments(801)).isEqualTo(266);
    }

    private static int segments(int tokens) {
        var errors = List.of(new TokenErrors("raw_reads", Collections.nCopies(tokens, 1e-9)));
        return Drawing.of(ErrorPlot.lines(errors, 1e-5), 880, 280).lines(ErrorPlot.LINES.getFirst()).size();
    }

    /** Lines have no soft edges, so that few colours are enough. */
    @Test
    void lettersAreSmoothAndLinesAreNot() throws IOException {
        for (String plot : List.of(ErrorPlot.byToken(List.of(tokens("raw_reads", 12)), 1e-5),
                ErrorPlot.byTensor(List.of(new TensorError("raw_reads", 1e-7, 1e-5, true))))) {
            var image = decode(plot);
            List<Color> colours = all(image).distinct().mapToObj(Color::new).toList();

            assertThat(colours).filteredOn(colour -> colour.getRed() != colour.getBlue()).hasSize(1);
            assertThat(colours).hasSizeGreaterThan(8);
        }
    }

    private static String text(AttributedString label) {
        StringBuilder text = new StringBuilder();
        AttributedCharacterIterator letters = label.getIterator();
        for (char c = letters.first(); c != CharacterIterator.DONE; c = letters.next()) {
            text.append(c);
        }
        return text.toString();
    }

    private static long barPixels(double maxAbsDiff) throws IOException {
        var limit = new TensorError("limit", 1e6, 1e6, false);
        var image = decode(ErrorPlot.byTensor(List.of(new TensorError("bar", maxAbsDiff, 1e-5, true), limit)));
        return pixels(image, ErrorPlot.PASSED);
    }

    /** The topmost row that holds a pixel of the first line's colour. */
    private static int highestLine(List<Double> errors) throws IOException {
        var image = decode(ErrorPlot.byToken(List.of(new TokenErrors("raw_reads", errors)), 1));
        int first = all(image).boxed().toList().indexOf(ErrorPlot.LINES.getFirst().getRGB());
        assertThat(first).isNotNegative();
        return first / image.getWidth();
    }

    private static TokenErrors tokens(String tensor, int count) {
        return new TokenErrors(tensor, IntStream.range(0, count)
                .mapToObj(token -> Math.pow(10, -7 + Math.sin(token + tensor.length()))).toList());
    }

    private static long pixels(BufferedImage image, Color colour) {
        return all(image).filter(pixel -> pixel == colour.getRGB()).count();
    }

    private static IntStream all(BufferedImage image) {
        return IntStream.of(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()));
    }

    private static BufferedImage decode(String html) throws IOException {
        int start = html.indexOf(DATA) + DATA.length();
        var png = Base64.getDecoder().decode(html.substring(start, html.indexOf('"', start)));
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
