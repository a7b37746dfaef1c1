package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseResult;

/** How near a device comes, by size of microbatch and stage. */
final class DeviceTableTests {
    @TempDir
    private Path folder = Path.of("");

    private static CheckedCase at(int tokens, CaseResult result) {
        return new CheckedCase(result, "gate it", Optional.empty(), OptionalInt.of(tokens));
    }

    private static Verdict verdict() {
        return new CheckDetails(List.of("native on Vulkan0"), Tolerance.DEFAULT, List.of(
                at(8, Verdicts.differing("far in microbatches of 8", 2)),
                at(8, Verdicts.differing("near in microbatches of 8", 1 + 0x1p-17f)),
                at(8, Verdicts.failing("torn in microbatches of 8")),
                at(16, Verdicts.mixed("all in microbatches of 16")),
                at(1, Verdicts.differing("far in microbatches of 1", 1 + 0x1p-18f)),
                at(1, Verdicts.missed("heads-2 in microbatches of 1")),
                new CheckedCase(Verdicts.differing("whole", 2), "gate whole")))
                .verdict(List.of(), new Provenance(new TreeMap<>()), "gate all");
    }

    private static DeviceTable table() {
        return ((CheckDetails) verdict().details()).deviceTable().orElseThrow();
    }

    @Test
    void everySizeHasARowWithItsWorstCaseByStage() {
        assertThat(table().texts()).containsExactly(
                List.of("tokens", "projection", "features", "coefficients", "scan", "readout", "delta",
                        "cases that hold"),
                List.of("1", "none", "none", "none", "none", "19 %", "none", "1 of 1"),
                List.of("8", "none", "none", "none", "none", "38 %, 1 FAILED: 50000 \u00d7", "none", "1 of 3"),
                List.of("16", "none", "none", "0.0 %", "1 FAILED: beyond any", "38 %", "none", "0 of 1"));
        assertThat(table().sizes()).isEqualTo("microbatches of 1 hold");
    }

    /** What gave nothing to compare comes before any stage. */
    @Test
    void whatFailsFirstIsNamed() {
        assertThat(table().rows()).extracting(row -> row.first().orElse("nothing")).containsExactly("nothing",
                "the runtime failed: it gave up (torn)",
                "scan, slot_indices[0, 1] (token 1, layer 3): expected 1.0, found 3.0 (all)");
        assertThat(table().rows()).extracting(DeviceTable.Row::failed).containsExactly(List.of(),
                List.of("far", "torn"), List.of("all"));
    }

    @Test
    void withoutADeviceThereIsNoTable() {
        assertThat(Verdicts.details(Verdicts.passed("a")).deviceTable()).isEmpty();
        assertThat(VerdictJson.of(Verdicts.of(List.of(), Verdicts.passed("a")), true).has("device_table")).isFalse();
        assertThat(DeviceTable.of(List.of(at(8, Verdicts.missed("a"))))).isEmpty();
    }

    @Test
    void everyReportHasIt() throws Exception {
        ReportFolder.write(verdict(), folder);

        assertThat(VerdictJson.of(verdict(), true).at("/device_table/1")).hasToString(
                """
                        {"runtime":"reference,native","microbatch":8,"ok":false,"cases":3,"first":"the runtime failed: it gave up (torn)",\
                        "failed":["far","torn"],"stages":{"readout":{"ok":false,"max_of_limit":49999.99999999999,\
                        "where":"reads of far","failed":1,"held_max_of_limit":0.38146972656249994}}}""");
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains(
                        "<h2>reference,native: largest share of the tolerance</h2>\n<p>microbatches of 1 hold</p>\n<table>"
                                + "<tr><td>tokens</td><td>projection</td>")
                .contains("<p>At 8, first: the runtime failed: it gave up (torn)</p>");
        assertThat(MarkdownSummary.of(verdict())).contains("""
                ## reference,native: largest share of the tolerance

                microbatches of 1 hold

                | tokens | projection | features | coefficients | scan | readout | delta | cases that hold |
                |---|---|---|---|---|---|---|---|
                | 1 | none | none | none | none | 19 % | none | 1 of 1 |
                """).contains("\n- at 8, first: the runtime failed: it gave up (torn)\n");
    }
}
