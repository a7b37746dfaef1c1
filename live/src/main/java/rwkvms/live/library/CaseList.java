package rwkvms.live.library;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.file.FileFailure;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;

/**
 * The cases of a run in a file for its process, one line of JSON per case. The process runs in the same folder, so
 * paths stay as they are.
 */
final class CaseList {
    private CaseList() {
    }

    static void write(Path file, List<Calls.OfCase> cases) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Calls.OfCase each : cases) {
            CaseFiles files = each.files();
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", files.name());
            json.put("fixture", files.fixture().toString());
            json.put("calls", each.calls().kind().name()).put("tokens", each.calls().tokens());
            files.sidecar().ifPresent(path -> json.put("sidecar", path.toString()));
            files.base().ifPresent(path -> json.put("base", path.toString()));
            lines.add(json.toString());
        }
        FileFailure.naming(file, () -> Files.write(file, lines));
    }

    static List<Calls.OfCase> read(Path file) throws IOException {
        List<Calls.OfCase> cases = new ArrayList<>();
        ObjectMapper mapper = new ObjectMapper();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = mapper.readTree(line);
            CaseFiles files = new CaseFiles(json.path("name").asText(), Path.of(json.path("fixture").asText()),
                    path(json, "sidecar"), path(json, "base"));
            cases.add(new Calls.OfCase(files, new Calls(Calls.Kind.valueOf(json.path("calls").asText()),
                    json.path("tokens").intValue())));
        }
        return cases;
    }

    private static Optional<Path> path(JsonNode json, String field) {
        return json.has(field) ? Optional.of(Path.of(json.path(field).asText())) : Optional.empty();
    }
}
