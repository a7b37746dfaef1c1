package rwkvms.claims;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import rwkvms.file.FileFailure;

/** The files in a folder that the project under test publishes. They are not part of the repository. */
public final class PublishedFiles {
    static final String FIXTURE = "rwkv_ms_math_fixture.json";
    static final String SIDECAR_MANIFEST = "rwkv_ms_memory_sidecar_manifest.json";
    static final String MEMORY_MANIFEST = "gguf_memory_manifest.json";
    static final String TRACE = "gguf_reference_trace_from_sidecar_64.json";
    static final String TRIALS = "dla_trials.jsonl";

    private static final ObjectMapper JSON = JsonMapper
            .builder(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final Path folder;

    private PublishedFiles(Path folder) {
        this.folder = folder;
    }

    public static PublishedFiles in(Path folder) {
        return new PublishedFiles(folder);
    }

    Optional<Path> find(String file) {
        return Optional.of(folder.resolve(file)).filter(Files::isRegularFile);
    }

    Optional<JsonNode> json(String file) throws IOException {
        Optional<Path> found = find(file);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(parsed(file, FileFailure.reading(found.get(), () -> Files.readString(found.get()))));
    }

    static JsonNode parsed(String file, String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new IOException(file + ": expected JSON, found " + e.getMessage(), e);
        }
    }

    /** The reason why a claim that needs an absent file is not checkable. */
    static String absent(String file) {
        return "needs the published " + file + ", which is absent: name its folder with --published";
    }

    /** The claim as a file decides it, or as not checkable if the file is absent. */
    static Claim decided(String topic, String subject, String claimed, String file, Optional<JsonNode> json,
            Function<JsonNode, Claim> decide) {
        return json.map(decide).orElseGet(() -> Claim.notCheckable(topic, subject, claimed, absent(file)));
    }
}
