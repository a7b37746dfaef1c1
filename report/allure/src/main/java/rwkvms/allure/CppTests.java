package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** The C++ tests as Allure results: what CTest writes as JUnit XML has no labels. */
final class CppTests {
    private static final String READ = ".read";

    private CppTests() {
    }

    /** Turns each {@code ctest*.xml} into one result per test, with what it printed attached, and marks it as read. */
    static void toResults(String module, Path results) throws IOException {
        List<Path> reports = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(results, "ctest*.xml")) {
            files.forEach(reports::add);
        }
        for (Path report : reports) {
            NodeList tests = tests(report);
            for (int i = 0; i < tests.getLength(); i++) {
                write(module, (Element) tests.item(i), results, Files.getLastModifiedTime(report).toMillis());
            }
            Files.move(report, report.resolveSibling(report.getFileName() + READ), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static NodeList tests(Path report) throws IOException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(report.toFile()).getElementsByTagName("testcase");
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(report + ": expected JUnit XML of ctest: " + e.getMessage(), e);
        }
    }

    private static void write(String module, Element test, Path results, long written) throws IOException {
        String name = test.getAttribute("name");
        String uuid = UUID.randomUUID().toString();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("uuid", uuid);
        result.put("name", name);
        result.put("fullName", "cpp." + name);
        result.put("historyId", module + ":cpp." + name);
        result.put("status", status(test));
        result.put("stage", "finished");
        result.put("statusDetails", Map.of("message", message(test)));
        result.put("start", written);
        result.put("stop", written + Math.round(1000 * seconds(test)));
        result.put("labels", List.of(label("parentSuite", module), label("suite", module + ", C++ (ctest)"),
                label("package", "cpp"), label("testClass", "cpp." + name), label("framework", "ctest")));
        String said = text(test, "system-out");
        if (!said.isBlank()) {
            String source = uuid + "-attachment.txt";
            Files.writeString(results.resolve(source), said, StandardCharsets.UTF_8);
            result.put("attachments", List.of(Map.of("name", "output", "type", "text/plain", "source", source)));
        }
        new ObjectMapper().writeValue(results.resolve(uuid + "-result.json").toFile(), result);
    }

    private static String status(Element test) {
        return test.getElementsByTagName("failure").getLength() > 0
                ? "failed"
                : test.getElementsByTagName("error").getLength() > 0
                        ? "broken"
                        : test.getElementsByTagName("skipped").getLength() > 0 ? "skipped" : "passed";
    }

    private static String message(Element test) {
        for (String kind : List.of("failure", "error", "skipped")) {
            if (test.getElementsByTagName(kind).item(0) instanceof Element found) {
                return found.getAttribute("message");
            }
        }
        return "";
    }

    private static double seconds(Element test) {
        String time = test.getAttribute("time");
        return time.isEmpty() ? 0 : Double.parseDouble(time);
    }

    private static String text(Element test, String tag) {
        return test.getElementsByTagName(tag).item(0) instanceof Element found ? found.getTextContent() : "";
    }

    private static Map<String, String> label(String name, String value) {
        return Map.of("name", name, "value", value);
    }
}
