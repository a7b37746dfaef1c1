package rwkvms.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import rwkvms.child.Child;
import rwkvms.child.Ending;

/** What a {@link ProbeChild} left: a result of each check that it ended, and one of what it died in. */
final class ChildResults {
    private static final int TAIL = 400;
    /** What the JVM says of a signal that it takes itself: its number, before it ends with a code of its own. */
    private static final Pattern BANNER = Pattern.compile("#  SIG[A-Z]+ \\(0x([0-9a-f]+)\\) at pc=");

    private ChildResults() {
    }

    /**
     * Reads the lines of a child that is gone.
     *
     * @param file that it appended to; absent where it did not come so far
     */
    static List<ProbeResult> of(Path file, Child.Run run) throws IOException {
        List<ProbeResult> results = new ArrayList<>();
        ObjectMapper mapper = new ObjectMapper();
        Optional<String> begun = Optional.empty();
        for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
            JsonNode json = mapper.readTree(line);
            if (json.has("begin")) {
                begun = Optional.of(json.path("begin").textValue());
            } else {
                begun = Optional.empty();
                List<String> problems = new ArrayList<>();
                json.path("problems").forEach(problem -> problems.add(problem.textValue()));
                results.add(new ProbeResult(json.path("end").textValue(),
                        Optional.ofNullable(json.path("not_evaluated").textValue()), problems));
            }
        }
        if (begun.isPresent() || !run.ending().equals(new Ending.Exited(0))) {
            String what = begun.orElse("start of the child");
            results.add(new ProbeResult(what, Optional.empty(), List.of(died(run))));
        }
        return results;
    }

    private static String died(Child.Run run) {
        String said = (run.out() + run.err()).strip();
        Matcher banner = BANNER.matcher(said);
        if (banner.find()) {
            return "the library " + new Ending.Crashed(Integer.parseInt(banner.group(1), 16)).words();
        }
        String tail = said.length() <= TAIL ? said : said.substring(0, TAIL) + "...";
        String how = run.ending() instanceof Ending.Exited
                ? "ended the process: " + run.ending().words()
                : run.ending().words();
        return "the library " + how + (tail.isEmpty() ? "" : "; it said: " + tail.replace("\n", " | "));
    }
}
