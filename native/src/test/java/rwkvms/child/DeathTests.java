package rwkvms.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

import org.junit.jupiter.api.Test;

/** The message for a child that died. */
class DeathTests {
    private static final String REPORT = """
            #
            # A fatal error has been detected by the Java Runtime Environment:
            #
            #  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2
            """;

    private static Child.Run run(Ending ending, String out, String err) {
        return new Child.Run(ending, out, err, Duration.ZERO);
    }

    @Test
    void theSignalThatTheJvmReportsIsTheReason() {
        Child.Run run = run(new Ending.Crashed(6), "a word\n" + REPORT, "");

        assertThat(Death.words(run)).isEqualTo("the library crashed: signal 11 (SIGSEGV)");
        assertThat(Death.said(run)).isEqualTo("a word");
    }

    @Test
    void elseItIsTheEndingAndWhatWasWritten() {
        assertThat(Death.words(run(new Ending.Exited(3), "", "")))
                .isEqualTo("the library ended the process: exit code 3");
        assertThat(Death.words(run(new Ending.Crashed(6), "one\ntwo\n", "three\n")))
                .isEqualTo("the library crashed: signal 6 (SIGABRT); it said: one | two | three");
    }

    @Test
    void aLongTextIsCut() {
        assertThat(Death.said(run(new Ending.Exited(0), "x".repeat(400), ""))).isEqualTo("x".repeat(400));
        assertThat(Death.said(run(new Ending.Exited(0), "x".repeat(401), ""))).isEqualTo("x".repeat(400) + "...");
    }
}
