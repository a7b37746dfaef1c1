package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import rwkvms.probe.ProbeResult;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** What {@code gate runtime probe} says of results, word for word; RuntimeProbeTests has libraries that give them. */
final class ProbeVerdictTests {
    private static final ProbeResult EXPORTS = passed("exports: rwkv_ms.h");
    private static final ProbeResult BASIC = passed("golden: basic");
    private static final ProbeResult HEADS = new ProbeResult("golden: heads-2", Optional.of("one head alone"),
            List.of());
    private static final ProbeResult SIGN = new ProbeResult("golden: streaming", Optional.empty(),
            List.of("feature_a[0]: expected 1, found -1", "feature_a[1]: expected 2, found -2"));
    private static final ProbeResult STATE = new ProbeResult("state: save", Optional.empty(),
            List.of("found another state"));

    private static ProbeResult passed(String name) {
        return new ProbeResult(name, Optional.empty(), List.of());
    }

    private static ProbeVerdict verdict(int checks, ProbeResult... results) {
        return verdict(checks, Optional.empty(), List.of(), results);
    }

    private static ProbeVerdict verdict(int checks, Optional<String> obstacle, List<String> shortfalls,
            ProbeResult... results) {
        return new ProbeVerdict(Path.of("lib", "libyours.so"), checks, List.of(results), obstacle, shortfalls,
                new Provenance(new TreeMap<>(Map.of("cpu", "any"))), "./gate runtime probe lib/libyours.so");
    }

    @Test
    void whatPasses() {
        ProbeVerdict verdict = verdict(2, EXPORTS, BASIC);
        assertThat(verdict.exitCode()).isEqualTo(Verdict.PASSED);
        assertThat(verdict.errors()).isEmpty();
        assertThat(Printed.by(verdict::print))
                .isEqualToNormalizingNewlines("passed: 2 of 2 checks passed on libyours.so, 0 not evaluated\n");
        assertThat(verdict.json()).hasToString("""
                {"ok":true,"library":"lib/libyours.so","checks":2,"run":2,"errors":[],"results":[\
                {"check":"exports: rwkv_ms.h","ok":true,"not_evaluated":null,"problems":[]},\
                {"check":"golden: basic","ok":true,"not_evaluated":null,"problems":[]}],\
                "provenance":{"cpu":"any"},"reproduce":"./gate runtime probe lib/libyours.so"}""");
        assertThat(verdict.problems()).isEqualTo(Map.of("exports: rwkv_ms.h", List.of(), "golden: basic", List.of()));
        assertThat(verdict.reasons()).isEmpty();
    }

    @Test
    void whatFails() {
        ProbeVerdict verdict = verdict(7, EXPORTS, HEADS, SIGN, STATE);
        assertThat(verdict.exitCode()).isEqualTo(Verdict.FAILED);
        assertThat(verdict.errors()).containsExactly(
                "golden: streaming: feature_a[0]: expected 1, found -1 (and 1 more that failed)",
                "3 of 7 checks were not run");
        assertThat(verdict.complaints()).containsExactly(
                "golden: streaming: feature_a[0]: expected 1, found -1 (and 1 more that failed)");
        assertThat(Printed.by(verdict::print)).isEqualToNormalizingNewlines("""
                FAILED  golden: streaming
                            feature_a[0]: expected 1, found -1
                            feature_a[1]: expected 2, found -2
                FAILED  state: save
                            found another state
                not evaluated  golden: heads-2: one head alone
                FAILED: 1 of 6 checks passed on libyours.so, 1 not evaluated, 3 not run
                """);
        assertThat(verdict.json()).hasToString("""
                {"ok":false,"library":"lib/libyours.so","checks":7,"run":4,"errors":[\
                "golden: streaming: feature_a[0]: expected 1, found -1 (and 1 more that failed)",\
                "3 of 7 checks were not run"],"results":[\
                {"check":"exports: rwkv_ms.h","ok":true,"not_evaluated":null,"problems":[]},\
                {"check":"golden: heads-2","ok":false,"not_evaluated":"one head alone","problems":[]},\
                {"check":"golden: streaming","ok":false,"not_evaluated":null,"problems":[\
                "feature_a[0]: expected 1, found -1","feature_a[1]: expected 2, found -2"]},\
                {"check":"state: save","ok":false,"not_evaluated":null,"problems":["found another state"]}],\
                "provenance":{"cpu":"any"},"reproduce":"./gate runtime probe lib/libyours.so"}""");
        assertThat(verdict.problems()).isEqualTo(Map.of("exports: rwkv_ms.h", List.of(), "golden: heads-2", List.of(),
                "golden: streaming", SIGN.problems(), "state: save", STATE.problems(), "the run",
                List.of("3 of 7 checks were not run")));
        assertThat(verdict.reasons()).isEqualTo(Map.of("golden: heads-2", "one head alone"));
    }

