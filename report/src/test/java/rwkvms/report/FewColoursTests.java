package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

/** Images with a palette: which colours stay, which are rounded, and how many fit. */
final class FewColoursTests {
    private static BufferedImage row(int width, IntUnaryOperator colour) {
        BufferedImage image = new BufferedImage(width, 2, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < width; x++) {
            image.setRGB(x, 0, colour.applyAsInt(x));
            image.setRGB(x, 1, colour.applyAsInt(width - 1 - x));
        }
        return image;
    }

    private static int[] pixels(BufferedImage image, int y) {
        return IntStream.range(0, image.getWidth()).map(x -> image.getRGB(x, y) & 0xffffff).toArray();
    }

    @Test
    void everyColourStaysAtItsPlace() {
        int[] colours = {0xcc3333, 0x0072b2, 0xe69f00, 0x11ff11, 0x1111ff, 0xff1111, 0xffffff, 0x000000, 0x010203};

        BufferedImage few = FewColours.of(row(colours.length, x -> colours[x]));

        assertThat(few.getType()).isEqualTo(BufferedImage.TYPE_BYTE_INDEXED);
        assertThat(((IndexColorModel) few.getColorModel()).getMapSize()).isEqualTo(colours.length);
        assertThat(pixels(few, 0)).containsExactly(colours);
        assertThat(pixels(few, 1)).containsExactly(IntStream.range(0, colours.length)
                .map(x -> colours[colours.length - 1 - x]).toArray());
    }

    @Test
    void everyGreyIsRoundedToTheNearestOfSixteen() {
        BufferedImage few = FewColours.of(row(256, x -> x * 0x010101));

        assertThat(pixels(few, 0))
                .containsExactly(IntStream.range(0, 256).map(x -> (int) Math.round(x / 17.0) * 0x111111).toArray());
        assertThat(((IndexColorModel) few.getColorModel()).getMapSize()).isEqualTo(16);
    }

    @Test
    void aPaletteHas256ColoursAndWhatHasMoreStaysAsItIs() {
        BufferedImage full = row(256, x -> 0xff0000 + x);
        BufferedImage over = row(257, x -> 0xff0000 + x);

        assertThat(FewColours.of(full)).isNotSameAs(full);
        assertThat(pixels(FewColours.of(full), 0)).containsExactly(pixels(full, 0));
        assertThat(FewColours.of(over)).isSameAs(over);
    }
}
