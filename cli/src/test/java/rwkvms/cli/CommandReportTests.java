package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Commands on files write with {@code --report} what they print with {@code --json}, and a summary. */
final class CommandReportTests {
    @TempDir
    private Path folder = Path.of("");

    private record Call(String suite, Object subject, int code, Object... arguments) {
    }

    @TestFactory
    Stream<DynamicTest> everyCommandLeavesItsVerdict() throws IOException {
        Path basic = EditedFixture.sidecar("basic");
        Path fixture = EditedFixture.fixture("basic");
        Path checkpoint = folder.resolve("checkpoint");
        Path exported = folder.resolve("exported.gguf");
        Path small = folder.resolve("small.gguf");
        Path model = folder.resolve("model.gguf");
        Path slot = Files.write(folder.resolve("slot"), StateSlots.of("basic"));
        return Stream.of(new Call("gate fixture verify", fixture, 0, "fixture", "verify", fixture),
                new Call("gate sidecar validate", basic, 0, "sidecar", "validate", basic),
                new Call("gate sidecar inspect", basic, 0, "sidecar", "inspect", basic),
                new Call("gate sidecar materialize", checkpoint, 0, "sidecar", "materialize", basic, checkpoint),
                new Call("gate sidecar export", exported, 0, "sidecar", "export", checkpoint, exported),
                new Call("gate sidecar synthesize", small, 0, "sidecar", "synthesize", "--hidden", 16, "--layers", 0,
                        small),
                new Call("gate sidecar compare", basic + " and " + exported, 0, "sidecar", "compare", basic, exported),
                new Call("gate model synthesize", model, 0, "model", "synthesize", model),
                new Call("gate state inspect", slot, 0, "state", "inspect", slot),
                new Call("gate state corrupt", slot, 0, "state", "corrupt", slot, "--what", "magic", "--out",
                        folder.resolve("bad")),
                new Call("gate preflight", "llama-server", 0, "preflight", "--clean-env", "--", "llama-server",
                        "-m", small))
                .map(call -> DynamicTest.dynamicTest(call.suite, () -> leaves(call)));
    }

    private void leaves(Call call) throws IOException {
        Path report = folder.resolve(call.suite);
        GateRun run = GateRun.of(withReport(call.arguments, report));

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(call.code);
        assertThat(report.resolve("verdict.json")).hasContent(run.json().toString());
        assertThat(report.resolve("summary.md"))
                .hasContent("# " + call.suite + "\n\n- passed: `" + call.subject + "`\n");
        for (String file : List.of("report.html", "junit.xml", "annotations.txt", "allure-results")) {
            assertThat(report.resolve(file)).exists();
        }
    }

    /** Returns the arguments with options after the command's names, before words for another program. */
    private static Object[] withReport(Object[] arguments, Path report) {
        int names = arguments[0].equals("preflight") ? 1 : 2;
        return Stream.of(Stream.of(arguments).limit(names), Stream.of("--json", "--report", report),
                Stream.of(arguments).skip(names)).flatMap(words -> words).toArray();
    }

    @Test
    void whatDiffersIsListed() throws IOException {
        Path basic = EditedFixture.sidecar("basic");
        Path checkpoint = folder.resolve("checkpoint");
        GateRun.of("sidecar", "materialize", basic, checkpoint);
        Path metadata = checkpoint.resolve("adapter_metadata.json");
        Files.writeString(metadata, Files.readString(metadata).replaceFirst("\\{",
                "{\"remark\": \"" + "x".repeat(98) + "\","));
        Path report = folder.resolve("report");

        GateRun run = GateRun.of("sidecar", "compare", basic, checkpoint, "--report", report);

        assertThat(run.code()).isEqualTo(1);
        String difference = "adapter_metadata.json, remark: none and \"" + "x".repeat(98) + "\"";
        assertThat(report.resolve("summary.md"))
                .hasContent("# gate sidecar compare\n\n- **FAILED**: `" + basic + " and "
                        + checkpoint + "`\n  - " + difference + "\n");
        assertThat(run.out()).isEqualToNormalizingNewlines(difference + "\n" + basic + " and " + checkpoint
                + ": 1 difference\n");
        assertThat(GateRun.of("sidecar", "compare", basic, checkpoint, "--json").json().at("/differences"))
                .hasToString(
                        "[{\"place\":\"adapter_metadata.json, remark\",\"a\":\"none\",\"b\":\"\\\"" + "x".repeat(98)
                                + "\\\"\"}]");

        Files.writeString(metadata, Files.readString(metadata).replaceFirst("xx", "xxx"));
        assertThat(GateRun.of("sidecar", "compare", basic, checkpoint).out()).startsWith(
                "adapter_metadata.json, remark: none and \"" + "x".repeat(99) + "…" + System.lineSeparator());
    }
}