    @Test
    void oneThatFailsIsTheOnlyOne() {
        assertThat(verdict(2, BASIC, STATE).errors()).containsExactly("state: save: found another state");
    }

    /** Nothing failed, and nothing says that the library is right. */
    @Test
    void whatComparesNothingIsNotJudged() {
        ProbeVerdict verdict = verdict(2, EXPORTS, HEADS);
        assertThat(verdict.exitCode()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(verdict.errors()).containsExactly("no golden case could be run: nothing was judged");
        assertThat(Printed.by(verdict::print)).isEqualToNormalizingNewlines("""
                not evaluated  golden: heads-2: one head alone
                NOT JUDGED: 1 of 1 checks passed on libyours.so, 1 not evaluated
                """);
    }

    @Test
    void whatIsNotRunFails() {
        ProbeVerdict verdict = verdict(3, EXPORTS, BASIC);
        assertThat(verdict.exitCode()).isEqualTo(Verdict.FAILED);
        assertThat(verdict.errors()).containsExactly("1 of 3 checks were not run");
        assertThat(Printed.by(verdict::print))
                .isEqualToNormalizingNewlines(
                        "FAILED: 2 of 3 checks passed on libyours.so, 0 not evaluated, 1 not run\n");
    }

    /** What could not be loaded is no library that failed. */
    @Test
    void anObstacleIsNoFailure() {
        ProbeVerdict verdict = verdict(9, Optional.of("libyours.so: cannot be loaded: why"), List.of("too little"));
        assertThat(verdict.exitCode()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(verdict.errors()).containsExactly("libyours.so: cannot be loaded: why");
        assertThat(Printed.by(verdict::print)).isEqualToNormalizingNewlines(
                "NOT JUDGED: 0 of 9 checks passed on libyours.so, 0 not evaluated, 9 not run\n");
        assertThat(verdict.problems()).isEqualTo(
                Map.of("the run", List.of("libyours.so: cannot be loaded: why", "9 of 9 checks were not run")));
        assertThat(verdict(9, Optional.of("why"), List.of(), STATE).exitCode()).isEqualTo(Verdict.FAILED);
    }

    @Test
    void whatEvaluatesTooLittleIsNotJudged() {
        ProbeVerdict verdict = verdict(2, Optional.empty(), List.of("libyours.so: too little"), BASIC, HEADS);
        assertThat(verdict.exitCode()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(verdict.errors()).containsExactly("libyours.so: too little");
        assertThat(verdict.problems()).containsEntry("the run", List.of("libyours.so: too little"));
        assertThat(verdict(2, Optional.empty(), List.of("too little"), BASIC, STATE).exitCode())
                .isEqualTo(Verdict.FAILED);
    }

    @Test
    void aDeathBehindAllChecksIsOneMore() {
        ProbeResult end = new ProbeResult("end of the process", Optional.empty(), List.of("crashed"));
        ProbeVerdict verdict = verdict(1, BASIC, end);
        assertThat(verdict.errors()).containsExactly("end of the process: crashed");
        assertThat(Printed.by(verdict::print)).endsWith("FAILED: 1 of 2 checks passed on libyours.so, 0 not evaluated"
                + System.lineSeparator());
    }
}
