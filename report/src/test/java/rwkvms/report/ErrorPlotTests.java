package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class ErrorPlotTests {
    private static final String DATA = "src=\"data:image/png;base64,";

    @Test
    void aBarIsGreenWhereItsTensorPassedAndRedWhereNot() throws IOException {
        var passed = decode(ErrorPlot.byTensor(List.of(new TensorError("raw_reads", 1e-7, 1e-5, true))));
        var failed = decode(ErrorPlot.byTensor(List.of(new TensorError("raw_reads", 1e-3, 1e-5, false))));

        assertThat(pixels(passed, ErrorPlot.PASSED)).isPositive();
        assertThat(pixels(passed, ErrorPlot.FAILED)).isZero();
        assertThat(pixels(failed, ErrorPlot.FAILED)).isPositive();
        assertThat(pixels(failed, ErrorPlot.PASSED)).isZero();
    }

    @Test
    void aLargerErrorIsALongerBar() throws IOException {
        assertThat(barPixels(1e-7)).isGreaterThan(barPixels(1e-8));
    }

    @Test
    void noErrorIsAShortBarAndAnInfiniteOneStaysInsideThePlot() throws IOException {
        assertThat(barPixels(0)).isPositive().isEqualTo(barPixels(ErrorPlot.FLOOR / 10));
        assertThat(barPixels(Double.POSITIVE_INFINITY)).isEqualTo(barPixels(10 * ErrorPlot.CEILING));
    }

    @Test
    void aLineIsDrawnForEachTensor() throws IOException {
        var errors = List.of(tokens("raw_reads", 12), tokens("betas", 12));

        assertThat(colours(decode(ErrorPlot.byToken(errors, 1e-5))))
                .isGreaterThan(colours(decode(ErrorPlot.byToken(errors.subList(0, 1), 1e-5))));
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

    private static long colours(BufferedImage image) {
        return all(image).distinct().count();
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
