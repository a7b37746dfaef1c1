package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.file.FileHash;
import rwkvms.file.Sha256;
import rwkvms.gguf.Rulings;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.SarifLog;
import rwkvms.report.Verdict.State;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.ValidationReport;

/** The words of {@code gate sidecar validate} about findings. */
final class ValidationDetailsTests {
    private static final Path FILE = Path.of("some", "s.gguf");
    private static final Finding WARNING = new Finding(FindingCode.KEY_UNKNOWN, "key a", 7, "a known key", "a",
            Rulings.NONE);
    private static final Finding ERROR = new Finding(FindingCode.RANK, "key rank", Finding.NOWHERE, "8", "0",
            Rulings.DATA);

    static Verdict sarif(Path file, int omitted, Finding... findings) {
        return new ValidationDetails(file,
                new ValidationReport(file, List.of(findings), omitted, Optional.empty()))
                .verdict(GateVersion.provenance(), "");
    }

    private static Verdict verdict(int omitted, FileHash base, Finding... findings) {
        return new ValidationDetails(FILE,
                new ValidationReport(FILE, List.of(findings), omitted, Optional.ofNullable(base)))
                .verdict(new Provenance(new TreeMap<>()), "");
    }

    private static String printed(Verdict verdict) {
        return PrintedText.by(out -> ((ValidationDetails) verdict.details()).print(verdict, out));
    }

    private static JsonNode json(Verdict verdict) {
        return VerdictJson.of(verdict, true);
    }

    @Test
    void aWarningLeavesItValid() {
        Verdict verdict = verdict(0, new FileHash("ab", "a clerk", 12, 1.5), WARNING);

        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(verdict.problems()).isEmpty();
        assertThat(printed(verdict)).isEqualToNormalizingNewlines("""
                WARNING KEY_UNKNOWN key a at byte 7: unknown key: expected a known key, found a
                container: the GGUF specification takes it, ggml's reader takes it
                base: ab, 12 bytes in 1.50 s by a clerk
                some/s.gguf: valid, 1 finding
                """);
        assertThat(json(verdict)).hasToString("""
                {"ok":true,"errors":[],"file":"some/s.gguf","omitted":0,"container":{"GGUF":"TAKES","GGML":"TAKES"},\
                "base":{"sha256":"ab","engine":"a clerk","bytes":12,"seconds":1.5},"findings":[\
                {"code":"KEY_UNKNOWN","severity":"WARNING","kind":"WARNING","place":"key a","byte_offset":7,\
                "expected":"a known key","found":"a",\
                "message":"key a at byte 7: unknown key: expected a known key, found a",\
                "container":{"GGUF":"TAKES","GGML":"TAKES"}}],\
                "provenance":{},"suite":"gate sidecar validate","verdict_version":1}""");
    }

    @Test
    void anErrorDoesNot() {
        Verdict verdict = verdict(3, null, WARNING, ERROR);

        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(verdict.errors()).isEmpty();
        assertThat(verdict.problems())
                .containsExactly("some/s.gguf: RANK key rank: rank out of range: expected 8, found 0");
        assertThat(printed(verdict)).isEqualToNormalizingNewlines("""
                WARNING KEY_UNKNOWN key a at byte 7: unknown key: expected a known key, found a
                ERROR RANK key rank: rank out of range: expected 8, found 0
                container: the GGUF specification refuses it, ggml's reader takes its header and fails at its data
                some/s.gguf: NOT VALID, 5 findings, 3 of them not shown
                """);
        assertThat(json(verdict).at("/findings/1")).hasToString("""
                {"code":"RANK","severity":"ERROR","kind":"MALFORMED","place":"key rank","byte_offset":null,\
                "expected":"8","found":"0","message":"key rank: rank out of range: expected 8, found 0",\
                "container":{"GGUF":"REFUSES","GGML":"REFUSES_DATA"}}""");
    }

