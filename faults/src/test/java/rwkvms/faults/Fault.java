package rwkvms.faults;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One fault of the catalogue.
 *
 * @param breaks      what is wrong then
 * @param noticed     who would notice
 * @param edits       one per file
 * @param inDefault   whether {@code mvn verify} judges it; else only the profile {@code faults}
 */
record Fault(String name, FaultStage stage, String breaks, String noticed, List<Edit> edits, Expectation expectation,
        boolean inDefault) {

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
            @JsonProperty("default") boolean inDefault) {
        List<Edit> edits = new ArrayList<>(List.of(new Edit(file, find, replace)));
        edits.addAll(also == null ? List.of() : also);
        return new Fault(name, FaultStage.valueOf(stage.toUpperCase(Locale.ROOT)), breaks, noticed, List.copyOf(edits),
                Expectation.valueOf((expect == null ? "killed" : expect).toUpperCase(Locale.ROOT)), inDefault);
    }

    String file() {
        return edits.getFirst().file();
    }
}
