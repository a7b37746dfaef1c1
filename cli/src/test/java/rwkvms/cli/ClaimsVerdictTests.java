package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;
import rwkvms.claims.Claim;
import rwkvms.claims.Finding;
import rwkvms.mechanisms.Trials;
import rwkvms.report.Page;
import rwkvms.report.Verdict;

/** What {@code gate claims} says of claims of each kind, word for word. */
final class ClaimsVerdictTests {
    private static final Claim HOLDS = new Claim("sidecar", "bytes", "1,663,840", "1,663,840", Finding.CONFIRMED,
            "written and measured");
    private static final Claim LOOSE = new Claim("trace", "tokens", "about 60", "61", Finding.IMPRECISE,
            "61 of 64 are kept");
    private static final Claim WRONG = new Claim("mechanisms", "table row 1", "1.5", "1.25", Finding.REFUTED,
            "run once more");
    private static final Claim UNKNOWN = new Claim("training", "hours", "9", "", Finding.NOT_CHECKABLE,
            "needs the training's log");

    @Test
    void claimsOfEveryKind() {
        ClaimsVerdict verdict = new ClaimsVerdict(List.of(HOLDS, LOOSE, WRONG, UNKNOWN));

        assertThat(verdict.exitCode()).isEqualTo(Verdict.FAILED);
        assertThat(verdict.complaints())
                .containsExactly("mechanisms, table row 1: expected 1.5, as published, found 1.25");
        assertThat(Printed.by(verdict::print)).isEqualToNormalizingNewlines("""
                confirmed      sidecar     bytes: 1,663,840
                imprecise      trace       tokens: about 60; recomputed: 61
                               exactly: 61 of 64 are kept
                refuted        mechanisms  table row 1: 1.5; recomputed: 1.25
                               run once more
                not checkable  training    hours: 9
                               needs the training's log
                4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here
                """);
        assertThat(verdict.markdown()).isEqualTo("""
                # Published claims

                4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here

                | finding | topic | claim | claimed | recomputed | note |
                |---|---|---|---|---|---|
                | confirmed | sidecar | bytes | 1,663,840 | 1,663,840 | written and measured |
                | imprecise | trace | tokens | about 60 | 61 | 61 of 64 are kept |
                | refuted | mechanisms | table row 1 | 1.5 | 1.25 | run once more |
                | not checkable | training | hours | 9 |  | needs the training's log |
                """);
        assertThat(verdict.json()).hasToString("""
                {"ok":false,"errors":["mechanisms, table row 1: expected 1.5, as published, found 1.25"],\
                "confirmed":1,"imprecise":1,"refuted":1,"not_checkable":1,"claims":[\
                {"topic":"sidecar","subject":"bytes","claimed":"1,663,840","recomputed":"1,663,840",\
                "finding":"confirmed","note":"written and measured"},\
                {"topic":"trace","subject":"tokens","claimed":"about 60","recomputed":"61",\
                "finding":"imprecise","note":"61 of 64 are kept"},\
                {"topic":"mechanisms","subject":"table row 1","claimed":"1.5","recomputed":"1.25",\
                "finding":"refuted","note":"run once more"},\
                {"topic":"training","subject":"hours","claimed":"9","recomputed":null,\
                "finding":"not_checkable","note":"needs the training's log"}],\
                "reproduce":"./gate claims --json"}""");
    }

    @Test
    void whereNothingIsRefutedItPasses() {
        ClaimsVerdict verdict = new ClaimsVerdict(List.of(HOLDS, LOOSE, UNKNOWN));

        assertThat(verdict.exitCode()).isEqualTo(Verdict.PASSED);
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.json().path("ok").booleanValue()).isTrue();
    }

    @Test
    void everyClaimHasAPageBehindTheFigures() {
        List<Page> pages = new ClaimsVerdict(List.of(HOLDS, LOOSE, WRONG, UNKNOWN)).pages(Trials.published());

        assertThat(pages).hasSize(5);
        assertThat(pages.getFirst().name()).isEqualTo("bounds and recall by policy");
        assertThat(pages.getFirst().html())
                .isEqualTo("<p>4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here</p>");
        assertThat(pages.getFirst().figures()).hasSize(2);
        assertThat(pages.getFirst().outcome()).isEqualTo(new Page.Passed());
        assertThat(pages.subList(1, 5)).containsExactly(
                new Page("sidecar: bytes", "<table><tr><td>claimed</td><td>1,663,840</td></tr>"
                        + "<tr><td>recomputed</td><td>1,663,840</td></tr><tr><td>finding</td><td>confirmed</td></tr>"
                        + "<tr><td>note</td><td>written and measured</td></tr></table>", List.of(), "",
                        new Page.Passed()),
                new Page("trace: tokens", "<table><tr><td>claimed</td><td>about 60</td></tr>"
                        + "<tr><td>recomputed</td><td>61</td></tr><tr><td>finding</td><td>imprecise</td></tr>"
                        + "<tr><td>note</td><td>61 of 64 are kept</td></tr></table>", List.of(), "",
                        new Page.Passed()),
                new Page("mechanisms: table row 1", "<table><tr><td>claimed</td><td>1.5</td></tr>"
                        + "<tr><td>recomputed</td><td>1.25</td></tr><tr><td>finding</td><td>refuted</td></tr>"
                        + "<tr><td>note</td><td>run once more</td></tr></table>", List.of(), "",
                        new Page.Failed("mechanisms, table row 1: expected 1.5, as published, found 1.25")),
                new Page("training: hours", "<table><tr><td>claimed</td><td>9</td></tr>"
                        + "<tr><td>recomputed</td><td></td></tr><tr><td>finding</td><td>not checkable</td></tr>"
                        + "<tr><td>note</td><td>needs the training's log</td></tr></table>", List.of(), "",
                        new Page.Skipped("needs the training's log")));
    }
}
