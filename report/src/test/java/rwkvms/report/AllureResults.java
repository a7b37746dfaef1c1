package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Allure's results in a folder, sorted by name. */
final class AllureResults {
    private AllureResults() {
    }

    static List<JsonNode> in(Path folder) throws IOException {
        List<JsonNode> results = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(one -> one.toString().endsWith("-result.json")).toList()) {
                results.add(new ObjectMapper().readTree(file.toFile()));
            }
        }
        results.sort(Comparator.comparing(result -> result.at("/name").asText()));
        return results;
    }
}
