package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.Test;

/** Figures as SVG, PNG and HTML. */
class FigureTests {
    private static final Figure BARS = new Figure("bars", "Height < width", new Figure.Bars("recall",
            List.of(new Figure.Bar("few", "linear", "oracle", 0.5, 0.1),
                    new Figure.Bar("few", "RWKV-7", "oracle", 1, 0.2),
                    new Figure.Bar("many", "linear", "fixed", 0.25, 0))));
    private static final Figure LINES = new Figure("lines", "Two lines",
            new Figure.Lines("noise", "recall", List.of(new Figure.Point("a", 0, 1, 0.9, 1.1),
                    new Figure.Point("a", 1, 0.5, 0.4, 0.6), new Figure.Point("b", 0, 0.2, 0.2, 0.2))));

    @Test
    void svgHasEveryLabelAndColour() {
        assertThat(BARS.svg()).startsWith("<?xml").contains(">linear<", ">RWKV-7<", ">oracle<", ">fixed<", ">few<",
                ">many<",
                "rgb(0,114,178)", "rgb(230,159,0)");
        assertThat(LINES.svg()).contains(">a<", ">b<", ">noise<", "rgb(0,114,178)", "rgb(230,159,0)");
    }

    @Test
    void theLegendNamesASeriesOnceHoweverManyPanelsItIsIn() {
        assertThat(BARS.svg()).containsOnlyOnce(">linear<");
    }

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
}
