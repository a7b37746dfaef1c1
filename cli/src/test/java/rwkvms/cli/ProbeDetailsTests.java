package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict.State;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** The words of {@code gate runtime probe}; RuntimeProbeTests has libraries. */
final class ProbeDetailsTests {
    private static final Entry EXPORTS = new Entry("exports: rwkv_ms.h", new Outcome.Passed());
    private static final Entry BASIC = new Entry("golden: basic", new Outcome.Passed());
    private static final Entry HEADS = new Entry("golden: heads-2", new Outcome.NotEvaluated("one head alone"));
    private static final Entry SIGN = new Entry("golden: streaming", new Outcome.Failed(
            List.of("feature_a[0]: expected 1, found -1", "feature_a[1]: expected 2, found -2")));
    private static final Entry STATE = new Entry("state: save", new Outcome.Failed("found another state"));

    private static Verdict verdict(int checks, Entry... results) {
        return verdict(checks, Optional.empty(), List.of(), results);
    }

    private static Verdict verdict(int checks, Optional<String> obstacle, List<String> shortfalls, Entry... results) {
        return new ProbeDetails(Path.of("lib", "libyours.so"), checks, List.of(results), List.of(), obstacle,
                shortfalls)
                .verdict(new Provenance(new TreeMap<>(Map.of("cpu", "any"))), "./gate runtime probe lib/libyours.so");
    }

    private static String printed(Verdict verdict) {
        return PrintedText.by(out -> ((ProbeDetails) verdict.details()).print(verdict, out));
    }

    @Test
    void whatPasses() {
        Verdict verdict = verdict(2, EXPORTS, BASIC);
        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(verdict.problems()).isEmpty();
        assertThat(printed(verdict))
                .isEqualToNormalizingNewlines("passed: 2 of 2 checks passed on libyours.so, 0 not evaluated\n");
        assertThat(VerdictJson.of(verdict, true)).hasToString("""
                {"ok":true,"errors":[],"library":"lib/libyours.so","checks":2,"run":2,"diagnosis":[],"results":[\
                {"check":"exports: rwkv_ms.h","ok":true,"not_evaluated":null,"problems":[],"mistrusted":[]},\
                {"check":"golden: basic","ok":true,"not_evaluated":null,"problems":[],"mistrusted":[]}],\
                "provenance":{"cpu":"any"},"reproduce":"./gate runtime probe lib/libyours.so",\
                "suite":"gate runtime probe","verdict_version":1}""");
    }

    @Test
    void whatFails() {
        Verdict verdict = verdict(7, EXPORTS, HEADS, SIGN, STATE);
        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(verdict.problems()).containsExactly("3 of 7 checks were not run",
                "golden: streaming: feature_a[0]: expected 1, found -1",
                "golden: streaming: feature_a[1]: expected 2, found -2", "state: save: found another state");
        String first = "golden: streaming: feature_a[0]: expected 1, found -1; feature_a[1]: expected 2, found -2"
                + " (and 1 more that failed)";
        ProbeDetails details = (ProbeDetails) verdict.details();
        assertThat(details.complaints(verdict, false)).containsExactly(first);
        assertThat(details.complaints(verdict, true)).containsExactly("3 of 7 checks were not run", first);
        assertThat(printed(verdict)).isEqualToNormalizingNewlines("""
                FAILED  golden: streaming
                            feature_a[0]: expected 1, found -1
                            feature_a[1]: expected 2, found -2
                FAILED  state: save
                            found another state
                not evaluated  golden: heads-2: one head alone
                FAILED: 1 of 6 checks passed on libyours.so, 1 not evaluated, 3 not run
                """);
        assertThat(VerdictJson.of(verdict, true)).hasToString(
                """
                        {"ok":false,"errors":["3 of 7 checks were not run","golden: streaming: feature_a[0]: expected 1, found -1",\
                        "golden: streaming: feature_a[1]: expected 2, found -2","state: save: found another state"],\
                        "library":"lib/libyours.so","checks":7,"run":4,"diagnosis":[],"results":[\
                        {"check":"exports: rwkv_ms.h","ok":true,"not_evaluated":null,"problems":[],"mistrusted":[]},\
                        {"check":"golden: heads-2","ok":false,"not_evaluated":"one head alone","problems":[],"mistrusted":[]},\
                        {"check":"golden: streaming","ok":false,"not_evaluated":null,"problems":[\
                        "feature_a[0]: expected 1, found -1","feature_a[1]: expected 2, found -2"],"mistrusted":[]},\
                        {"check":"state: save","ok":false,"not_evaluated":null,"problems":["found another state"],"mistrusted":[]}],\
                        "provenance":{"cpu":"any"},"reproduce":"./gate runtime probe lib/libyours.so",\
                        "suite":"gate runtime probe","verdict_version":1}""");
    }

