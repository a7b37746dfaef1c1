package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;

/** The line that counts cases: it is written over without escape codes, and absent if nobody looks. */
final class ProgressTests {
    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text);

    @Test
    void eachCaseReplacesTheLineAndTheEndWipesIt() {
        Progress progress = new Progress(new Terminal.Line(out, true), 2);
        String wiped = "\r" + " ".repeat(60) + "\r";

        progress.next("basic");
        progress.next("a case with a very long name, longer than any line of a terminal can be");
        progress.end();

        assertThat(text.toString()).isEqualTo(wiped + "gate: case 1 of 2, basic" + wiped
                + "gate: case 2 of 2, a case with a very long name, longer than" + wiped);
    }

    @Test
    void whatJustFitsIsWhole() {
        Terminal.Line line = new Terminal.Line(out, true);
        String wiped = "\r" + " ".repeat(60) + "\r";

        line.show("a".repeat(60));
        line.show("b".repeat(61));

        assertThat(text.toString()).isEqualTo(wiped + "a".repeat(60) + wiped + "b".repeat(60));
    }

    /** The line is flushed. */
    @Test
    void whatIsShownIsSeenAtOnce() {
        new Terminal.Line(new PrintWriter(new BufferedWriter(text)), true).show("here");

        assertThat(text.toString()).endsWith("\rhere");
    }

    @Test
    void nothingIsWrittenWhereItIsNotShown() {
        Progress progress = new Progress(new Terminal.Line(out, false), 2);

        progress.next("basic");
        progress.end();

        assertThat(text.toString()).isEmpty();
    }
}
