package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate fixture verify}; BadFixtureTests has what it refuses. */
final class FixtureVerifyTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void soundFixturesAreSaidToBe() {
        GateRun run = GateRun.of("fixture", "verify", EditedFixture.fixture("basic"),
                EditedFixture.fixture("semantics-2"));

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(2).first().isEqualTo(EditedFixture.fixture("basic")
                + ": sound, delta_mem_rwkv_ms_math_fixture.v1, 37 tensors, 2266 values, every hash proven");
    }

    @Test
    void everyFileIsReadThoughOneIsBad() throws Exception {
        Path none = folder.resolve("none.json");
        Path empty = Files.createFile(folder.resolve("empty.json"));

        GateRun run = GateRun.of("fixture", "verify", none, EditedFixture.fixture("basic"), empty, "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + none + ": expected a readable file, found none", "gate: "
                + empty + ": document: expected a JSON object, found an empty file; fetch or generate the file again");
        assertThat(run.json().at("/ok").booleanValue()).isFalse();
        assertThat(run.json().at("/errors")).extracting(error -> "gate: " + error.textValue())
                .containsExactlyElementsOf(run.errors());
        assertThat(run.json().at("/fixtures").findValuesAsText("ok")).containsExactly("false", "true", "false");
        assertThat(run.json().at("/fixtures/0/fault").textValue()).isEqualTo("UNREADABLE");
        assertThat(run.json().at("/fixtures/1/values").intValue()).isEqualTo(2266);
        assertThat(run.json().at("/fixtures/2/fault").textValue()).isEqualTo("NOT_JSON");
    }

    @Test
    void whatIsUnknownIsReported() throws Exception {
        Path file = Files.writeString(folder.resolve("more.json"),
                EditedFixture.text("basic").replaceFirst("\\{", "{\"remark\": \"a new section\","));

        GateRun run = GateRun.of("fixture", "verify", file);

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("; unknown, not used: [remark]");
        assertThat(GateRun.of("fixture", "verify", file, "--json").json().at("/fixtures/0/unknown"))
                .hasToString("[\"remark\"]");
    }

    @Test
    void aStackTraceComesOnlyWithDebug() {
        Path none = folder.resolve("none.json");

        assertThat(GateRun.of("fixture", "verify", none, "--debug").err()).contains("\tat rwkvms.cli.");
    }
}
