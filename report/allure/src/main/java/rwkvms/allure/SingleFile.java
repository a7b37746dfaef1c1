package rwkvms.allure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Allure's own single file taken apart. As a folder the same report is thousands of files, and to create, read and delete them takes
 * longer than all else that Allure does.
 *
 * @param before  the page up to the place of its data, without style sheets and scripts
 * @param after   the page from there
 * @param styles  style sheets, in order
 * @param scripts scripts, in order
 * @param files   the content of the files that a folder would have, by name
 */
record SingleFile(String before, String after, List<String> styles, List<String> scripts, Map<String, byte[]> files) {
    private static final String ICON = "<link rel=\"icon\"";
    private static final String STYLE = "<link rel=\"stylesheet\"";
    private static final String SCRIPT = "<script src=\"data:";
    /** The scripts with the data are the last ones, and begin so. */
    private static final String DATA = "    <script async>";
    private static final String END = "</body>";
    /** A file is {@code d('name','base64'),}. */
    private static final String FILE = "d('";
    private static final String CONTENT = "','";
    private static final String BASE64 = ";base64,";

    /** Takes a page apart. */
    static SingleFile read(Path page) throws IOException {
        String html = Files.readString(page);
        int data = html.indexOf(DATA);
        int end = html.lastIndexOf(END);
        StringBuilder before = new StringBuilder();
        List<String> styles = new ArrayList<>();
        List<String> scripts = new ArrayList<>();
        for (String line : html.substring(0, Math.max(0, data)).lines().toList()) {
            String tag = line.stripLeading();
            if (tag.startsWith(STYLE)) {
                styles.add(text(tag));
            } else if (tag.startsWith(SCRIPT)) {
                scripts.add(text(tag));
            } else if (!tag.startsWith(ICON)) {
                before.append(line).append('\n');
            }
        }
        if (end < data || styles.isEmpty() || scripts.isEmpty()) {
            throw new IOException(page + ": expected " + STYLE + ", " + SCRIPT + ", " + DATA.strip() + " and " + END
                    + ", in this order, as Allure writes them");
        }
        return new SingleFile(before.toString(), html.substring(end), styles, scripts, files(html, data));
    }

    byte[] content(String name) {
        return files.getOrDefault(name, new byte[0]);
    }

    private static String text(String tag) {
        int begin = tag.indexOf(BASE64) + BASE64.length();
        return new String(decoded(tag, begin, tag.indexOf('"', begin)), StandardCharsets.UTF_8);
    }

    private static Map<String, byte[]> files(String html, int data) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        int at = html.indexOf(FILE, data);
        while (at >= 0) {
            int name = at + FILE.length();
            int content = html.indexOf(CONTENT, name);
            int end = html.indexOf('\'', content + CONTENT.length());
            files.put(html.substring(name, content), decoded(html, content + CONTENT.length(), end));
            at = html.indexOf(FILE, end);
        }
        return files;
    }

    private static byte[] decoded(String html, int begin, int end) {
        return Base64.getDecoder().decode(html.substring(begin, end));
    }
}
