package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.live.fork.ExpectedAnswer;
import rwkvms.live.fork.ForkCase;
import rwkvms.live.fork.ForkResult;
import rwkvms.report.Entry;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict.State;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** The words of {@code gate fork}; ForkCommandTests has executables. */
final class ForkDetailsTests {
    private static final String OK = "{\"ok\":true,\"compared\":33,\"sidecar\":true,\"max_abs_diff\":1e-06}\n";
    private static final String DIFFERS = "{\"ok\":false,\"compared\":1,\"sidecar\":false,\"max_abs_diff\":null}\n";

    private static final ForkResult BASIC = result("basic", ExpectedAnswer.OK, new Ending.Exited(0), OK);
    private static final ForkResult MOVED = result("basic, keep moved", ExpectedAnswer.DIFFERS, new Ending.Exited(1),
            DIFFERS);
    private static final ForkResult REFUSED = result("fixture absent", ExpectedAnswer.REFUSED, new Ending.Exited(2),
            "");
    private static final ForkResult HEADS = result("heads-2", ExpectedAnswer.ANY, new Ending.Exited(1), "");
    private static final ForkResult LIAR = result("fixture cut", ExpectedAnswer.REFUSED, new Ending.Exited(0), OK,
            "expected not ok, found ok true", "says nothing of it");
    private static final ForkResult CRASHED = result("heads-4", ExpectedAnswer.ANY, new Ending.Crashed(11), "",
            "crashed: signal 11 (SIGSEGV)");

    private static ForkResult result(String name, ExpectedAnswer wanted, Ending ending, String out,
            String... problems) {
        ForkCase asked = new ForkCase(name, Path.of("f.json"), Optional.empty(), wanted, "a reason", 1, 1);
        return new ForkResult(asked, List.of("/bin/test", "f.json", "1e-5"),
                new Child.Run(ending, out, "and more\n", Duration.ZERO), List.of(problems));
    }

    private static Verdict verdict(int asked, ForkResult... results) {
        return new ForkDetails(Path.of("bin", "test-rwkv-ms-fixture"), asked, List.of(results))
                .verdict(new Provenance(new TreeMap<>(Map.of("cpu", "any"))), "./gate fork --bin bin");
    }

    private static String printed(Verdict verdict) {
        return PrintedText.by(out -> ((ForkDetails) verdict.details()).print(verdict, out));
    }

    private static JsonNode json(Verdict verdict) {
        return VerdictJson.of(verdict, true);
    }

