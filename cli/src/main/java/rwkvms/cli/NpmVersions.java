package rwkvms.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import rwkvms.child.Child;

/** The versions of a package by npm's own list. */
final class NpmVersions {
    /** The system property with the program; by default npm of the path. */
    static final String PROGRAM_PROPERTY = "rwkvms.npm";
    private static final Duration LIMIT = Duration.ofMinutes(1);
    /** Releases only: no 4.0.0-beta.1. */
    private static final Pattern RELEASE = Pattern.compile("\\d{1,6}(\\.\\d{1,6}){2}");

    private NpmVersions() {
    }

    /**
     * The releases of a package, oldest first.
     *
     * @throws IOException if npm does not tell them
     */
    static List<String> of(String name) throws IOException, InterruptedException {
        String program = System.getProperty(PROGRAM_PROPERTY, "npm");
        String what = "npm view " + name + " versions: expected npm's list, found ";
        Child.Run run;
        try {
            run = new Child(List.of(program, "view", name, "versions", "--json"), Path.of("").toAbsolutePath(),
                    Map.of("npm_config_fetch_retries", "0", "npm_config_update_notifier", "false"), LIMIT).run();
        } catch (IOException e) {
            throw new IOException(what + "no program " + program + "; install npm 9 or newer", e);
        }
        if (!run.succeeded()) {
            throw new IOException(what + run.ending().words() + ": "
                    + run.err().strip().lines().findFirst().orElse("it says nothing") + "; it needs a network");
        }
        return versions(run.out(), what);
    }

    private static List<String> versions(String json, String what) throws IOException {
        List<String> versions = new ArrayList<>();
        try {
            JsonNode list = new ObjectMapper().readTree(json);
            for (JsonNode each : list.isTextual() ? List.of(list) : list) { // npm writes a list of one without brackets
                versions.add(each.asText());
            }
        } catch (JsonProcessingException e) {
            throw new IOException(what + "no JSON", e);
        }
        versions.removeIf(version -> !RELEASE.matcher(version).matches());
        if (versions.isEmpty()) {
            throw new IOException(what + "no version in it");
        }
        return versions.stream().sorted(OLDEST_FIRST).toList();
    }

    /** Versions of three numbers in their order. */
    static final Comparator<String> OLDEST_FIRST = (some, others) -> Arrays.compare(numbers(some), numbers(others));

    private static int[] numbers(String version) {
        return Pattern.compile("\\.").splitAsStream(version).mapToInt(Integer::parseInt).toArray();
    }
}
