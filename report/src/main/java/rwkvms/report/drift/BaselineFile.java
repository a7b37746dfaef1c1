package rwkvms.report.drift;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.math.MathTensor;
import rwkvms.report.VerdictJson;

/**
 * Reads a {@link Baseline} from {@code verdict.json} or from a baseline file, and writes the latter: sorted, one line per tensor,
 * without dates, so that two runs of one build give the same bytes and a version control system shows what has changed.
 */
public final class BaselineFile {
    /** The version of the form, which changes if a key goes or changes its meaning. */
    public static final int VERSION = 1;

    private static final String VERSION_KEY = "baseline_version";
    private static final String VERDICT_VERSION_KEY = "verdict_version";
    private static final String SUITE = "gate check";
    private static final String EXPECTED = ": expected a verdict.json or a baseline, found ";
    private static final List<String> COLUMNS = List.of("values", "of_limit", "max_abs_diff", "scale");
    /** Longest value that a message quotes. */
    private static final int MAX_SHOWN = 60;
    private static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final String file;

    private BaselineFile(String file) {
        this.file = file;
    }

    /**
     * Reads a verdict of {@code gate check} with its tensors, or a baseline.
     *
     * @throws IOException with file, place, what was expected and what was found, if it is neither
     */
    public static Baseline read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(InputFile.require(file));
        Optional<String> kind = FileKind.of(file).map(FileKind::words);
        if (kind.isPresent()) {
            throw new IOException(file + EXPECTED + kind.get());
        }
        return new BaselineFile(file.toString()).read(bytes);
    }

    /** Reads the text of a file of that name. */
    public static Baseline read(String file, String text) throws IOException {
        return new BaselineFile(file).read(text.getBytes(StandardCharsets.UTF_8));
    }

    private Baseline read(byte[] bytes) throws IOException {
        try {
            JsonNode json = JSON.readTree(bytes);
            if (!json.isObject()) {
                throw new IOException(file + EXPECTED + "JSON that is no object");
            }
            return json.has(VERSION_KEY) ? baseline(json) : verdict(json);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw new IOException(file + EXPECTED + "no JSON: " + e.getOriginalMessage()
                    + (at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"), e);
        }
    }

    private Baseline verdict(JsonNode json) throws IOException {
        requireVersion(json, VERDICT_VERSION_KEY, VerdictJson.VERSION);
        JsonNode suite = json.path("suite");
        if (suite.isMissingNode() && json.path("errors").isArray() && !json.path("errors").isEmpty()) {
            throw new IOException(file + ": expected the verdict of a run, found that of one that could not begin: "
                    + shown(json.at("/errors/0")));
        }
        if (!suite.asText().equals(SUITE)) {
            throw bad("suite", "'" + SUITE + "', of which alone tensors can be compared", suite);
        }
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes = new TreeMap<>();
        JsonNode cases = array(json, "", "cases");
        for (int i = 0; i < cases.size(); i++) {
            String place = "cases[" + i + "]";
            String runtime = text(cases.get(i), place, "runtime");
            String name = text(cases.get(i), place, "case");
            JudgedCase judged = judged(cases.get(i), place);
            if (runtimes.computeIfAbsent(runtime, _ -> new TreeMap<>()).put(name, judged) != null) {
                throw new IOException(file + ": " + place + ": expected each case once on a runtime, found '" + name
                        + "' on '" + runtime + "' again");
            }
        }
        SortedMap<String, SortedMap<String, String>> missed = new TreeMap<>();
        JsonNode notEvaluated = array(json, "", "not_evaluated");
        for (int i = 0; i < notEvaluated.size(); i++) {
            String place = "not_evaluated[" + i + "]";
            JsonNode each = notEvaluated.get(i);
            missed.computeIfAbsent(text(each, place, "runtime"), _ -> new TreeMap<>()).put(text(each, place, "case"),
                    text(each, place, "reason"));
        }
        return new Baseline(tolerance(json), Baseline.lasting(provenance(json)), requireSome(runtimes), missed);
    }

    private JudgedCase judged(JsonNode json, String place) throws IOException {
        if (!json.has("tensors")) {
            throw new IOException(file + ": " + place + ".tensors: expected the figures of each tensor, found none:"
                    + " --report DIR writes them to DIR/verdict.json, and --json prints them with --fixture alone");
        }
        SortedMap<MathTensor, Measured> tensors = new TreeMap<>();
        JsonNode all = array(json, place, "tensors");
        for (int i = 0; i < all.size(); i++) {
            String at = place + ".tensors[" + i + "]";
            JsonNode each = all.get(i);
            MathTensor tensor = tensor(text(each, at, "tensor"), at + ".tensor");
            long values = Math.subtractExact(count(each, at, "values"), count(each, at, "not_judged"));
            Measured measured = new Measured(values, number(each, at, "max_of_limit"),
                    number(each, at, "max_abs_diff"), each.has("scale") ? number(each, at, "scale") : Double.NaN,
                    bool(each, at, "ok"));
            if (tensors.put(tensor, measured) != null) {
                throw new IOException(file + ": " + at + ": expected each tensor once, found '" + tensor.label()
                        + "' again");
            }
        }
        List<String> errors = new ArrayList<>();
        for (JsonNode error : array(json, place, "errors")) {
            errors.add(error.asText());
        }
        return new JudgedCase(errors, tensors);
    }

    private Baseline baseline(JsonNode json) throws IOException {
        requireVersion(json, VERSION_KEY, VERSION);
        List<String> columns = new ArrayList<>();
        array(json, "", "columns").forEach(each -> columns.add(each.asText()));
        if (!columns.equals(COLUMNS)) {
            throw bad("columns", COLUMNS.toString(), json.path("columns"));
        }
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes = new TreeMap<>();
        for (Map.Entry<String, JsonNode> runtime : object(json, "runtimes").properties()) {
            SortedMap<String, JudgedCase> cases = new TreeMap<>();
            for (Map.Entry<String, JsonNode> one : runtime.getValue().properties()) {
                SortedMap<MathTensor, Measured> tensors = new TreeMap<>();
                for (Map.Entry<String, JsonNode> tensor : one.getValue().properties()) {
                    String place = "runtimes." + runtime.getKey() + "." + one.getKey() + "." + tensor.getKey();
                    tensors.put(tensor(tensor.getKey(), place), row(tensor.getValue(), place));
                }
                cases.put(one.getKey(), new JudgedCase(List.of(), tensors));
            }
            runtimes.put(runtime.getKey(), cases);
        }
        return new Baseline(tolerance(json), provenance(json), requireSome(runtimes), new TreeMap<>());
    }

    private Measured row(JsonNode row, String place) throws IOException {
        if (!row.isArray() || row.size() != COLUMNS.size()) {
            throw bad(place, COLUMNS.size() + " numbers, " + COLUMNS, row);
        }
        for (int i = 0; i < row.size(); i++) {
            if (!row.get(i).isNumber() || !(row.get(i).doubleValue() >= 0)) {
                throw bad(place + "[" + i + "]", "a number of at least 0", row.get(i));
            }
        }
        if (!row.get(0).isIntegralNumber()) {
            throw bad(place + "[0]", "a whole number of values", row.get(0));
        }
        return new Measured(row.get(0).longValue(), row.get(1).doubleValue(), row.get(2).doubleValue(),
                row.get(3).doubleValue(), true);
    }

    private SortedMap<String, SortedMap<String, JudgedCase>> requireSome(
            SortedMap<String, SortedMap<String, JudgedCase>> runtimes) throws IOException {
        if (runtimes.values().stream().flatMap(cases -> cases.values().stream())
                .noneMatch(each -> each.values() > 0)) {
            throw new IOException(file + ": expected at least one case that was judged, found none");
        }
        return runtimes;
    }

    private void requireVersion(JsonNode json, String key, int version) throws IOException {
        JsonNode found = json.path(key);
        if (found.isMissingNode()) {
            throw new IOException(file + EXPECTED + "JSON without "
                    + VERDICT_VERSION_KEY + " or " + VERSION_KEY);
        }
        if (!found.isInt() || found.intValue() != version) {
            throw bad(key, version + (found.isInt() && found.intValue() > version
                    ? ", the newest that this gate knows"
                    : ""), found);
        }
    }

    private Tolerance tolerance(JsonNode json) throws IOException {
        try {
            return new Tolerance(number(json, "", "rtol"), number(json, "", "atol"));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private SortedMap<String, String> provenance(JsonNode json) throws IOException {
        SortedMap<String, String> provenance = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : object(json, "provenance").properties()) {
            if (!entry.getValue().isTextual()) {
                throw bad("provenance." + entry.getKey(), "a text", entry.getValue());
            }
            provenance.put(entry.getKey(), entry.getValue().textValue());
        }
        return provenance;
    }

    private MathTensor tensor(String label, String place) throws IOException {
        Optional<MathTensor> tensor = MathTensor.ofLabel(label).filter(each -> !each.isInput());
        return tensor.orElseThrow(() -> new IOException(file + ": " + place
                + ": expected a tensor that math.md names and a runtime computes, found '" + label + "'"));
    }

    private JsonNode object(JsonNode json, String name) throws IOException {
        JsonNode found = json.path(name);
        if (!found.isObject()) {
            throw bad(name, "an object", found);
        }
        return found;
    }

    private JsonNode array(JsonNode json, String place, String name) throws IOException {
        JsonNode found = json.path(name);
        if (!found.isArray()) {
            throw bad(join(place, name), "an array", found);
        }
        return found;
    }

    private String text(JsonNode json, String place, String name) throws IOException {
        JsonNode found = json.path(name);
        if (!found.isTextual()) {
            throw bad(join(place, name), "a text", found);
        }
        return found.textValue();
    }

    private boolean bool(JsonNode json, String place, String name) throws IOException {
        JsonNode found = json.path(name);
        if (!found.isBoolean()) {
            throw bad(join(place, name), "true or false", found);
        }
        return found.booleanValue();
    }

    private long count(JsonNode json, String place, String name) throws IOException {
        JsonNode found = json.path(name);
        if (!found.isIntegralNumber() || found.longValue() < 0) {
            throw bad(join(place, name), "a whole number of at least 0", found);
        }
        return found.longValue();
    }

    /** A number of at least 0, or infinity, which JSON writes as a text. */
    private double number(JsonNode json, String place, String name) throws IOException {
        JsonNode found = json.path(name);
        if (found.isTextual() && found.textValue().equals("Infinity")) {
            return Double.POSITIVE_INFINITY;
        }
        if (!found.isNumber() || !(found.doubleValue() >= 0)) {
            throw bad(join(place, name), "a number of at least 0", found);
        }
        return found.doubleValue();
    }

    private static String join(String place, String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    private IOException bad(String place, String expected, JsonNode found) {
        return new IOException(file + ": " + place + ": expected " + expected + ", found " + shown(found));
    }

    private static String shown(JsonNode found) {
        String text = found.isMissingNode() ? "none" : found.toString();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }

    /**
     * Returns the text of a baseline file. Numbers have three digits: what differs in the fourth is no change.
     *
     * @throws IllegalArgumentException if a case did not pass
     */
    public static String text(Baseline baseline) {
        StringBuilder json = new StringBuilder("{\n").append("  \"" + VERSION_KEY + "\": " + VERSION + ",\n");
        json.append("  \"columns\": ").append(COLUMNS.stream().map(BaselineFile::quoted).toList()).append(",\n");
        json.append("  \"rtol\": ").append(baseline.tolerance().rtol()).append(",\n");
        json.append("  \"atol\": ").append(baseline.tolerance().atol()).append(",\n");
        List<String> provenance = new ArrayList<>();
        baseline.provenance().forEach((name, value) -> provenance.add("    " + quoted(name) + ": " + quoted(value)));
        json.append("  \"provenance\": {\n").append(String.join(",\n", provenance)).append("\n  },\n");
        List<String> runtimes = new ArrayList<>();
        baseline.runtimes().forEach((runtime, cases) -> {
            List<String> all = new ArrayList<>();
            cases.forEach(
                    (name, judged) -> all.add("      " + quoted(name) + ": {\n" + rows(name, judged) + "\n      }"));
            runtimes.add("    " + quoted(runtime) + ": {\n" + String.join(",\n", all) + "\n    }");
        });
        return json.append("  \"runtimes\": {\n").append(String.join(",\n", runtimes)).append("\n  }\n}\n").toString();
    }

    private static String rows(String name, JudgedCase judged) {
        if (!judged.passed()) {
            throw new IllegalArgumentException(name + ": expected a case that passed");
        }
        List<String> rows = new ArrayList<>();
        judged.tensors().forEach((tensor, measured) -> rows.add("        " + quoted(tensor.label()) + ": ["
                + measured.values() + ", " + rounded(measured.ofLimit()) + ", " + rounded(measured.error()) + ", "
                + rounded(measured.scale()) + "]"));
        return String.join(",\n", rows);
    }

    private static String rounded(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    private static String quoted(String text) {
        return JSON.getNodeFactory().textNode(text).toString();
    }
}
