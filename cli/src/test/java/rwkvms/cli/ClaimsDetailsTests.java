package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;
import rwkvms.claims.Claim;
import rwkvms.claims.ClaimResult;
import rwkvms.mechanisms.Trials;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Page;
import rwkvms.report.Verdict.State;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** What {@code gate claims} says of claims of each kind, word for word. */
final class ClaimsDetailsTests {
    private static final Claim HOLDS = new Claim("sidecar", "bytes", "1,663,840", "1,663,840", ClaimResult.CONFIRMED,
            "written and measured");
    private static final Claim LOOSE = new Claim("trace", "tokens", "about 60", "61", ClaimResult.IMPRECISE,
            "61 of 64 are kept");
    private static final Claim WRONG = new Claim("mechanisms", "table row 1", "1.5", "1.25", ClaimResult.REFUTED,
            "run once more");
    private static final Claim UNKNOWN = new Claim("training", "hours", "9", "", ClaimResult.NOT_CHECKABLE,
            "needs the training's log");

    @Test
    void claimsOfEveryKind() {
        ClaimsDetails details = new ClaimsDetails(List.of(HOLDS, LOOSE, WRONG, UNKNOWN));
        Verdict verdict = details.verdict(Trials.published());

        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(verdict.problems())
                .containsExactly("mechanisms, table row 1: expected 1.5, as published, found 1.25");
        assertThat(PrintedText.by(details::print)).isEqualToNormalizingNewlines("""
                confirmed      sidecar     bytes: 1,663,840
                imprecise      trace       tokens: about 60; recomputed: 61
                               exactly: 61 of 64 are kept
                refuted        mechanisms  table row 1: 1.5; recomputed: 1.25
                               run once more
                not checkable  training    hours: 9
                               needs the training's log
                4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here
                """);
        assertThat(details.markdown(verdict)).isEqualTo("""
                # Published claims

                4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here

                | finding | topic | claim | claimed | recomputed | note |
                |---|---|---|---|---|---|
                | confirmed | sidecar | bytes | 1,663,840 | 1,663,840 | written and measured |
                | imprecise | trace | tokens | about 60 | 61 | 61 of 64 are kept |
                | refuted | mechanisms | table row 1 | 1.5 | 1.25 | run once more |
                | not checkable | training | hours | 9 |  | needs the training's log |
                """);
        assertThat(VerdictJson.of(verdict, true).without("provenance").toString()).isEqualTo("""
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
                "reproduce":"./gate claims --json","suite":"gate claims","verdict_version":1}""");
    }

    @Test
    void whereNothingIsRefutedItPasses() {
        Verdict verdict = new ClaimsDetails(List.of(HOLDS, LOOSE, UNKNOWN)).verdict(Trials.published());

        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(verdict.problems()).isEmpty();
    }

    @Test
    void everyClaimHasAPageBehindTheFigures() {
        List<Entry> entries = new ClaimsDetails(List.of(HOLDS, LOOSE, WRONG, UNKNOWN)).verdict(Trials.published())
                .entries();

        assertThat(entries).hasSize(5);
        assertThat(entries.getFirst().name()).isEqualTo("bounds and recall by policy");
        assertThat(entries.getFirst().details().html())
                .isEqualTo("<p>4 claims: 1 confirmed, 1 imprecise, 1 refuted, 1 not checkable here</p>");
        assertThat(entries.getFirst().details().figures()).hasSize(2);
        assertThat(entries.getFirst().outcome()).isEqualTo(new Outcome.Passed());
        assertThat(entries.subList(1, 5)).containsExactly(
                entry("sidecar, bytes", "<table><tr><td>claimed</td><td>1,663,840</td></tr>"
                        + "<tr><td>recomputed</td><td>1,663,840</td></tr><tr><td>finding</td><td>confirmed</td></tr>"
                        + "<tr><td>note</td><td>written and measured</td></tr></table>", new Outcome.Passed()),
                entry("trace, tokens", "<table><tr><td>claimed</td><td>about 60</td></tr>"
                        + "<tr><td>recomputed</td><td>61</td></tr><tr><td>finding</td><td>imprecise</td></tr>"
                        + "<tr><td>note</td><td>61 of 64 are kept</td></tr></table>", new Outcome.Passed()),
                entry("mechanisms, table row 1", "<table><tr><td>claimed</td><td>1.5</td></tr>"
                        + "<tr><td>recomputed</td><td>1.25</td></tr><tr><td>finding</td><td>refuted</td></tr>"
                        + "<tr><td>note</td><td>run once more</td></tr></table>",
                        new Outcome.Failed("expected 1.5, as published, found 1.25")),
                entry("training, hours", "<table><tr><td>claimed</td><td>9</td></tr>"
                        + "<tr><td>recomputed</td><td></td></tr><tr><td>finding</td><td>not checkable</td></tr>"
                        + "<tr><td>note</td><td>needs the training's log</td></tr></table>",
                        new Outcome.NotEvaluated("needs the training's log")));
    }

    private static Entry entry(String name, String html, Outcome outcome) {
        return new Entry(name, outcome).with(new Page(html, List.of(), ""));
    }
}
