package rwkvms.claims;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import rwkvms.file.FileFailure;
import rwkvms.mechanisms.PublishedFacts;

/** The published trials in full precision, one JSON object per line. */
public final class PublishedTrials {
    /** Names of the values in the file, with the names of the same measures here. */
    private static final Map<String, String> MEASURES = Map.of("bound_fixed", "fixed", "bound_dla", "dla",
            "recall_fixed", "fixed", "recall_dla", "dla", "recall_hrm_delta", "delta_rule", "recall_hrm_rwkv7",
            "rwkv7", "recall_hrm_rwkv7_multi", "rwkv7_multi", "recall_linear_state", "linear",
            "recall_rwkv7_state", "rwkv7");

    private PublishedTrials() {
    }

    /** The published values; empty if the file is absent. */
    public static Optional<Map<PublishedFacts.Trial, Double>> read(PublishedFiles files) throws IOException {
        Optional<Path> file = files.find(PublishedFiles.TRIALS);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        Map<PublishedFacts.Trial, Double> values = new LinkedHashMap<>();
        for (String line : FileFailure.reading(file.get(), () -> Files.readAllLines(file.get()))) {
            JsonNode trial = PublishedFiles.parsed(PublishedFiles.TRIALS, line);
            trial.properties().forEach(entry -> {
                String measure = MEASURES.get(entry.getKey());
                if (measure != null) {
                    values.put(of(trial, measure), entry.getValue().doubleValue());
                }
            });
        }
        return Optional.of(values);
    }

    private static PublishedFacts.Trial of(JsonNode trial, String measure) {
        return new PublishedFacts.Trial(trial.path("metric").asText(), trial.path("nseg").intValue(),
                trial.path("K").intValue(), trial.path("seed").intValue(), trial.path("T").intValue(),
                trial.path("policy").asText(""), trial.path(trial.has("m_dla") ? "m_dla" : "states").intValue(),
                measure);
    }
}
