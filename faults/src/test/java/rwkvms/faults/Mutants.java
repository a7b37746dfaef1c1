package rwkvms.faults;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The mutants that the profile {@code mutants} judges, and those that are known to live, with the reason. */
final class Mutants {
    private static final Map<String, FaultStage> FILES = files();

    private Mutants() {
    }

    private static Map<String, FaultStage> files() {
        Map<String, FaultStage> files = new LinkedHashMap<>();
        files.put("scan.cpp", FaultStage.SCAN);
        files.put("features.cpp", FaultStage.FEATURES);
        files.put("graphs.cpp", FaultStage.READOUT);
        files.put("weights.cpp", FaultStage.PROJECTION);
        files.put("context.cpp", FaultStage.STATE);
        files.put("ggml_memory.cpp", FaultStage.STATE);
        files.put("host_stages.cpp", FaultStage.STATE);
        files.put("state.cpp", FaultStage.STATE);
        files.put("fingerprint.cpp", FaultStage.STATE);
        files.put("sidecar.cpp", FaultStage.SIDECAR);
        files.put("sidecar_file.cpp", FaultStage.SIDECAR);
        files.put("config.cpp", FaultStage.SIDECAR);
        files.put("tensor_rules.cpp", FaultStage.SIDECAR);
        return files;
    }

    /**
     * A mutant that lives because nothing is wrong, or nothing that a user could see; its name is its {@link #text}.
     */
    record Equivalent(@JsonProperty(required = true) String mutant, @JsonProperty(required = true) String reason) {
    }

    static List<Fault> all() throws IOException {
        List<Fault> all = new ArrayList<>();
        Path sources = NativeBuild.ROOT.resolve("native/src/main/cpp/src");
        for (Map.Entry<String, FaultStage> file : FILES.entrySet()) {
            all.addAll(Mutator.of(file.getKey(), file.getValue(), Files.readString(sources.resolve(file.getKey()))));
        }
        return all;
    }

    /** {@code count} mutants, spread evenly over all; all of them if there are no more. */
    static List<Fault> some(int count) throws IOException {
        List<Fault> all = all();
        return count >= all.size()
                ? all
                : IntStream.range(0, count).mapToObj(i -> all.get((int) ((long) i * all.size() / count))).toList();
    }

    /** The file and both lines, without the line number, which changes with the code above it. */
    static String text(Fault mutant) {
        return mutant.file() + mutant.breaks().replaceFirst("^[^ ]*", "");
    }

    static List<Equivalent> equivalent() {
        return Catalogue.read("equivalent-mutants.yaml", new TypeReference<>() {
        });
    }
}
