package rwkvms.allure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What earlier builds left for trends, in a folder that outlives them ({@code -Dallure.history=DIR}). */
record History(Path folder) {
    /** Runs of each test that the page shows; Allure's twenty, of 6,500 tests, would be a third of the page. */
    private static final int MAX_RUNS = 5;
    private static final String TREND = "history-trend.json";
    private static final String TESTS = "history.json";
    private static final String IN_REPORT = "history/";

    /** The number after the last build's; 1 if there is none. */
    long nextOrder() throws IOException {
        Path trend = folder.resolve(TREND);
        return Files.exists(trend) ? 1 + new ObjectMapper().readTree(trend.toFile()).at("/0/buildOrder").asLong() : 1;
    }

    /** Deletes a history that is damaged, as by a full disk; returns what was wrong. */
    Optional<String> repair() throws IOException {
        for (Path file : files(folder)) {
            try {
                new ObjectMapper().readTree(file.toFile());
            } catch (JsonProcessingException e) {
                for (Path each : files(folder)) {
                    Files.delete(each);
                }
                return Optional.of(file + ": expected JSON that Allure wrote, found none: the trend begins anew");
            }
        }
        return Optional.empty();
    }

    /** Puts it where Allure looks for it. */
    void into(Path results) throws IOException {
        copy(folder, results.resolve("history"));
    }

    /** Keeps what Allure wrote, this build included. */
    void keep(Map<String, byte[]> generated) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> each : generated.entrySet()) {
            if (each.getKey().startsWith(IN_REPORT)) {
                String name = each.getKey().substring(IN_REPORT.length());
                Files.write(folder.resolve(name), name.equals(TESTS) ? shortened(each.getValue()) : each.getValue());
            }
        }
    }

    private static byte[] shortened(byte[] tests) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode all = mapper.readTree(tests);
        for (JsonNode test : all) {
            if (test instanceof ObjectNode object && object.get("items") instanceof ArrayNode items) {
                while (items.size() > MAX_RUNS) {
                    items.remove(items.size() - 1);
                }
            }
        }
        return mapper.writeValueAsBytes(all);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : files(from)) {
            Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Allure's files in a folder: the user may keep others there. */
    private static List<Path> files(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "{*-trend,history}.json")) {
                files.forEach(all::add);
            }
        }
        return all;
    }
}
