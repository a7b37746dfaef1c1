package rwkvms.live.fork;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.child.Child;
import rwkvms.child.Ending;

/** The text of each problem of an answer. */
class ForkCaseTests {
    private static final String GOOD = "{\"ok\":true,\"compared\":33,\"sidecar\":true,\"max_abs_diff\":1e-06}";

    private static List<String> problems(ExpectedAnswer wanted, int code, String out) {
        return problems(wanted, new Ending.Exited(code), out);
    }

    private static List<String> problems(ExpectedAnswer wanted, Ending ending, String out) {
        double bound = wanted == ExpectedAnswer.OK ? 1e-5 : wanted == ExpectedAnswer.DIFFERS ? 1.5 : Double.NaN;
        int compared = wanted == ExpectedAnswer.OK ? 33 : wanted == ExpectedAnswer.DIFFERS ? 1 : 0;
        return new ForkCase("case", Path.of("f.json"), Optional.of(Path.of("s.gguf")), wanted, "why", compared, bound)
                .problems(new Child.Run(ending, out, "", Duration.ZERO));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OK      | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}
            OK      | 0 | {"ok":true,"compared":51,"sidecar":true,"max_abs_diff":0,"more":[]}
            DIFFERS | 1 | {"ok":false,"compared":33,"sidecar":true,"max_abs_diff":1.5}
            REFUSED | 2 | {"ok":false,"compared":0,"sidecar":true,"max_abs_diff":null}
            REFUSED | 1 | {"ok":false,"compared":0,"sidecar":false,"max_abs_diff":0}
            REFUSED | 1 | terminate: bad sidecar
            REFUSED | 1 | ''
            ANY     | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}
            ANY     | 7 | ''
            """)
    void rightAnswers(ExpectedAnswer wanted, int code, String out) {
        assertThat(problems(wanted, code, out)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OK      | 1 | {"ok":false,"compared":33,"sidecar":true,"max_abs_diff":0.5}    | expected ok (why), found ok false
            OK      | 1 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}   | says ok true and exits with code 1
            OK      | 0 | {"ok":true,"compared":32,"sidecar":true,"max_abs_diff":1e-06}   | compared: expected at least 33 tensors, found 32
            OK      | 0 | {"ok":true,"compared":33,"sidecar":false,"max_abs_diff":1e-06}  | sidecar: expected true, found false
            OK      | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":0.5}     | max_abs_diff: expected at most 1.0E-5, the tolerance at the largest value of the fixture, found 0.5
            OK      | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":null}    | max_abs_diff: expected at most 1.0E-5, the tolerance at the largest value of the fixture, found NaN
            OK      | 0 | ''                                                              | expected one line of JSON on standard output, found nothing (exit code 0)
            OK      | 0 | all good                                                        | expected one line of JSON on standard output, found: all good (exit code 0)
            OK      | 0 | {"ok":true}                                                     | expected ok (true or false), compared (an integer), sidecar (true or false) and max_abs_diff (a number or null), found: {"ok":true} (exit code 0)
            OK      | 0 | [1]                                                             | expected one line of JSON on standard output, found: [1] (exit code 0)
            DIFFERS | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}   | expected not ok, a difference (why), found ok true
            DIFFERS | 1 | {"ok":false,"compared":33,"sidecar":true,"max_abs_diff":1e-06}  | max_abs_diff: expected about 1.5, by which a value was moved, found 1.0E-6
            DIFFERS | 1 | {"ok":false,"compared":0,"sidecar":true,"max_abs_diff":1.5}     | compared: expected at least 1 tensors, found 0
            DIFFERS | 1 | ''                                                              | expected one line of JSON on standard output, found nothing (exit code 1)
            REFUSED | 0 | {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":1e-06}   | expected not ok, a refusal (why), found ok true
            REFUSED | 0 | {"ok":false,"compared":0,"sidecar":true,"max_abs_diff":null}    | says ok false and exits with code 0
            REFUSED | 0 | ''                                                              | expected one line of JSON on standard output, found nothing (exit code 0)
            """)
    void wrongAnswers(ExpectedAnswer wanted, int code, String out, String problem) {
        assertThat(problems(wanted, code, out)).containsExactly(problem);
    }

    @Test
    void aCrashIsWrongWhateverIsWanted() {
        for (ExpectedAnswer wanted : ExpectedAnswer.values()) {
            assertThat(problems(wanted, new Ending.Crashed(11), GOOD)).containsExactly("crashed: signal 11 (SIGSEGV)");
        }
    }

    @Test
    void theLastLineCounts() {
        assertThat(problems(ExpectedAnswer.OK, 0, "loading\n\n" + GOOD + "\n\n")).isEmpty();
        assertThat(problems(ExpectedAnswer.OK, 0, GOOD + "\ndone\n"))
                .containsExactly("expected one line of JSON on standard output, found: done (exit code 0)");
    }

    /** An invalid line is shown up to 120 characters. */
    @Test
    void aLongLineIsCut() {
        String line = "x".repeat(120);
        assertThat(problems(ExpectedAnswer.OK, 0, line))
                .containsExactly("expected one line of JSON on standard output, found: " + line + " (exit code 0)");
        assertThat(problems(ExpectedAnswer.OK, 0, line + "y"))
                .containsExactly("expected one line of JSON on standard output, found: " + line + "... (exit code 0)");
    }

    /** At the bounds: the whole tolerance passes, and so does a stated difference that is wrong by a hundredth. */
    @ParameterizedTest
    @CsvSource({"OK, 0, true, 1e-05, 0", "OK, 0, true, 1.01e-05, 1", "OK, 0, true, -1e-06, 1", "OK, 0, true, 0, 0",
            "DIFFERS, 1, false, 1.485, 0", "DIFFERS, 1, false, 1.48, 1"})
    void bounds(ExpectedAnswer wanted, int code, boolean ok, String difference, int wrong) {
        assertThat(problems(wanted, code, "{\"ok\":" + ok + ",\"compared\":33,\"sidecar\":true,\"max_abs_diff\":"
                + difference + "}")).hasSize(wrong);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"ok":1,"compared":33,"sidecar":true,"max_abs_diff":0}
            {"ok":true,"compared":33.5,"sidecar":true,"max_abs_diff":0}
            {"ok":true,"compared":"33","sidecar":true,"max_abs_diff":0}
            {"ok":true,"compared":99999999999,"sidecar":true,"max_abs_diff":0}
            {"ok":true,"compared":33,"sidecar":"yes","max_abs_diff":0}
            {"ok":true,"compared":33,"sidecar":true,"max_abs_diff":"0"}
            {"ok":true,"compared":33,"sidecar":true}
            """)
    void fieldsOfAnotherKind(String line) {
        assertThat(problems(ExpectedAnswer.OK, 0, line))
                .containsExactly("expected ok (true or false), compared (an integer),"
                        + " sidecar (true or false) and max_abs_diff (a number or null), found: " + line
                        + " (exit code 0)");
    }
}
