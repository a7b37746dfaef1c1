package rwkvms.live.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;

/** The results read from the lines that a child wrote, and from its end. */
final class ChildResultsTests {
    private static final String LOADED = """
            {"loading":"libyours.so"}
            {"loaded":"libyours.so"}
            """;
    private static final String PASSED = LOADED + """
            {"begin":"golden: a"}
            {"end":"golden: a","problems":[]}
            """;

    @TempDir
    private Path folder = Path.of("");

    private List<Entry> results(String lines, Ending ending, String out, String err) throws IOException {
        return left(lines, ending, out, err).results();
    }

    private ChildResults left(String lines, Ending ending, String out, String err) throws IOException {
        return ChildResults.of(Files.writeString(folder.resolve("results"), lines),
                new Child.Run(ending, out, err, Duration.ZERO), List.of("golden: a", "golden: b"));
    }

    @Test
    void everyCheckThatEnded() throws IOException {
        List<Entry> results = results(PASSED + """
                {"begin":"golden: b"}
                {"end":"golden: b","problems":["x","y"]}
                {"begin":"state: c"}
                {"end":"state: c","not_evaluated":"why","problems":[]}
                """, new Ending.Exited(0), "said", "");
        assertThat(results).containsExactly(new Entry("golden: a", new Outcome.Passed()),
                new Entry("golden: b", new Outcome.Failed(List.of("x", "y"))),
                new Entry("state: c", new Outcome.NotEvaluated("why")));
        assertThat(results).extracting(Entry::passed).containsExactly(true, false, false);
    }

    @Test
    void aPassMayBeMistrustedAndFailuresExplained() throws IOException {
        ChildResults left = left(
                LOADED + """
                        {"begin":"golden: a"}
                        {"end":"golden: a","problems":[],"mistrusted":["reads: all 8 values are 0"]}
                        {"diagnosis":[{"runtime":"yours","where":"1 of 2 cases differs.","finding":"named","hypotheses":212,\
                        "explanations":[{"hypothesis":"no decay\\" and \\"x_k and x_v swapped","section":"any","developer":"any",\
                        "cases":3,"nearer":1,"of":4,"max_abs_diff":1.5e-6}],"others":["a"],"known":["b"],"untried":"c"}]}
                        """,
                new Ending.Exited(0), "", "");
        assertThat(left.results()).containsExactly(
                new Entry("golden: a", new Outcome.Passed(List.of("reads: all 8 values are 0"))));
        Diagnosis said = left.diagnoses().getFirst();
        assertThat(said.lines()).hasSize(4).startsWith("1 of 2 cases differs.",
                "Your values are those of \"no decay\" and \"x_k and x_v swapped\" in 3 of 4 cases (max abs diff 1.5e-06),"
                        + " and in 1 more a hundred times nearer to it than to the rule. See math.md §4, step 6 and math.md"
                        + " §2. It looks as if somebody left the decay out; took the shift factors of k for those of v, and"
                        + " the reverse.");
    }

    @Test
    void theCheckThatItDiedInHasFailed() throws IOException {
        assertThat(results(PASSED + "{\"begin\":\"golden: b\"}\n", new Ending.Exited(0), "", "")).containsExactly(
                new Entry("golden: a", new Outcome.Passed()),
                new Entry("golden: b", new Outcome.Failed("the library ended the process: exit code 0")));
    }

    /** A death between two checks is reported for the next one, which has no other result. */
    @Test
    void aDeathBetweenChecks() throws IOException {
        assertThat(results(PASSED, new Ending.Exited(3), "", "")).last()
                .isEqualTo(new Entry("golden: b", new Outcome.Failed("the library ended the process: exit code 3")));
        String both = PASSED + "{\"end\":\"golden: b\",\"problems\":[]}\n";
        assertThat(results(both, new Ending.Exited(3), "", "")).hasSize(3).last().isEqualTo(
                new Entry("end of the process", new Outcome.Failed("the library ended the process: exit code 3")));
    }

    /** A line that a dying process did not finish is no result. */
    @Test
    void aLineThatIsCutIsNone() throws IOException {
        assertThat(results(PASSED + "{\"begin\":\"golden: b\"}\n{\"end\":\"golden: b\",\"problems\":[]}",
                new Ending.Exited(0), "", "")).last()
                .isEqualTo(new Entry("golden: b", new Outcome.Failed("the library ended the process: exit code 0")));
    }

    /** That is no failure of a check. */
    @Test
    void whoLeftNothingDidNotStart() throws IOException {
        Child.Run run = new Child.Run(new Ending.Exited(1), "", "no memory\nhere\n", Duration.ZERO);
        assertThat(ChildResults.of(folder.resolve("none"), run, List.of())).isEqualTo(new ChildResults(List.of(),
                List.of(),
                Optional.of("a process for the library could not be started: exit code 1; it said: no memory | here")));
    }

    @Test
    void whatCannotBeLoadedIsAnObstacle() throws IOException {
        String loading = "{\"loading\":\"libyours.so\"}\n";
        assertThat(left(loading, new Ending.Exited(0), "", "")).isEqualTo(new ChildResults(List.of(), List.of(),
                Optional.of("libyours.so: cannot be loaded: the library ended the process: exit code 0")));
        assertThat(left(loading + "{\"unloadable\":\"libyours.so: why\"}\n", new Ending.Exited(0), "", ""))
                .isEqualTo(new ChildResults(List.of(), List.of(), Optional.of("libyours.so: why")));
    }
}
