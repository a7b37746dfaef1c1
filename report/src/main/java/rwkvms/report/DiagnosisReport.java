package rwkvms.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Explanation;
import rwkvms.hypotheses.Hypotheses;

/** Diagnoses as each report writes them: above the cases, since they hold for all of them. */
public final class DiagnosisReport {
    private static final String KEY = "diagnosis";

    private DiagnosisReport() {
    }

    /** The lines of all diagnoses; each names its runtime if there are several. */
    public static List<String> lines(List<Diagnosis> diagnoses) {
        List<String> lines = new ArrayList<>();
        for (Diagnosis each : diagnoses) {
            List<String> of = each.lines();
            lines.add((diagnoses.size() > 1 ? each.runtime() + ": " : "") + of.getFirst());
            lines.addAll(of.subList(1, of.size()));
        }
        return lines;
    }

    /** Adds an array with one object per runtime that gave wrong values. */
    public static void write(ObjectNode json, List<Diagnosis> diagnoses) {
        ArrayNode all = json.putArray(KEY);
        for (Diagnosis each : diagnoses) {
            ObjectNode of = all.addObject().put("runtime", each.runtime()).put("where", each.where())
                    .put("finding", each.finding().label()).put("hypotheses", each.hypotheses());
            ArrayNode explanations = of.putArray("explanations");
            for (Explanation explanation : each.explanations()) {
                explanations.addObject().put("hypothesis", explanation.hypothesis().name())
                        .put("section", explanation.hypothesis().section())
                        .put("developer", explanation.hypothesis().developer()).put("cases", explanation.cases())
                        .put("nearer", explanation.nearer())
                        .put("of", explanation.of()).put("max_abs_diff", explanation.maxAbsDiff());
            }
            each.others().forEach(of.putArray("others")::add);
            each.known().forEach(of.putArray("known")::add);
            of.put("untried", each.untried().orElse(null));
        }
    }

    /**
     * Returns what {@link #write} has written, in the process of a library.
     *
     * @throws IllegalArgumentException if a hypothesis is none of ours
     */
    public static List<Diagnosis> read(JsonNode json) {
        List<Diagnosis> diagnoses = new ArrayList<>();
        for (JsonNode of : json.path(KEY)) {
            List<Explanation> explanations = new ArrayList<>();
            for (JsonNode each : of.path("explanations")) {
                String name = each.path("hypothesis").asText();
                explanations.add(new Explanation(Hypotheses.named(name)
                        .orElseThrow(() -> new IllegalArgumentException(name + ": no hypothesis")),
                        each.path("cases").asInt(), each.path("nearer").asInt(), each.path("of").asInt(),
                        each.path("max_abs_diff").asDouble()));
            }
            diagnoses.add(new Diagnosis(of.path("runtime").asText(), of.path("where").asText(),
                    Diagnosis.Finding.valueOf(of.path("finding").asText().toUpperCase(Locale.ROOT)), explanations,
                    texts(of.path("others")), texts(of.path("known")), of.path("hypotheses").asInt(),
                    Optional.ofNullable(of.path("untried").textValue())));
        }
        return diagnoses;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** For a page. */
    public static String html(List<Diagnosis> diagnoses) {
        StringBuilder html = new StringBuilder();
        lines(diagnoses).forEach(
                line -> html.append("<p class=\"diagnosis\">").append(CheckReport.escape(line)).append("</p>\n"));
        return html.toString();
    }

    static String markdown(List<Diagnosis> diagnoses) {
        StringBuilder text = new StringBuilder();
        lines(diagnoses).forEach(line -> text.append(MarkdownSummary.escaped(line)).append("\n\n"));
        return text.toString();
    }
}
