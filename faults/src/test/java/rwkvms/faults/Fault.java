package rwkvms.faults;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One fault of the catalogue.
 *
 * @param breaks      what is wrong then
 * @param noticed     who would notice
 * @param edits       in their order, where a file has more than one
 * @param hypothesis  what the gate must name it; empty if it is no mistake of the table
 * @param inDefault   whether {@code mvn verify} judges it; else only the profile {@code faults}
 * @param origin      who thought of it
 * @param beforeTest  whether it was written before the test that kills it
 */
record Fault(String name, FaultStage stage, String breaks, String noticed, List<Edit> edits, Expectation expectation,
        Optional<String> hypothesis, boolean inDefault, Origin origin, boolean beforeTest) {

    /** Who thought of a fault. Whoever wrote the tests knows what they look at. */
    enum Origin {
        TESTS("those who wrote the tests"), OTHERS("others");

        private final String label;

        Origin(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    enum Expectation {
        KILLED,
        /** No suite fails, because nothing is wrong: the same results within the tolerance, in another way. */
        EQUIVALENT;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A fault as the catalogue has it: unless it says otherwise, it is to be killed and not in the default run. */
    @JsonCreator
    static Fault of(@JsonProperty(value = "name", required = true) String name,
            @JsonProperty(value = "stage", required = true) String stage,
            @JsonProperty(value = "file", required = true) String file,
            @JsonProperty(value = "breaks", required = true) String breaks,
            @JsonProperty(value = "noticed", required = true) String noticed,
            @JsonProperty(value = "find", required = true) String find,
            @JsonProperty(value = "replace", required = true) String replace,
            @JsonProperty("also") @Nullable List<Edit> also, @JsonProperty("expect") @Nullable String expect,
            @JsonProperty("hypothesis") @Nullable String hypothesis, @JsonProperty("default") boolean inDefault,
            @JsonProperty("origin") @Nullable String origin, @JsonProperty("before-test") boolean beforeTest) {
        List<Edit> edits = new ArrayList<>(List.of(new Edit(file, find, replace)));
        edits.addAll(also == null ? List.of() : also);
        return new Fault(name, FaultStage.valueOf(stage.toUpperCase(Locale.ROOT)), breaks, noticed, List.copyOf(edits),
                Expectation.valueOf((expect == null ? "killed" : expect).toUpperCase(Locale.ROOT)),
                Optional.ofNullable(hypothesis), inDefault,
                Origin.valueOf((origin == null ? "tests" : origin).toUpperCase(Locale.ROOT)), beforeTest);
    }

    /** The changed files by name; {@link IllegalStateException} if a text does not fit. */
    Map<String, String> changed() throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Edit edit : edits) {
            String before = files.containsKey(edit.file())
                    ? files.get(edit.file())
                    : Files.readString(NativeBuild.file(edit.file()));
            files.put(edit.file(), edit.in(before, name));
        }
        return files;
    }

    String file() {
        return edits.getFirst().file();
    }
}
