package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

import org.assertj.core.data.Offset;
import org.assertj.core.groups.Tuple;
import org.jfree.svg.SVGGraphics2D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures as SVG, PNG and HTML. */
class FigureTests {
    private static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    private static final Offset<Double> PIXEL = within(0.02);
    private static final Figure BARS = new Figure("bars", "Height < width", new Figure.Bars("recall",
            List.of(new Figure.Bar("few", "linear", "oracle", 0.5, 0.1),
                    new Figure.Bar("few", "RWKV-7", "oracle", 1, 0.2),
                    new Figure.Bar("many", "linear", "fixed", 0.25, 0))));
    private static final Figure LINES = new Figure("lines", "Two lines",
            new Figure.Lines("noise", "recall", List.of(new Figure.Point("a", 0, 1, 0.9, 1.1),
                    new Figure.Point("a", 1, 0.5, 0.4, 0.6), new Figure.Point("b", 0, 0.2, 0.2, 0.2))));

    @Test
    void equalFiguresAreEqualFiles() {
        assertThat(BARS.svg()).isEqualTo(BARS.svg());
        assertThat(LINES.png()).isEqualTo(LINES.png());
    }

    @Test
    void pngIsTwiceAsFine() throws IOException {
        for (Figure figure : List.of(BARS, LINES)) {
            var image = ImageIO.read(new ByteArrayInputStream(figure.png()));
            assertThat(image.getWidth()).isEqualTo(1520);
            assertThat(image.getHeight()).isEqualTo(680);
        }
    }

    @Test
    void htmlCarriesTheImageAndItsDescription() {
        assertThat(BARS.html()).startsWith("<figure><img ").contains("alt=\"Height &lt; width\"",
                "src=\"data:image/png;base64,", "<figcaption>Height &lt; width</figcaption>");
    }

    /** In two panels with one scale, bars go from 0 to their means, and whiskers half their length around them. */
    @Test
    void barsAndWhiskersStandWhereTheirMeansAre() {
        Drawing drawing = new Drawing(BARS.svg());
        List<Drawing.Line> grid = drawing.lines(GRID);
        List<Drawing.Box> plots = drawing.boxes(Color.WHITE).stream().filter(box -> box.y() == 12).toList();
        Drawing.Scale scale = scale(drawing, grid);

        assertThat(drawing.boxes().getFirst()).extracting(Drawing.Box::colour, Drawing.Box::width, Drawing.Box::height)
                .containsExactly(Drawing.rgb(Color.WHITE), 760.0, 340.0);
        assertThat(drawing.boxes()).extracting(Drawing.Box::colour).containsOnly(Drawing.rgb(Color.WHITE),
                Drawing.rgb(ErrorPlot.LINES.get(0)), Drawing.rgb(ErrorPlot.LINES.get(1)));
        assertThat(plots).hasSize(2);
        assertThat(plots.get(1).right()).isEqualTo(736);
        assertThat(plots.get(1).x() - plots.get(0).right()).isCloseTo(10, PIXEL);
        assertThat(grid).allMatch(line -> line.y1() == line.y2());
        List<Drawing.Box> linear = drawing.boxes(ErrorPlot.LINES.get(0));
        List<Drawing.Box> rwkv = drawing.boxes(ErrorPlot.LINES.get(1));
        assertThat(linear).hasSize(2).allMatch(bar -> Math.abs(bar.bottom() - plots.getFirst().bottom()) < 0.01);
        assertThat(linear.get(0).y()).isCloseTo(scale.of(0.5), PIXEL);
        assertThat(linear.get(1).y()).isCloseTo(scale.of(0.25), PIXEL);
        assertThat(rwkv).singleElement().satisfies(bar -> assertThat(bar.y()).isCloseTo(scale.of(1), PIXEL));
        double margin = 0.02 * plots.getFirst().width();
        assertThat(linear.get(0).x() - plots.get(0).x()).isCloseTo(margin, PIXEL);
        assertThat(rwkv.getFirst().x() - linear.get(0).right()).isCloseTo(margin, PIXEL);
        assertThat(plots.get(0).right() - rwkv.getFirst().right()).isCloseTo(margin, PIXEL);
        assertThat(drawing.lines(Color.BLACK)).hasSize(9).filteredOn(line -> line.x1() == line.x2())
                .extracting(line -> Math.round(10 * line.y1()), line -> Math.round(10 * line.y2()))
                .containsExactly(tenths(scale, 0.4, 0.6), tenths(scale, 0.8, 1.2), tenths(scale, 0.25, 0.25));
        assertThat(drawing.texts()).filteredOn(text -> text.size() == 12).extracting(Drawing.Text::text)
                .containsExactlyInAnyOrder("linear", "RWKV-7", "few", "many");
        assertThat(drawing.texts()).filteredOn(text -> text.size() == 11).extracting(Drawing.Text::text)
                .contains("oracle", "fixed").hasSize(drawing.texts().size() - 4);
    }

