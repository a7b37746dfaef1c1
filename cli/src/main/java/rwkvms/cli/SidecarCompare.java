package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import rwkvms.checkpoint.Checkpoint;
import rwkvms.checkpoint.CheckpointComparison.Difference;
import rwkvms.checkpoint.CheckpointComparison;
import rwkvms.checkpoint.CheckpointFolder;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/** {@code gate sidecar compare A B}: compares two sidecars or checkpoints. */
@Command(name = "compare", description = "Compares two sidecars or checkpoint folders: tensors bit for bit, settings, metadata.")
final class SidecarCompare extends GateCommand {
    /** Characters of a value in the table; the JSON has all of them. */
    private static final int MAX_SHOWN = 100;

    @Parameters(index = "0", paramLabel = "A", description = "A sidecar or the folder of a checkpoint.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path first;

    @Parameters(index = "1", paramLabel = "B", description = "Another one.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path second;

    /** One side, with the file that must stay open while it is read. */
    private record Side(Checkpoint checkpoint, @Nullable Sidecar open) implements AutoCloseable {
        static Side of(Path path) throws IOException {
            if (Files.isDirectory(path)) {
                return new Side(CheckpointFolder.read(path), null);
            }
            Sidecar sidecar = SidecarReader.open(InputFiles.readable(path));
            return new Side(Checkpoint.of(sidecar), sidecar);
        }

        @Override
        public void close() {
            if (open != null) {
                open.close();
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        try (Side a = Side.of(first); Side b = Side.of(second)) {
            CheckpointComparison comparison = CheckpointComparison.of(a.checkpoint(), b.checkpoint());
            List<String> differences = comparison.differences().stream().map(SidecarCompare::line).toList();
            Verdict judged = new Verdict("gate sidecar compare",
                    List.of(new Entry(first + " and " + second, Outcome.of(differences))), List.of(),
                    GateVersion.provenance(), new Reproduce("sidecar compare").argument(first)
                            .argument(second).toString(),
                    (json, whole) -> write(json, comparison, a.checkpoint()));
            return tell(judged,
                    (verdict, out) -> print(comparison, a.checkpoint(), differences, out), List.of());
        }
    }

    private void write(ObjectNode json, CheckpointComparison comparison, Checkpoint a) {
        json.put("a", first.toString()).put("b", second.toString()).put("tensors", a.tensors().size())
                .put("values", a.values()).put("texts_and_base_compared", comparison.notes());
        ArrayNode differences = json.putArray("differences");
        for (Difference difference : comparison.differences()) {
            differences.addObject().put("place", difference.place()).put("a", difference.first()).put("b",
                    difference.second());
        }
    }

    private void print(CheckpointComparison comparison, Checkpoint a, List<String> differences, PrintWriter out) {
        differences.forEach(out::println);
        if (!comparison.notes()) {
            out.println("texts and base binding: not compared, a checkpoint of PyTorch has none");
        }
        int count = differences.size();
        out.println(first + " and " + second + ": " + (count == 0
                ? "the same, " + a.tensors().size() + " tensors, " + a.values() + " values"
                : count == 1 ? "1 difference" : count + " differences"));
    }

    private static String line(Difference difference) {
        return difference.place() + ": " + cut(difference.first()) + " and " + cut(difference.second());
    }

    private static String cut(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }
}