    /** What was not read was not judged. */
    @ParameterizedTest
    @CsvSource({"FILE_UNREADABLE, the file cannot be read", "BASE_UNREADABLE, the base file cannot be read"})
    void whatCannotBeReadIsNotJudged(FindingCode code, String meaning) throws IOException {
        Verdict verdict = verdict(0, null,
                new Finding(code, "s.gguf", Finding.NOWHERE, "bytes", "none", Rulings.UNDECIDED), WARNING);

        String message = "s.gguf: " + meaning + ": expected bytes, found none";
        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.errors()).containsExactly(new Obstacle("some/s.gguf", message, "some/s.gguf"));
        assertThat(json(verdict).path("errors")).hasToString("[\"" + message + "\"]");
        JsonNode run = SarifLog.of(verdict, FILE).at("/runs/0");
        assertThat(run.path("results").findValuesAsText("ruleId")).containsExactly(code.name(), "KEY_UNKNOWN");
        assertThat(run.path("invocations")).hasToString("[{\"executionSuccessful\":false,"
                + "\"toolExecutionNotifications\":[{\"level\":\"error\",\"message\":{\"text\":\"" + message
                + "\"}}]}]");
        assertThat(printed(verdict))
                .contains("container: the GGUF specification was not evaluated to the end, ggml's"
                        + " reader was not evaluated to the end")
                .contains("some/s.gguf: NOT JUDGED, 2 findings");
    }

    /** What was read and is wrong outweighs what was not. */
    @Test
    void anErrorOutweighsAnUnreadableBase() {
        assertThat(verdict(0, null, new Finding(FindingCode.BASE_UNREADABLE, "b.gguf", Finding.NOWHERE, "bytes", "none",
                Rulings.NONE), ERROR).state()).isEqualTo(State.FAILED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a side car.gguf      | a%20side%20car.gguf
            some/ä.gguf          | some/%C3%A4.gguf
            some/../s.gguf       | s.gguf
            a:b.gguf             | ./a:b.gguf
            some/a:b.gguf        | some/a:b.gguf
            ../../../../../../../../../s.gguf | file:///s.gguf
            /a b.gguf            | file:///a%20b.gguf
            """)
    void sarifNamesTheFileAsSeenFromTheRoot(String file, String uri) throws IOException {
        assertThat(SarifLog.of(sarif(Path.of(file), 2, WARNING, ERROR, WARNING), Path.of("").toRealPath())).hasToString(
                """
                        {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{\
                        "tool":{"driver":{"name":"rwkv-ms-gate","version":"development","rules":[\
                        {"id":"KEY_UNKNOWN","shortDescription":{"text":"unknown key"},\
                        "fullDescription":{"text":"unknown key: everybody can use the file, but it deserves a look"},\
                        "help":{"text":"unknown key: everybody can use the file, but it deserves a look. \
                        The page docs/sidecar-findings.md has every finding with its cause."},\
                        "defaultConfiguration":{"level":"warning"},\
                        "properties":{"precision":"very-high","problem.severity":"warning","tags":["sidecar","warning"]}},\
                        {"id":"RANK","shortDescription":{"text":"rank out of range"},\
                        "fullDescription":{"text":"rank out of range: the file is broken, nobody can use it"},\
                        "help":{"text":"rank out of range: the file is broken, nobody can use it. \
                        The page docs/sidecar-findings.md has every finding with its cause."},\
                        "defaultConfiguration":{"level":"error"},\
                        "properties":{"precision":"very-high","problem.severity":"error","tags":["sidecar","malformed"]}}]}},\
                        "automationDetails":{"id":"sidecar/URI/"},\
                        "artifacts":[{"location":{"uri":"URI"}}],"results":[WARNING1,\
                        {"ruleId":"RANK","ruleIndex":1,"level":"error",\
                        "message":{"text":"key rank: rank out of range: expected 8, found 0"},\
                        "locations":[{"physicalLocation":{"artifactLocation":{"uri":"URI","index":0},\
                        "region":{"startLine":1,"startColumn":1,"endLine":1,"endColumn":2}},\
                        "logicalLocations":[{"name":"key rank"}]}],\
                        "partialFingerprints":{"primaryLocationLineHash":"RANKHASH:1"}},WARNING2],\
                        "properties":{"omitted":2}}]}"""
                        .replaceAll("WARNING([12])",
                                """
                                        {"ruleId":"KEY_UNKNOWN","ruleIndex":0,"level":"warning",\
                                        "message":{"text":"key a at byte 7: unknown key: expected a known key, found a"},\
                                        "locations":[{"physicalLocation":{"artifactLocation":{"uri":"URI","index":0},\
                                        "region":{"startLine":1,"startColumn":1,"endLine":1,"endColumn":2,"byteOffset":7}},\
                                        "logicalLocations":[{"name":"key a"}]}],\
                                        "partialFingerprints":{"primaryLocationLineHash":"KEYHASH:$1"}}""")
                        .replace("KEYHASH", Sha256.of("KEY_UNKNOWN key a").substring(0, 16))
                        .replace("RANKHASH", Sha256.of("RANK key rank").substring(0, 16)).replace("URI", uri));
    }
}