    private static Tuple tenths(Drawing.Scale scale, double low, double high) {
        return Tuple.tuple(Math.round(10 * scale.of(low)), Math.round(10 * scale.of(high)));
    }

    /** Returns the scale by the lowest and the highest label, which stand beside the first and the last grid line. */
    private static Drawing.Scale scale(Drawing drawing, List<Drawing.Line> grid) {
        double[] labels = drawing.texts().stream().map(Drawing.Text::text).filter(text -> text.matches("\\d\\.\\d+"))
                .mapToDouble(Double::parseDouble).toArray();
        double low = grid.stream().mapToDouble(Drawing.Line::y1).max().orElseThrow();
        double high = grid.stream().mapToDouble(Drawing.Line::y1).min().orElseThrow();
        return new Drawing.Scale(labels[0], low, labels[labels.length - 1], high);
    }

    @Test
    void aPanelWithoutANameLeavesNoPlaceForOne() {
        assertThat(plot(panel("")).height()).isGreaterThan(plot(panel("a")).height() + 8);
    }

    private static Figure panel(String name, String... groups) {
        return new Figure("p", "", new Figure.Bars("recall", Stream.concat(Stream.of("a"), Stream.of(groups))
                .map(group -> new Figure.Bar(name, "linear", group, 0.5, 0.1)).toList()));
    }

    private static Drawing.Box plot(Figure figure) {
        return new Drawing(figure.svg()).boxes(Color.WHITE).stream().filter(box -> box.y() == 12).findFirst()
                .orElseThrow();
    }

    /** A group has a fifth less than a third of the panel; a word may reach a fifth beyond it. */
    @Test
    void aGroupsNameHasTwoLinesAndTheMarginBetweenGroups() {
        double group = plot(panel("", "b", "c")).width() * (1 - 2 * 0.02 - 0.2) / 3;
        FontMetrics letters = new SVGGraphics2D(1, 1).getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        String word = "n";
        while (letters.stringWidth(word) < 1.02 * group) {
            word += "n";
        }

        assertThat(new Drawing(panel("", word, "c").svg()).texts()).extracting(Drawing.Text::text).contains(word);
        String half = word.substring(word.length() / 3);
        assertThat(new Drawing(panel("", half + " " + half, "c").svg()).texts())
                .extracting(text -> text.text().strip()).containsOnlyOnce("c").filteredOn(half::equals).hasSize(2);
    }