    @Test
    void whatAgreesPasses() {
        Verdict verdict = verdict(4, BASIC, MOVED, REFUSED, HEADS);
        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(verdict.errors()).isEmpty();
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.failed()).isEmpty();
        assertThat(verdict.notEvaluated()).extracting(Entry::name).containsExactly("heads-2");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines(
                """
                        not evaluated  heads-2: a reason
                        passed: 3 of 3 answers of test-rwkv-ms-fixture agree: 1 ok, 1 differences and 1 refusals, 1 not evaluated
                        """);
        assertThat(json(verdict)).hasToString("""
                {"ok":true,"errors":[],"executable":"bin/test-rwkv-ms-fixture","judged":3,"expected":3,"failed":0,\
                "cases":[\
                {"case":"basic","ok":true,"wanted":"ok","reason":"a reason","exit_code":0,"ending":"exit code 0",\
                "answer":{"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1.0E-6},"problems":[],\
                "output":"{\\"ok\\":true,\\"compared\\":33,\\"sidecar\\":true,\\"max_abs_diff\\":1e-06}\\nand more"},\
                {"case":"basic, keep moved","ok":true,"wanted":"not ok, a difference","reason":"a reason",\
                "exit_code":1,"ending":"exit code 1",\
                "answer":{"ok":false,"compared":1,"sidecar":false,"max_abs_diff":null},"problems":[],\
                "output":"{\\"ok\\":false,\\"compared\\":1,\\"sidecar\\":false,\\"max_abs_diff\\":null}\\nand more"},\
                {"case":"fixture absent","ok":true,"wanted":"not ok, a refusal","reason":"a reason","exit_code":2,\
                "ending":"exit code 2","answer":null,"problems":[],"output":"and more"}],\
                "not_evaluated":[{"case":"heads-2","reason":"a reason"}],"provenance":{"cpu":"any"},\
                "reproduce":"./gate fork --bin bin","suite":"gate fork","verdict_version":1}""");
    }

    @Test
    void whatDoesNotAgreeFails() {
        Verdict verdict = verdict(5, BASIC, LIAR, CRASHED);
        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(verdict.notEvaluated()).isEmpty();
        assertThat(verdict.complaints()).containsExactly(
                "expected 5 calls, made 3: the executable stalled too often, the rest was not run",
                "fixture cut: expected not ok, found ok true; says nothing of it (and 1 more that failed)");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines(
                """
                        FAILED  fixture cut
                                    expected not ok, found ok true
                                    says nothing of it
                                    | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}
                                    | and more
                                    called: /bin/test f.json 1e-5
                        FAILED  heads-4
                                    crashed: signal 11 (SIGSEGV)
                                    | and more
                                    called: /bin/test f.json 1e-5
                        FAILED: 1 of 5 answers of test-rwkv-ms-fixture agree: 1 ok, 0 differences and 0 refusals, 0 not evaluated
                        reproduce: ./gate fork --bin bin
                        """);
        assertThat(json(verdict).path("ok").booleanValue()).isFalse();
        assertThat(json(verdict).path("judged").intValue()).isEqualTo(3);
        assertThat(json(verdict).path("expected").intValue()).isEqualTo(5);
        assertThat(json(verdict).path("failed").intValue()).isEqualTo(2);
        assertThat(json(verdict).path("errors")).hasSize(4);
        assertThat(json(verdict).path("cases").path(2)).hasToString("""
                {"case":"heads-4","ok":false,"wanted":"any, not evaluated","reason":"a reason","exit_code":null,\
                "ending":"crashed: signal 11 (SIGSEGV)","answer":null,"problems":["crashed: signal 11 (SIGSEGV)"],\
                "output":"and more"}""");
    }

    /** Calls are left out if others stall too often, and those have failed. */
    @Test
    void callsThatWereNotMadeAreNotJudged() {
        assertThat(verdict(3, BASIC, CRASHED).state()).isEqualTo(State.FAILED);
        Verdict verdict = verdict(2, BASIC);
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.complaints()).containsExactly(
                "expected 2 calls, made 1: the executable stalled too often, the rest was not run");
    }

    /** An executable that refuses all that it should may still refuse everything. */
    @Test
    void withoutASoundCaseNothingIsJudged() {
        Verdict verdict = verdict(2, REFUSED, HEADS);
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.complaints())
                .containsExactly("no case that our own runtime passes: nothing was judged");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines(
                """
                        not evaluated  heads-2: a reason
                        NOT JUDGED: 1 of 1 answers of test-rwkv-ms-fixture agree: 0 ok, 0 differences and 1 refusals, 1 not evaluated
                        reproduce: ./gate fork --bin bin
                        """);
    }

    /** The last 400 characters of an output are shown. */
    @Test
    void theEndOfALongOutputIsShown() {
        String end = "and more";
        ForkResult whole = result("whole", ExpectedAnswer.OK, new Ending.Exited(0), "x".repeat(400 - end.length()),
                "wrong");
        ForkResult cut = result("cut", ExpectedAnswer.OK, new Ending.Exited(0), "y" + "x".repeat(400 - end.length()),
                "wrong");
        Verdict verdict = verdict(2, whole, cut);
        assertThat(json(verdict).path("cases").findValuesAsText("output"))
                .containsExactly("x".repeat(400 - end.length()) + end, "..." + "x".repeat(400 - end.length()) + end);
    }
}
