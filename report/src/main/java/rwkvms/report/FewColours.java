package rwkvms.report;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

import javax.imageio.ImageIO;

import org.jfree.chart.ChartUtils;

/**
 * An image with a palette: a report holds hundreds of plots of a handful of colours, and as PNG they are a fifth as large
 * this way.
 */
final class FewColours {
    private static final int MAX_COLOURS = 256;
    private static final int LEVEL = 17;

    private FewColours() {
    }

    /** Returns the image as a PNG file. */
    static byte[] png(BufferedImage image) {
        // A temporary file would need room on the disk.
        ImageIO.setUseCache(false);
        try {
            return ChartUtils.encodeAsPNG(of(image));
        } catch (IOException e) {
            throw new UncheckedIOException("encoding an image in memory", e);
        }
    }

    /** Returns the image with a palette, or the image itself if it has too many colours. */
    static BufferedImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = pixels(image, width, height);
        Map<Integer, Integer> palette = new LinkedHashMap<>();
        byte[] indices = new byte[pixels.length];
        for (int at = 0; at < pixels.length; at++) {
            if (at > 0 && pixels[at] == pixels[at - 1]) { // as most pixels of a plot are
                indices[at] = indices[at - 1];
                continue;
            }
            int next = palette.size();
            indices[at] = palette.computeIfAbsent(rounded(pixels[at]), colour -> next).byteValue();
            if (palette.size() > MAX_COLOURS) {
                return image;
            }
        }
        BufferedImage indexed = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, model(palette));
        indexed.getRaster().setDataElements(0, 0, width, height, indices);
        return indexed;
    }

    /** The pixels, whose upper byte says nothing. getRGB asks the colour model for each, which takes longer than all else here. */
    private static int[] pixels(BufferedImage image, int width, int height) {
        return switch (image.getType()) {
            case BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB ->
                (int[]) image.getRaster().getDataElements(0, 0, width, height, null);
            default -> image.getRGB(0, 0, width, height, null, 0, width);
        };
    }

    private static IndexColorModel model(Map<Integer, Integer> palette) {
        int[] colours = palette.keySet().stream().mapToInt(Integer::intValue).toArray();
        return new IndexColorModel(8, colours.length, colours, 0, false, -1, DataBuffer.TYPE_BYTE);
    }

    /** Rounds greys, which are the edges of letters, to 16 levels; a plot's own colours stay exact. */
    private static int rounded(int rgb) {
        int blue = rgb & 0xff;
        boolean grey = blue == (rgb >> 8 & 0xff) && blue == (rgb >> 16 & 0xff);
        int level = (blue + LEVEL / 2) / LEVEL * LEVEL;
        return grey ? level << 16 | level << 8 | level : rgb & 0xffffff;
    }
}
