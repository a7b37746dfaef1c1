package rwkvms.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;

import org.jfree.chart.JFreeChart;
import org.jfree.svg.SVGGraphics2D;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What an SVG drawing shows: texts, filled boxes and lines, each kind in the order of drawing. Lengths in pixels. */
final class Drawing {
    record Text(String text, int size, double x, double y) {
    }

    /** A rectangle and its place in the order of drawing; its colour is {@code none} if it is an outline. */
    record Box(String colour, double x, double y, double width, double height, int order) {
        double right() {
            return x + width;
        }

        double bottom() {
            return y + height;
        }
    }

    /** A straight line and its place in the order of drawing. */
    record Line(String colour, double thickness, double x1, double y1, double x2, double y2, int order) {
    }

    /** A scale that is given by two grid lines. */
    record Scale(double first, double at, double second, double atSecond) {
        double of(double value) {
            return at + (value - first) / (second - first) * (atSecond - at);
        }
    }

    private static final DocumentBuilderFactory XML = DocumentBuilderFactory.newDefaultInstance();

    private final List<Text> texts = new ArrayList<>();
    private final List<Box> boxes = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();

    static Drawing of(JFreeChart chart, int width, int height) {
        SVGGraphics2D svg = new SVGGraphics2D(width, height);
        chart.draw(svg, new Rectangle2D.Double(0, 0, width, height));
        return new Drawing(svg.getSVGDocument());
    }

    Drawing(String svg) {
        try {
            XML.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            NodeList all = XML.newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8))).getElementsByTagName("*");
            for (int i = 0; i < all.getLength(); i++) {
                add((Element) all.item(i), i);
            }
        } catch (Exception e) {
            throw new AssertionError(svg, e);
        }
    }

    private void add(Element one, int order) {
        switch (one.getTagName()) {
            case "text" -> texts.add(new Text(one.getTextContent(), (int) number(style(one, "font-size")),
                    number(one, "x"), number(one, "y")));
            case "rect" ->
                boxes.add(new Box(style(one, "fill"), number(one, "x"), number(one, "y"), number(one, "width"),
                        number(one, "height"), order));
            case "line" -> lines.add(new Line(style(one, "stroke"), number(style(one, "stroke-width")),
                    number(one, "x1"), number(one, "y1"), number(one, "x2"), number(one, "y2"), order));
            default -> {
                // groups, clips, paths
            }
        }
    }

    private static String style(Element one, String name) {
        Matcher found = Pattern.compile("(?:^|;)\\s*" + name + ":\\s*([^;]*)").matcher(one.getAttribute("style"));
        return found.find() ? found.group(1).strip() : "";
    }

    private static double number(Element one, String attribute) {
        return number(one.getAttribute(attribute));
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace("px", ""));
    }

    static String rgb(Color colour) {
        return "rgb(" + colour.getRed() + "," + colour.getGreen() + "," + colour.getBlue() + ")";
    }

    List<Text> texts() {
        return texts;
    }

    List<Box> boxes() {
        return boxes;
    }

    List<Box> boxes(Color colour) {
        return boxes.stream().filter(box -> box.colour.equals(rgb(colour))).toList();
    }

    List<Line> lines(Color colour) {
        return lines.stream().filter(line -> line.colour.equals(rgb(colour))).toList();
    }
}
