package rwkvms.faults;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All faults: one file per stage, {@code projection.yaml} to {@code hook.yaml}. */
final class Catalogue {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final List<Fault> ALL = read();

    private Catalogue() {
    }

    static List<Fault> all() {
        return ALL;
    }

    private static List<Fault> read() {
        List<Fault> faults = new ArrayList<>();
        for (FaultStage stage : FaultStage.values()) {
            faults.addAll(read(stage.label() + ".yaml", new TypeReference<List<Fault>>() {
            }));
        }
        return List.copyOf(faults);
    }

    /** The faults that a run judges: {@code all}, {@code default}, or names with commas between. */
    static List<Fault> chosen(String choice) {
        List<Fault> all = all();
        return switch (choice) {
            case "all" -> all;
            case "default" -> all.stream().filter(Fault::inDefault).toList();
            default -> List.of(choice.split(",")).stream()
                    .map(name -> all.stream().filter(fault -> fault.name().equals(name)).findFirst().orElseThrow(
                            () -> new IllegalArgumentException("-Dfaults: no fault " + name + " in the catalogue")))
                    .toList();
        };
    }

    /** The faults of a file in the catalogue's form. */
    static List<Fault> in(Path file) {
        try {
            return YAML.readValue(file.toFile(), new TypeReference<List<Fault>>() {
            });
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": expected faults as docs/add-a-fault.md shows them, found "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("nothing"), e);
        }
    }

    static <T> List<T> read(String name, TypeReference<List<T>> type) {
        try (InputStream in = Catalogue.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + ": not among the resources of the module faults");
            }
            return YAML.readValue(in, type);
        } catch (IOException e) {
            throw new IllegalStateException(name + ": " + e.getMessage(), e);
        }
    }
}
