package rwkvms.report.drift;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The part of {@code verdict.json} that has a run's figures, with cases and tensors in random order. */
final class VerdictTexts {
    private VerdictTexts() {
    }

    static ObjectNode tree(Baseline run, Random random) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", true);
        json.putArray("errors");
        json.put("suite", "gate check").put("verdict_version", 1).put("rtol", run.tolerance().rtol()).put("atol",
                run.tolerance().atol());
        List<ObjectNode> cases = new ArrayList<>();
        run.runtimes().forEach((runtime, all) -> all.forEach((name, judged) -> {
            ObjectNode one = JsonNodeFactory.instance.objectNode().put("case", name).put("runtime", runtime);
            judged.errors().forEach(one.putArray("errors")::add);
            List<ObjectNode> tensors = new ArrayList<>();
            judged.tensors().forEach((tensor, measured) -> tensors.add(JsonNodeFactory.instance.objectNode()
                    .put("tensor", tensor.label()).put("ok", measured.passed()).put("values", measured.values() + 2)
                    .put("not_judged", 2).put("max_abs_diff", measured.error()).put("max_of_limit", measured.ofLimit())
                    .put("scale", measured.scale())));
            addAll(one.putArray("tensors"), tensors, random);
            cases.add(one);
        }));
        addAll(json.putArray("cases"), cases, random);
        json.putArray("not_evaluated");
        run.provenance().forEach(json.putObject("provenance").put("date", "2026-01-31T12:34:56Z")::put);
        return json;
    }

    static String of(Baseline run, Random random) {
        return tree(run, random).toString();
    }

    private static void addAll(ArrayNode array, List<ObjectNode> nodes, Random random) {
        Collections.shuffle(nodes, random);
        nodes.forEach(array::add);
    }
}