    /** The axis of arguments begins at the first one, the axis of means at 0. */
    @Test
    void linesInTheirBandsHaveAPointAtEachMean() {
        Figure figure = new Figure("lines", "", new Figure.Lines("noise", "recall",
                List.of(new Figure.Point("a", 100, 1, 0.9, 1.1), new Figure.Point("b", 100, 0.2, 0.1, 0.3),
                        new Figure.Point("a", 104, 0.5, 0.4, 0.6), new Figure.Point("b", 104, 0.3, 0.2, 0.4))));
        String svg = figure.svg();
        Drawing drawing = new Drawing(svg);
        Drawing.Scale scale = scale(drawing, drawing.lines(GRID));
        Drawing.Box plot = plot(figure);

        assertThat(plot.right()).isEqualTo(736);
        assertThat(plot.bottom()).isCloseTo(scale.of(0), PIXEL);
        assertThat(drawing.boxes()).extracting(Drawing.Box::colour).containsOnly(Drawing.rgb(Color.WHITE));
        assertThat(drawing.boxes().getFirst()).extracting(Drawing.Box::width, Drawing.Box::height)
                .containsExactly(760.0, 340.0);
        assertThat(drawing.lines(Color.LIGHT_GRAY)).isEmpty();
        assertThat(drawing.lines(Color.BLACK)).isEmpty();
        List<double[]> points = places(svg, "C");
        assertThat(svg).contains("fill:rgb(0,114,178);fill-opacity:0.2", "fill:rgb(230,159,0);fill-opacity:0.2",
                "stroke-width:1.60", ">noise<");
        for (String series : List.of("rgb(0,114,178)", "rgb(230,159,0)")) {
            double[] line = line(svg, series);
            double[] means = series.startsWith("rgb(0") ? new double[]{1, 0.5} : new double[]{0.2, 0.3};
            assertThat(line[2] - line[0]).isGreaterThan(0.8 * plot.width());
            assertThat(line[1]).isCloseTo(scale.of(means[0]), PIXEL);
            assertThat(line[3]).isCloseTo(scale.of(means[1]), PIXEL);
            for (int end = 0; end < 4; end += 2) {
                double x = line[end];
                double y = line[end + 1];
                // A circle's outline begins at its right.
                assertThat(points).anySatisfy(point -> assertThat(point).containsExactly(new double[]{x + 2.5, y},
                        PIXEL));
            }
        }
    }

    /** Returns the starts of the paths whose next command is this one. */
    private static List<double[]> places(String svg, String command) {
        return Pattern.compile("<path d='M([-\\d.]+),([-\\d.]+)" + command).matcher(svg).results()
                .map(path -> new double[]{Double.parseDouble(path.group(1)), Double.parseDouble(path.group(2))})
                .toList();
    }

    /** Returns the ends of a series' line, whose thickness is 1.6; the line before it belongs to the legend. */
    private static double[] line(String svg, String colour) {
        return Pattern.compile("stroke-width:1\\.6\\d*;stroke:" + Pattern.quote(colour) + "[^>]*><path d='M([\\d.]+),"
                + "([\\d.]+)L([\\d.]+),([\\d.]+)'").matcher(svg).results().reduce((first, second) -> second)
                .map(path -> IntStream.rangeClosed(1, 4).mapToDouble(i -> Double.parseDouble(path.group(i))).toArray())
                .orElseThrow();
    }

    /** A report needs no room for temporary files. */
    @Test
    void thePngNeedsNoTemporaryFile(@TempDir Path folder) throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        ImageIO.setUseCache(true);
        ImageIO.setCacheDirectory(gone.toFile());
        Files.delete(gone);
        try {
            assertThat(BARS.png()).isNotEmpty();
        } finally {
            ImageIO.setCacheDirectory(null);
        }
    }

    @Test
    void thePngIsTheSameDrawingTwiceAsLarge() throws IOException {
        Drawing.Box bar = new Drawing(BARS.svg()).boxes(ErrorPlot.LINES.get(1)).getFirst();
        var image = ImageIO.read(new ByteArrayInputStream(BARS.png()));
        int middle = (int) Math.round(2 * bar.bottom()) - 8;

        assertThat(image.getRGB((int) (2 * bar.x()) + 4, middle)).isEqualTo(ErrorPlot.LINES.get(1).getRGB());
        assertThat(image.getRGB((int) (2 * bar.right()) - 4, middle)).isEqualTo(ErrorPlot.LINES.get(1).getRGB());
        assertThat(image.getRGB((int) (2 * bar.right()) + 8, middle)).isEqualTo(Color.WHITE.getRGB());
    }
}
