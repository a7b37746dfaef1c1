package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/**
 * A report as one file that opens from disk. Allure's own single file has each of its files in base64, which is ten times as large:
 * here all of them are one gzip, equal ones once, and the browser takes it apart.
 */
final class SinglePage {
    /** What the page reads; the history, and the files for mail and other tools, are for others. */
    private static final List<String> READ = List.of("data/", "widgets/");
    private static final Pattern TREE = Pattern.compile("data/[a-z]+\\.json");
    /** What stands for bytes that are no text. */
    private static final char NO_TEXT = '\ufffd';
    /** Of a test's name, to sort by. */
    private static final int MAX_NAME = 300;

    private SinglePage() {
    }

    /** Returns the page. */
    static String of(SingleFile report) throws IOException {
        Map<String, Object> files = new LinkedHashMap<>();
        Leaves leaves = new Leaves();
        Map<String, String> same = new TreeMap<>();
        Map<Long, String> first = new HashMap<>();
        for (String name : names(report.files())) {
            byte[] content = report.content(name);
            String before = first.putIfAbsent(checksum(content), name);
            if (before == null || !Arrays.equals(report.content(before), content)) {
                files.put(name, TREE.matcher(name).matches()
                        ? leaves.packed(new String(content, StandardCharsets.UTF_8))
                        : packed(content));
            } else {
                same.put(name, before);
            }
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("files", files);
        all.put("same", same);
        all.put("leaves", leaves.all());
        all.put("styles", report.styles());
        all.put("scripts", report.scripts());
        String script = "<script>\n"
                + resource("unpack.js").replace("PACKED", Base64.getEncoder().encodeToString(gzip(all)))
                + "</script>\n";
        return report.before() + script + report.after();
    }

    /** In an order in which neighbours are alike: they compress better so. */
    private static List<String> names(Map<String, byte[]> files) {
        Map<String, String> order = new TreeMap<>();
        files.forEach((name, content) -> {
            if (READ.stream().anyMatch(name::startsWith)) {
                order.put(name.substring(0, name.lastIndexOf('/')) + (name.endsWith(".json") ? subject(content) : "")
                        + name, name);
            }
        });
        return List.copyOf(order.values());
    }

    /** The full name of the test that a file is about; empty if it is about none. */
    private static String subject(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        int name = text.indexOf("\"fullName\"");
        return name < 0 ? "" : text.substring(name, Math.min(text.length(), name + MAX_NAME));
    }

    private static long checksum(byte[] content) {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        return checksum.getValue();
    }

    /** A text as it is, anything else in an array in base64. */
    private static Object packed(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return text.indexOf(NO_TEXT) < 0 ? text : List.of(Base64.getEncoder().encodeToString(content));
    }

    private static byte[] gzip(Map<String, Object> all) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            new ObjectMapper().writeValue(out, all);
        }
        return bytes.toByteArray();
    }

    static String hash(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String resource(String name) throws IOException {
        try (InputStream in = SinglePage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + ": not among the resources of report/allure");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
