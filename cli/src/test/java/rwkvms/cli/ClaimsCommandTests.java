package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.claims.Claims;
import rwkvms.claims.PublishedFiles;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Trials;
import rwkvms.report.AllureReport;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Outcome;

/** {@code gate claims}, mostly without the published files, which may be absent. */
final class ClaimsCommandTests {
    @TempDir
    private Path folder;

    @Test
    void everyClaimIsListedAndCounted() {
        GateRun run = GateRun.of("claims", "--published", folder);

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains(
                "confirmed      mechanisms  table row 1 of 22: bound,K>=segments  (Alg 1 active),",
                "imprecise      parameters  trainable memory parameters, 6 layers, rank 8: 797,808"
                        + System.lineSeparator()
                        + "               exactly: these are the values saved. Without delta_k and delta_v",
                "not checkable  sidecar     bytes of the file: 1,663,840" + System.lineSeparator()
                        + "               needs the published rwkv_ms_memory_sidecar_manifest.json, which is absent");
        assertThat(run.out().lines().toList().getLast())
                .isEqualTo("73 claims: 38 confirmed, 5 imprecise, 0 refuted, 30 not checkable here");
    }

    @Test
    void theReportHasBothFiguresAndAPageForEachClaim() throws IOException {
        Path report = folder.resolve("report");
        GateRun run = GateRun.of("claims", "--report", report, "--published", folder);

        assertThat(run.code()).isZero();
        assertThat(report.resolve("bounds.svg")).content().contains(">fixed blocks<", ">DLA<");
        assertThat(report.resolve("recall-by-policy.svg")).content().contains(">linear<", ">RWKV-7<");
        assertThat(report.resolve("recall-by-policy.png")).isNotEmptyFile();
        assertThat(report.resolve("verdict.json")).content().startsWith("{\"ok\":true");
        assertThat(report.resolve("summary.md")).content().contains("| imprecise | parameters | ");
        try (Stream<Path> results = Files.list(report.resolve("allure-results"))) {
            List<String> all = new ArrayList<>();
            for (Path result : results.filter(file -> file.toString().endsWith("-result.json")).toList()) {
                all.add(Files.readString(result));
            }
            assertThat(all).hasSize(74).noneMatch(result -> result.contains("\"status\":\"failed\""));
            assertThat(all).filteredOn(result -> result.contains("\"status\":\"skipped\"")).hasSize(30)
                    .allMatch(result -> result.contains("NOT EVALUATED: "));
        }
    }

    /** They may stand beside the checkout or not. */
    @Test
    void thePublishedFilesNeedNotBeNamed() {
        GateRun run = GateRun.of("claims");

        assertThat(run.code()).isZero();
        assertThat(run.out().lines().toList().getLast()).matches("73 claims: \\d+ confirmed, .*, 0 refuted, .*");
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        GateRun run = GateRun.of("claims", "--published", folder.resolve("none"));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + folder.resolve("none") + ": expected a folder, found none");
    }

    @Test
    void aDamagedPublishedFileIsRefused() throws IOException {
        Files.writeString(folder.resolve("gguf_memory_manifest.json"), "{");
        GateRun run = GateRun.of("claims", "--published", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith("gate: gguf_memory_manifest.json: expected JSON, found ");
    }

    /** A table with another number in it fails, and its page says what differs. */
    @Test
    void aRefutedClaimFails() throws IOException {
        List<Measurement> measured = new ArrayList<>(Trials.published());
        Measurement first = measured.getFirst();
        measured.set(0, new Measurement(first.setting(), first.seed(), first.tokens(), first.policy(), first.states(),
                first.measure(), first.value() + 0.005));
        Entry refuted = new ClaimsDetails(Claims.all(measured, PublishedFiles.in(folder))).verdict(measured).entries()
                .get(1);

        assertThat(refuted.name()).isEqualTo("mechanisms, table row 1 of 22");
        assertThat(refuted.outcome()).isEqualTo(new Outcome.Failed(
                "expected bound,K>=segments  (Alg 1 active),6,8,6.0,45.898,23.839,48.1%, as published, found"
                        + " bound,K>=segments  (Alg 1 active),6,8,6.0,45.899,23.839,48.1%"));
    }

    /** Attaches the figures to the report of the whole run. */
    @Test
    void figures() throws IOException {
        List<Measurement> measured = Trials.published();
        EntryDetails page = new ClaimsDetails(Claims.all(measured, PublishedFiles.in(folder))).verdict(measured)
                .entries().getFirst().details();

        assertThat(page.figures()).hasSize(2);
        page.attach(AllureReport.ofTest());
    }
}
