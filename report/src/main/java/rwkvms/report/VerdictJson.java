package rwkvms.report;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import org.jspecify.annotations.Nullable;
import rwkvms.fixtures.Divergence;
import rwkvms.fixtures.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;

/**
 * A {@link Verdict} as the JSON object of gate.md, on one line. What JSON has no number for, such as the difference from a
 * value that is NaN, is a string: {@code "Infinity"}, {@code "NaN"}.
 */
public final class VerdictJson {
    private final Verdict verdict;
    private final JsonGenerator json;

    private VerdictJson(Verdict verdict, JsonGenerator json) {
        this.verdict = verdict;
        this.json = json;
    }

    /**
     * The object as text.
     *
     * @param everyTensor with the figures of every tensor, not only of every case
     */
    public static String of(Verdict verdict, boolean everyTensor) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            new VerdictJson(verdict, json).write(everyTensor);
        } catch (IOException e) {
            throw new UncheckedIOException("a string takes all that is written", e);
        }
        return text.toString();
    }

    private void write(boolean everyTensor) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("ok", verdict.ok());
        json.writeNumberField("compared", verdict.compared());
        json.writeNumberField("expected", verdict.expected());
        json.writeNumberField("values", verdict.values());
        json.writeBooleanField("sidecar", verdict.withWeights());
        json.writeStringField("runtime", String.join(",", verdict.runtimes()));
        if (verdict.worst().isPresent()) {
            json.writeNumberField("max_abs_diff", verdict.worst().get().maxAbsDiff());
            json.writeStringField("max_abs_diff_tensor", verdict.worst().get().tensor().label());
        } else {
            json.writeNullField("max_abs_diff");
            json.writeNullField("max_abs_diff_tensor");
        }
        json.writeFieldName("first_divergence");
        writeDivergence(verdict.firstDivergence().orElse(null));
        json.writeNumberField("rtol", verdict.tolerance().rtol());
        json.writeNumberField("atol", verdict.tolerance().atol());
        writeTexts("errors", errors());
        writeTexts("mistrusted", verdict.mistrusted().stream().flatMap(result -> result.mistrusted().stream()
                .map(reason -> result.caseName() + " on " + result.runtime() + ": " + reason)).toList());
        writeCases(everyTensor);
        writeNotEvaluated();
        json.writeObjectFieldStart("provenance");
        for (Map.Entry<String, String> entry : verdict.provenance().entries().entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
        json.writeStringField("reproduce", verdict.reproduce());
        json.writeEndObject();
    }

    /** What kept tensors from being compared; where nothing was judged at all, it is never empty. */
    private List<String> errors() {
        Stream<String> ofCases = verdict.results().stream().flatMap(result -> result.errors().stream()
                .map(error -> result.caseName() + " on " + result.runtime() + ": " + error));
        return Stream.concat(verdict.results().isEmpty()
                ? verdict.complaints().stream()
                : verdict.errors().stream(), ofCases).toList();
    }

    private void writeTexts(String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private void writeDivergence(@Nullable Divergence first) throws IOException {
        if (first == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("stage", first.stage().label());
        json.writeStringField("tensor", first.tensor().label());
        json.writeFieldName("index");
        json.writeRawValue(first.index());
        if (first.token() < 0) {
            json.writeNullField("token");
        } else {
            json.writeNumberField("token", first.token());
        }
        json.writeNumberField("layer", first.layer());
        json.writeNumberField("expected", first.expected());
        json.writeNumberField("actual", first.actual());
        json.writeEndObject();
    }

    private void writeCases(boolean everyTensor) throws IOException {
        json.writeArrayFieldStart("cases");
        for (Judged each : verdict.judged()) {
            if (each.outcome() instanceof CheckResult result) {
                writeCase(result, each.reproduce(), everyTensor);
            }
        }
        json.writeEndArray();
    }

    private void writeCase(CheckResult result, String reproduce, boolean everyTensor) throws IOException {
        json.writeStartObject();
        json.writeStringField("case", result.caseName());
        json.writeStringField("runtime", result.runtime());
        json.writeBooleanField("ok", result.ok());
        json.writeNumberField("compared", result.comparisons().size());
        json.writeNumberField("expected", result.expected());
        json.writeNumberField("values", result.values());
        json.writeBooleanField("sidecar", result.withWeights());
        if (result.comparisons().isEmpty()) {
            json.writeNullField("max_abs_diff");
            json.writeNullField("max_of_limit");
        } else {
            json.writeNumberField("max_abs_diff", result.maxAbsDiff());
            json.writeNumberField("max_of_limit", result.maxRatio());
        }
        json.writeFieldName("first_divergence");
        writeDivergence(result.firstDivergence().orElse(null));
        writeTexts("errors", result.errors());
        writeTexts("mistrusted", result.mistrusted());
        writeTexts("notes", result.notes());
        json.writeStringField("reproduce", reproduce);
        if (everyTensor) {
            writeTensors(result.comparisons());
        }
        json.writeEndObject();
    }

    private void writeTensors(List<TensorComparison> comparisons) throws IOException {
        json.writeArrayFieldStart("tensors");
        for (TensorComparison tensor : comparisons) {
            json.writeStartObject();
            json.writeStringField("tensor", tensor.tensor().label());
            json.writeBooleanField("ok", tensor.passed());
            json.writeNumberField("values", tensor.elements());
            json.writeNumberField("not_judged", tensor.notJudged());
            json.writeNumberField("max_abs_diff", tensor.maxAbsDiff());
            json.writeNumberField("max_rel_diff", tensor.maxRelDiff());
            json.writeNumberField("max_ulp", tensor.maxUlp());
            json.writeNumberField("max_of_limit", tensor.maxRatio());
            json.writeNumberField("over_tolerance", tensor.over());
            json.writeNumberField("nmse", tensor.nmse());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeNotEvaluated() throws IOException {
        json.writeArrayFieldStart("not_evaluated");
        for (NotEvaluated missed : verdict.notEvaluated()) {
            json.writeStartObject();
            json.writeStringField("case", missed.caseName());
            json.writeStringField("runtime", missed.runtime());
            json.writeStringField("reason", missed.reason());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
