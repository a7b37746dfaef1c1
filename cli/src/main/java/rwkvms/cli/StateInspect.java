package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;
import rwkvms.state.StateView;

/**
 * {@code gate state inspect FILE}: shows the payload of a file. The five numbers are named only in the layout of
 * docs/state-format.md: what they mean in another one is not known.
 */
@Command(name = "inspect", description = "Finds the RWKV-MS state payload in a slot or session file and shows its fields.")
final class StateInspect extends GateCommand {
    @Parameters(paramLabel = "FILE", description = "The slot or session file.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Override
    public Integer call() throws IOException {
        StateView view = StateFiles.view(file);
        Outcome outcome = view.own().filter(own -> !own.sound()).<Outcome>map(own -> new Outcome.Failed(
                "state payload at byte " + view.offset()
                        + ": checksum: expected the SHA-256 of what stands before it, found another; the payload is damaged"))
                .orElseGet(Outcome.Passed::new);
        ObjectNode described = described(view);
        Verdict verdict = new Verdict("gate state inspect", List.of(Entry.ofFile(file, outcome)), List.of(),
                GateVersion.provenance().withFile("state", file),
                new Reproduce("state inspect").argument(file).toString(),
                (json, whole) -> json.setAll(described));
        return tell(verdict, (told, out) -> print(described, out), verdict.complaints());
    }

    private ObjectNode described(StateView view) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("file", file.toString())
                .put("offset", view.offset()).put("version", view.version())
                .put("layout", view.own().isPresent() ? "own" : "foreign");
        if (view.own().isPresent()) {
            List<String> names = StateView.NUMBER_NAMES;
            for (int i = 0; i < names.size(); i++) {
                json.put(names.get(i), view.numbers().get(i));
            }
        } else {
            view.numbers().forEach(json.putArray("numbers")::add);
        }
        json.put("fingerprint", view.fingerprint());
        view.own().ifPresent(own -> {
            json.put("bytes", own.size()).put("checksum", own.sound() ? "holds" : "differs");
            for (StateView.Layer layer : own.layers()) {
                json.withArray("layers").addObject().put("layer", layer.index()).put("position", layer.position())
                        .put("max_abs_state", layer.maxAbsState())
                        .put("max_abs_previous_source", layer.maxAbsSource());
            }
        });
        return json;
    }

    private static void print(ObjectNode json, PrintWriter out) {
        SidecarInspect.printFields(json, 24, Set.of("layers"), out);
        if (json.has("layers")) {
            out.printf(Locale.ROOT, "%n%5s %20s %14s %24s%n", "layer", "position", "max abs state",
                    "max abs previous source");
        }
        for (JsonNode layer : json.path("layers")) {
            out.printf(Locale.ROOT, "%5d %20d %14.6g %24.6g%n", layer.path("layer").asLong(),
                    layer.path("position").asLong(), layer.path("max_abs_state").asDouble(),
                    layer.path("max_abs_previous_source").asDouble());
        }
    }
}
