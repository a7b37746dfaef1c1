package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rwkvms.allure.JudgedTest.Status;

final class ReleasePageTests {
    private static final Map<String, String> ENVIRONMENT = Map.of("Commit", "abc", "llama.cpp package",
            "linux-x64 3.19.0",
            "CPU", "a <CPU>");

    private static JudgedTest judged(String name, Status status, Map<String, String> parameters) {
        return new JudgedTest("parity-tests", name, status,
                status == Status.PASSED ? "" : "\nNOT EVALUATED: it " + name,
                "Parity", "cases", 1500, parameters);
    }

    private static JudgedTest headroom(String name, Status status, String runtime, String of) {
        return judged(name, status, Map.of("case", name, "runtime", runtime, "device", "CPU", "of limit", of));
    }

    private static String page(JudgedTest... tests) {
        return ReleasePage.of(List.of(tests), ENVIRONMENT, "2026-01-02T03:04:05Z");
    }

    private static String row(String header, String... cells) {
        return "<tr><th scope=\"row\">" + header + "</th><td>" + String.join("</td><td>", cells) + "</td></tr>";
    }

    @Test
    void whatWasJudgedHasItsHeadroom() {
        assertThat(page(headroom("basic", Status.PASSED, "native", "0.09"),
                headroom("heads", Status.PASSED, "native", "0.23"),
                headroom("basic", Status.PASSED, "reference", "0.1")))
                .contains("<h1>RWKV-MS gate: passed: 3 tests</h1>", "Commit abc, 2026-01-02T03:04:05Z",
                        "<a href=\"index.html\">", row("Parity", "3", "0", "0", "5 s"),
                        row("Parity, cases", "native", "CPU", "linux-x64 3.19.0", "2 cases", "0", "77 %: heads"),
                        row("Parity, cases", "reference", "CPU", "-", "1 case", "0", "90 %: basic"),
                        row("CPU", "a &lt;CPU&gt;"), "<span>signature</span>")
                .doesNotContain("<script", "What failed");
    }

    @Test
    void aMessageThatOnlyAnnouncesTheNextLineHasThatToo() {
        String message = "\nExpecting actual:\n  \"x\"\nto contain:\n  \"y\"";
        assertThat(page(new JudgedTest("m", "a", Status.FAILED, message, "Parity", "cases", 1, Map.of())))
                .contains(row("a", "Parity, cases", "Expecting actual:   &quot;x&quot;"));
    }

    /** NaN is no headroom, and no number is none either. */
    @Test
    void whatFailedIsNoHeadroom() {
        assertThat(page(headroom("a", Status.FAILED, "native", "NaN"), headroom("b", Status.PASSED, "native", "0.1")))
                .contains("<span class=\"bad\">FAILED: 1 of 2 tests</span>", "<h2>What failed</h2>",
                        row("a", "Parity, cases", "it a"),
                        row("Parity, cases", "native", "CPU", "linux-x64 3.19.0", "2 cases",
                                "<span class=\"bad\">1 FAILED</span>", "none: a"));
        assertThat(page(headroom("a", Status.PASSED, "native", "?"))).contains("none: a");
        assertThat(page(headroom("a", Status.PASSED, "native", "1.5"))).contains("none: a");
    }

    @Test
    void whatHasNoDataSaysSoAndNamesTheCommand() {
        String none = "<span class=\"missing\">not evaluated in this build: <code>";
        assertThat(page()).contains("NOT JUDGED: no test ran", row("faults killed",
                none + "mvn -Pfaults verify</code></span>"),
                row("mutants killed", none + "mvn -Pmutants verify</code></span>"),
                row("against the baseline", none + "./gate check --baseline FILE</code></span>"),
                row("decode with the memory", none + "mvn -Pbench verify</code></span>"),
                row("releases of llama.cpp beside this build's own", none + "mvn -Preleases verify</code></span>"));
        assertThat(page(judged("a", Status.NOT_EVALUATED, Map.of("gate power: mutants killed", "5 of 5"))))
                .as("what a test says that was not evaluated is no data").contains("NOT JUDGED: no test ran",
                        row("mutants killed", none + "mvn -Pmutants verify</code></span>"), row("it a", "a"));
    }

    @Test
    void figuresAreWhatTestsSaid() {
        assertThat(page(judged("a", Status.PASSED, Map.of("gate power: faults killed", "26 of 26")),
                judged("b", Status.FAILED, Map.of("gate power: mutants killed", "1 of 9")),
                judged("c", Status.PASSED, Map.of("speed: a new one", "3 <ms>")),
                judged("d", Status.PASSED, Map.of("extent: types of weights", "F32")),
                judged("e", Status.PASSED, Map.of("extent: types of weights", "Q8_0")))).contains(
                        row("faults killed", "26 of 26 (all: <code>mvn -Pfaults verify</code>)"),
                        row("mutants killed", "1 of 9 <span class=\"bad\">FAILED</span>"),
                        row("a new one", "3 &lt;ms&gt;"),
                        row("types of weights", "F32; Q8_0 (all: <code>mvn -Pbases verify</code>)"));
    }

    /** Equal reasons are one line, whatever the folder; a page of thousands of tests stays one that prints. */
    @Test
    void aLargeBuildIsASmallPage() {
        List<JudgedTest> many = new ArrayList<>();
        IntStream.range(0, 9000).forEach(i -> many.add(new JudgedTest("m", "case " + i,
                Status.values()[i % 3], "NOT EVALUATED: no file /tmp/" + i + "/x in folder " + i % 40, "Parity",
                "cases", 1,
                Map.of("runtime", "native", "device", "CPU " + i % 20, "of limit", "0.5", "case", "case " + i))));

        String page = ReleasePage.of(many, ENVIRONMENT, "now");

        assertThat(page.length()).isLessThan(20_000);
        assertThat(page).contains(row("no file \u2026/x in folder 2", "case 2; case 122; case 242; 72 more"),
                row("case 1 and 2999 more", "Parity, cases", "no file \u2026/x in folder 1"),
                "<p>28 more are in the Allure page.</p>");
    }

    @Test
    void aTestWhoseNameIsOnlyTheReasonIsNamedByWhatItPromises() {
        String reason = "NOT EVALUATED: ../shared/upstream/a.json is absent";
        assertThat(page(new JudgedTest("m", reason, Status.NOT_EVALUATED, reason, "Parity", "cases", 1, Map.of())))
                .contains(row("\u2026/a.json is absent", "Parity, cases"));
    }

    @Test
    void aTestThatBrokeIsOneThatFailed() throws Exception {
        JudgedTest test = JudgedTest.of("native", new ObjectMapper().readTree("""
                {"name":"n","status":"broken","statusDetails":{"message":"m"},"start":10,"stop":30,
                 "labels":[{"name":"epic","value":"State"}],"parameters":[{"name":"case","value":"basic"}]}"""));
        assertThat(test).isEqualTo(
                new JudgedTest("native", "n", Status.FAILED, "m", "State", "native", 20, Map.of("case", "basic")));
        assertThat(JudgedTest.of("m", new ObjectMapper().readTree("{\"status\":\"unknown\"}")).failed()).isTrue();
    }
}
