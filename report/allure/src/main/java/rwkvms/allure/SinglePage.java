package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * A folder that Allure generated as one file that opens from disk. Allure's own single file has each of its files in base64, which is
 * ten times as large: here all of them are one gzip, equal ones once, and the browser takes it apart.
 */
final class SinglePage {
    /** What the page reads; the history, and the files for mail and other tools, are for others. */
    private static final List<String> READ = List.of("data", "widgets");
    private static final Pattern STYLE = Pattern.compile(" *<link rel=\"stylesheet\"[^>]* href=\"([^\"]+)\">\\R");
    private static final Pattern SCRIPT = Pattern.compile(" *<script src=\"([^\"]+)\"></script>\\R");
    private static final Pattern ICON = Pattern.compile(" *<link rel=\"icon\"[^>]*>\\R");
    private static final Pattern TREE = Pattern.compile("data/[a-z]+\\.json");
    private static final String END = "</body>";
    /** Of a test's name, to sort by. */
    private static final int MAX_NAME = 300;

    private SinglePage() {
    }

    /** Returns the page. */
    static String of(Path folder) throws IOException {
        String index = Files.readString(folder.resolve("index.html"));
        Map<String, Object> files = new LinkedHashMap<>();
        Leaves leaves = new Leaves();
        Map<String, String> same = new TreeMap<>();
        Map<String, String> first = new HashMap<>();
        for (Path file : files(folder)) {
            String name = name(folder, file);
            byte[] content = Files.readAllBytes(file);
            String before = first.putIfAbsent(hash(content), name);
            if (before == null) {
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
        all.put("styles", texts(folder, STYLE, index));
        all.put("scripts", texts(folder, SCRIPT, index));
        String json = new ObjectMapper().writeValueAsString(all);
        String script = "<script>\n"
                + resource("unpack.js").replace("PACKED", Base64.getEncoder().encodeToString(gzip(json)))
                + "</script>\n";
        String bare = ICON.matcher(SCRIPT.matcher(STYLE.matcher(index).replaceAll("")).replaceAll("")).replaceAll("");
        int end = bare.indexOf(END);
        if (end < 0) {
            throw new IOException(folder.resolve("index.html") + ": expected " + END + ", found none");
        }
        return bare.substring(0, end) + script + bare.substring(end);
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    /** The files of all tags of a kind, in order. */
    private static List<String> texts(Path folder, Pattern tag, String index) throws IOException {
        List<String> texts = new ArrayList<>();
        Matcher tags = tag.matcher(index);
        while (tags.find()) {
            texts.add(Files.readString(folder.resolve(tags.group(1))));
        }
        if (texts.isEmpty()) {
            throw new IOException(folder.resolve("index.html") + ": expected " + tag.pattern() + ", found none");
        }
        return texts;
    }

    /** In an order in which neighbours are alike: they compress better so. */
    private static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : READ) {
            Path start = folder.resolve(name);
            if (Files.exists(start)) {
                try (Stream<Path> found = Files.walk(start)) {
                    found.filter(Files::isRegularFile).forEach(files::add);
                }
            }
        }
        Map<Path, String> order = new HashMap<>();
        for (Path file : files) {
            order.put(file, file.getParent() + (file.toString().endsWith(".json") ? subject(file) : "") + file);
        }
        files.sort(Comparator.comparing(order::get));
        return files;
    }

    /** The full name of the test that a file is about; empty if it is about none. */
    private static String subject(Path file) throws IOException {
        String text = Files.readString(file);
        int name = text.indexOf("\"fullName\"");
        return name < 0 ? "" : text.substring(name, Math.min(text.length(), name + MAX_NAME));
    }

    /** A text as it is, anything else in an array in base64. */
    private static Object packed(byte[] content) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException notText) {
            return List.of(Base64.getEncoder().encodeToString(content));
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
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
