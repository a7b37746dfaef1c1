package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs compared with earlier ones: {@code gate compare} and {@code gate check --baseline}. */
final class CompareCommandTests {
    private static final Object[] CHECK = {"check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--runtime",
            "reference"};
    /** A tensor whose error against PyTorch is a few units in the last place. */
    private static final String TENSOR = "memory_v";

    @TempDir
    private Path folder = Path.of("");

    private static GateRun check(Object... more) {
        return GateRun.of(GateRun.with(CHECK, more));
    }

    private Path baseline() {
        Path file = folder.resolve("baseline.json");
        assertThat(check("--write-baseline", file).code()).isZero();
        return file;
    }

    /** The verdict of the check, changed. */
    private Path verdict(String name, Consumer<ObjectNode> edit) throws IOException {
        Path report = folder.resolve("report");
        assertThat(check("--report", report).code()).isZero();
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(report.resolve("verdict.json").toFile());
        edit.accept(json);
        return Files.writeString(folder.resolve(name), json.toString());
    }

    private static ObjectNode tensor(ObjectNode verdict) {
        for (JsonNode each : verdict.at("/cases/0/tensors")) {
            if (each.path("tensor").textValue().equals(TENSOR)) {
                return (ObjectNode) each;
            }
        }
        throw new IllegalArgumentException(TENSOR);
    }

    private static void grow(ObjectNode verdict) {
        tensor(verdict).put("max_abs_diff", 9e-6).put("max_of_limit", 0.4);
    }

    @Test
    void twoRunsOfOneBuildHaveTheSameBaseline() throws Exception {
        byte[] first = Files.readAllBytes(baseline());

        GateRun second = check("--write-baseline", folder.resolve("second.json"), "--baseline", baseline(),
                "--fail-on-drift");

        assertThat(second.code()).as(second.err()).isZero();
        assertThat(Files.readAllBytes(folder.resolve("second.json"))).isEqualTo(first);
        assertThat(Files.readString(folder.resolve("second.json"))).doesNotContain("date").contains("\"basic\": {",
                "\"memory_v\": [32, ");
        assertThat(second.lines()).contains("accuracy since " + folder.resolve("baseline.json") + ": same")
                .last().asString().startsWith("passed: 33 of 33 tensors");
    }

    @Test
    void aCheckSaysWhatHasChanged() throws Exception {
        Path report = folder.resolve("left");
        GateRun run = check("--baseline", baseline(), "--json", "--report", report);

        assertThat(run.code()).isZero();
        assertThat(run.json().at("/comparison/accuracy").textValue()).isEqualTo("same");
        assertThat(run.json().at("/comparison/stages")).hasSize(6);
        assertThat(run.json().at("/comparison/tensors")).hasSize(33);
        assertThat(run.json().at("/provenance").has("sha256 baseline: baseline.json")).isTrue();
        assertThat(run.json().path("reproduce").textValue()).endsWith("baseline.json");
        assertThat(report.resolve("summary.md")).content().contains("## accuracy since ",
                "| reference | CPU | scan | ", " | same |");
        assertThat(report.resolve("report.html")).content().contains("<h2>accuracy since ");
        assertThat(report.resolve("junit.xml")).content().contains("reference: coverage since the baseline");
    }