    /** Nothing failed, and nothing says that the library is right. */
    @Test
    void whatComparesNothingIsNotJudged() {
        Verdict verdict = verdict(2, EXPORTS, HEADS);
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.problems()).containsExactly("no golden case could be run: nothing was judged");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines("""
                not evaluated  golden: heads-2: one head alone
                NOT JUDGED: 1 of 1 checks passed on libyours.so, 1 not evaluated
                """);
    }

    /** What the failures have in common stands first, and a pass that says little is marked. */
    @Test
    void whatExplainsTheFailuresAndWhatSaysLittle() {
        Diagnosis diagnosis = new Diagnosis("libyours.so", "1 of 2 cases differs first in features, feature_a.",
                Diagnosis.Finding.NONE, List.of(), List.of(), List.of("Token 0 differs in 1 of them."), 212,
                Optional.empty());
        Entry zeros = new Entry("golden: zero-state", new Outcome.Passed(List.of("reads: all 8 values are 0")));
        ProbeDetails details = new ProbeDetails(Path.of("lib", "libyours.so"), 2, List.of(zeros, SIGN),
                List.of(diagnosis), Optional.empty(), List.of());
        Verdict verdict = details.verdict(new Provenance(new TreeMap<>()), "./gate runtime probe lib/libyours.so");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines("""
                1 of 2 cases differs first in features, feature_a.
                None of 212 hypotheses gives these values.
                Token 0 differs in 1 of them.
                FAILED  golden: streaming
                            feature_a[0]: expected 1, found -1
                            feature_a[1]: expected 2, found -2
                mistrusted  golden: zero-state: reads: all 8 values are 0
                FAILED: 1 of 2 checks passed on libyours.so, 1 mistrusted, 0 not evaluated
                """);
        assertThat(details.summary()).hasSize(3);
        assertThat(details.html()).contains("<p class=\"diagnosis\">None of 212 hypotheses");
        assertThat(VerdictJson.of(verdict, true).at("/diagnosis/0/finding").asText()).isEqualTo("none");
        assertThat(VerdictJson.of(verdict, true).at("/results/0/mistrusted/0").asText())
                .isEqualTo("reads: all 8 values are 0");
    }

    private static Entry missed(String check, String reason) {
        return new Entry(check, new Outcome.NotEvaluated(reason));
    }

    /** One line would be needed for each of hundreds of checks. JSON has each with its own words. */
    @Test
    void aReasonOfSeveralChecksIsPrintedOnceWithTheirNames() {
        String reason = "the runtime libyours.so does not support this sidecar: /a/%s/sidecar.gguf: nothing yet";
        Verdict verdict = verdict(9, EXPORTS, missed("golden: one", reason.formatted("one")), HEADS,
                missed("golden: two in chunks of 8", reason.formatted("two")), BASIC,
                missed("state: save, and load", reason.formatted("three")), missed("arguments: NULL", "no scan"),
                missed("arguments: lengths", "no scan"));
        assertThat(printed(verdict)).isEqualToNormalizingNewlines(
                """
                        not evaluated  3 of 9 checks: the runtime libyours.so does not support this sidecar: *.gguf: nothing yet
                                    golden: one; two in chunks of 8
                                    state: save, and load
                        not evaluated  golden: heads-2: one head alone
                        not evaluated  2 of 9 checks: no scan
                                    arguments: NULL; lengths
                        NOT JUDGED: 2 of 3 checks passed on libyours.so, 6 not evaluated, 1 not run
                        """);
        assertThat(VerdictJson.of(verdict, true).findValuesAsText("not_evaluated")).contains(reason.formatted("one"),
                reason.formatted("two"), reason.formatted("three"), "one head alone");
    }

    @Test
    void manyNamesAreWrapped() {
        Entry[] all = IntStream.range(0, 12).mapToObj(i -> missed("golden: case number " + (100 + i), "why"))
                .toArray(Entry[]::new);
        assertThat(printed(verdict(12, all))).startsWith(
                """
                        not evaluated  12 of 12 checks: why
                                    golden: case number 100; case number 101; case number 102; case number 103; case number 104; case number 105;
                                            case number 106; case number 107; case number 108; case number 109; case number 110; case number 111
                        """
                        .replace("\n", System.lineSeparator()));
    }

    /** Checks are left out if children keep dying of others, and those have failed. */
    @Test
    void whatIsNotRunIsNotJudged() {
        assertThat(verdict(3, BASIC, STATE).state()).isEqualTo(State.FAILED);
        Verdict verdict = verdict(3, EXPORTS, BASIC);
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.problems()).containsExactly("1 of 3 checks were not run");
        assertThat(printed(verdict))
                .isEqualToNormalizingNewlines(
                        "NOT JUDGED: 2 of 3 checks passed on libyours.so, 0 not evaluated, 1 not run\n");
    }

    /** A library that could not be loaded has not failed. */
    @Test
    void anObstacleIsNoFailure() {
        Verdict verdict = verdict(9, Optional.of("libyours.so: cannot be loaded: why"), List.of("too little"));
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.problems()).containsExactly("libyours.so: cannot be loaded: why");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines(
                "NOT JUDGED: 0 of 9 checks passed on libyours.so, 0 not evaluated, 9 not run\n");
        assertThat(verdict(9, Optional.of("why"), List.of(), STATE).state()).isEqualTo(State.FAILED);
    }

    @Test
    void whatEvaluatesTooLittleIsNotJudged() {
        Verdict verdict = verdict(2, Optional.empty(), List.of("libyours.so: too little"), BASIC, HEADS);
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.problems()).containsExactly("libyours.so: too little");
        assertThat(verdict(2, Optional.empty(), List.of("too little"), BASIC, STATE).state())
                .isEqualTo(State.FAILED);
    }

    @Test
    void aDeathBehindAllChecksIsOneMore() {
        Verdict verdict = verdict(1, BASIC, new Entry("end of the process", new Outcome.Failed("crashed")));
        assertThat(verdict.problems()).containsExactly("end of the process: crashed");
        assertThat(printed(verdict)).endsWith("FAILED: 1 of 2 checks passed on libyours.so, 0 not evaluated"
                + System.lineSeparator());
    }
}
