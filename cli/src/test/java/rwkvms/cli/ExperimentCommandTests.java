package rwkvms.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate experiment} with two seeds writes its data and finds it again. */
final class ExperimentCommandTests {
    private static final List<String> FIGURES = List.of("bounds", "recall-by-policy", "real-update-8", "real-update-12",
            "real-update-16", "noise-sweep", "capacity-sweep", "gate-sweep");

    @TempDir
    private Path folder;

    @Test
    void leavesDataAndFiguresAndFindsThemAgain() throws Exception {
        Path out = folder.resolve("out");
        Path report = folder.resolve("report");
        GateRun run = GateRun.of("experiment", "--seeds", 2, "--out", out, "--report", report);

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("recall, differences over the same 2 sequences, 95 % confidence interval")
                .contains("(8, 12, 16)   fixed      rwkv7 − linear ",
                        "(8, 12, 16)   oracle     ms1_own − rwkv7            -0.0000  [-0.0000, -0.0000]  equal",
                        "figures and data: " + out);
        for (String figure : FIGURES) {
            assertThat(out.resolve(figure + ".svg")).isNotEmptyFile();
            assertThat(out.resolve(figure + ".png")).isNotEmptyFile();
            assertThat(report.resolve(figure + ".svg")).hasSameTextualContentAs(out.resolve(figure + ".svg"));
        }
        assertThat(out.resolve("policies-summary.csv")).content()
                .contains("\n8,12,16,0.02,0.5,oracle,linear,2,1.000000,1.000000,1.000000\n");

        var written = Files.getLastModifiedTime(out.resolve("policies.csv"));
        JsonNode again = VerdictKeysTests.judged(ExitCode.PASSED,
                GateRun.of("experiment", "--seeds", 2, "--out", out, "--json"), report);
        VerdictKeysTests.hold(again, "seeds:NUMBER differences:ARRAY reproduce:STRING");
        VerdictKeysTests.hold(again.at("/differences/0"), "setting:STRING policy:STRING difference:STRING mean:NUMBER"
                + " low:NUMBER high:NUMBER verdict:STRING");
        assertThat(Files.getLastModifiedTime(out.resolve("policies.csv"))).isEqualTo(written);
        assertThat(GateRun.dateless(Files.readString(report.resolve("verdict.json"))).strip())
                .isEqualTo(GateRun.dateless(again.toString()));
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(1 + 3 * (5 * 4 + 2) + 1);
        assertThat(report.resolve("summary.md")).hasContent("# Mechanism experiments, 2 seeds\n\n"
                + lines.subList(1, lines.size() - 1).stream().map(line -> "    " + line + "\n").collect(joining()));
        for (String part : List.of("bounds", "recall", "policies", "noise", "capacity", "gate")) {
            assertThat(out.resolve(part + "-summary.csv")).content()
                    .startsWith("segments,length,capacity,noise,gate,policy,measure,n,mean,low,high\n").hasLineCount(
                            1 + (int) Files.readString(out.resolve(part + ".csv")).lines().skip(1).count() / 2);
        }
        assertThat(again.path("ok").booleanValue()).isTrue();
        assertThat(again.path("seeds").asInt()).isEqualTo(2);
        assertThat(again.path("differences")).hasSize(3 * (5 * 4 + 2));
        assertThat(again.path("reproduce").asText()).isEqualTo("./gate experiment --seeds 2");
    }
}