    @Test
    void anErrorThatGrewIsAlwaysToldAndFailsIfAsked() throws Exception {
        Path before = verdict("before.json", _ -> {
        });
        Path now = verdict("now.json", CompareCommandTests::grow);

        GateRun told = GateRun.of("compare", before, now, "--json");
        GateRun failed = GateRun.of("compare", before, now, "--fail-on-drift");

        assertThat(told.code()).as(told.err()).isZero();
        JsonNode drift = told.json().at("/drift");
        assertThat(drift).singleElement().satisfies(each -> {
            assertThat(each.path("tensor").textValue()).isEqualTo(TENSOR);
            assertThat(each.path("stage").textValue()).isEqualTo("projection");
            assertThat(each.path("growth").doubleValue()).isGreaterThan(4);
            assertThat(each.path("after_ulp").doubleValue()).isGreaterThan(8);
        });
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.errors()).singleElement().asString()
                .startsWith("gate: reference: accuracy of projection: drift: memory_v: error ");
        assertThat(failed.lines()).anyMatch(line -> line.startsWith("reference: projection, drift: memory_v: error "))
                .last().isEqualTo("FAILED: accuracy since " + before + ": worse");
        assertThat(GateRun.of("compare", now, before, "--fail-on-drift").lines()).last()
                .isEqualTo("passed: accuracy since " + now + ": better");
    }

    /** The check itself passes at the tolerance. */
    @Test
    void aCheckFailsOnDriftIfAsked() throws Exception {
        Path baseline = folder.resolve("small.json");
        Path real = GateRun.GOLDEN.resolve("real-size");
        Object[] check = {"check", "--fixture", real, "--runtime", "reference"};
        assertThat(GateRun.of(GateRun.with(check, "--write-baseline", baseline)).code()).isZero();
        Files.writeString(baseline, Files.readString(baseline).replaceFirst("(\"memory_v\": \\[\\d+, )[^,]*, [^,]*,",
                "$1 1e-4, 1e-9,"));

        GateRun told = GateRun.of(GateRun.with(check, "--baseline", baseline));
        GateRun failed = GateRun.of(GateRun.with(check, "--baseline", baseline, "--fail-on-drift"));

        assertThat(told.code()).isZero();
        assertThat(told.lines()).anyMatch(line -> line.startsWith("reference: projection, drift: memory_v: error "));
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.errors()).singleElement().asString().contains("drift: memory_v");
        assertThat(failed.lines()).last().asString().startsWith("reproduce: ").endsWith(" --fail-on-drift");
    }

    @Test
    void lessThanBeforeIsAFailure() throws Exception {
        Path before = verdict("before.json", json -> ((ObjectNode) json.at("/cases/0")).put("case", "gone"));

        GateRun run = check("--baseline", before);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errors()).containsExactly("gate: reference: coverage since the baseline: judged before, not now:"
                + " 1 case: gone");
        assertThat(run.lines()).contains("accuracy since " + before + ": not judged, COVERAGE LOST",
                "reference: judged before, not now: 1 case: gone", "new: reference: 1 case: basic");
    }

    /** What cannot be judged stays so: a commit whose library does not load is passed over, not blamed. */
    @Test
    void aRuntimeThatCannotStartIsNoLoss() throws Exception {
        Path baseline = folder.resolve("libyours.json");
        Path library = Files.writeString(folder.resolve("libyours.so"), "\u007fELF, and no more");
        Files.writeString(baseline, Files.readString(baseline()).replace("\"reference\": {", "\"libyours.so\": {"));

        GateRun run = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--runtime", library,
                "--baseline",
                baseline);

        assertThat(run.code()).as(run.out()).isEqualTo(2);
        assertThat(run.lines()).contains("accuracy since " + baseline + ": not judged, coverage not judged");
    }

    @Test
    void aRunThatFailedLeavesNoBaseline() {
        Path file = folder.resolve("baseline.json");

        GateRun run = check("--rtol", "0", "--atol", "0", "--write-baseline", file);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errors()).first()
                .isEqualTo("gate: --write-baseline " + file + ": not written: expected a run that"
                        + " passed, found one that did not");
        assertThat(file).doesNotExist();
    }

    @Test
    void aBaselineThatCannotBeWrittenIsAnError() {
        Path file = folder.resolve("none/baseline.json");

        GateRun run = check("--write-baseline", file);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors())
                .containsExactly("gate: " + file + ": expected a folder to write it into, found none");
    }

    @Test
    void aVerdictOfAnOlderGateIsCompared() throws Exception {
        Path old = verdict("old.json", json -> json.findParents("scale")
                .forEach(each -> ((ObjectNode) each).remove("scale")));

        GateRun run = check("--baseline", old, "--fail-on-drift");
        GateRun both = GateRun.of("compare", old, old, "--fail-on-drift");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.errors())
                .containsExactly("gate: --fail-on-drift: not judged: reference: neither run has the scale of the"
                        + " tensors, which older gates did not write");
        assertThat(GateRun.of("compare", old, old).code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare A B", "check --fixture A --baseline B"})
    void aFileThatIsNoBaselineIsRefused(String command) throws Exception {
        Path bad = Files.writeString(folder.resolve("bad.json"), "{\"verdict_version\": 9}");

        GateRun run = GateRun.of((Object[]) command
                .replace("A",
                        command.startsWith("compare") ? bad.toString() : GateRun.GOLDEN.resolve("basic").toString())
                .replace("B", bad.toString()).split(" "));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + bad
                + ": verdict_version: expected 1, the newest that this gate knows, found 9");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void optionsThatGoTogether() {
        GateRun run = check("--fail-on-drift");

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.errors()).first().isEqualTo("gate: --fail-on-drift goes with --baseline");
        assertThat(GateRun.of("compare", folder).code()).isEqualTo(64);
    }
}
