package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.checkpoint.Safetensors;
import rwkvms.child.Dialogue;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A program that is broken or hostile neither hangs nor ends the gate, and the message names what it did. */
@Timeout(60)
final class HostileTesteeTests {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Path BASIC = Path.of(System.getProperty("rwkvms.root", "..")).resolve("golden/data/basic");

    @TempDir
    private Path folder = Path.of("");

    private String script(String text) throws IOException {
        return "sh '" + Files.writeString(folder.resolve("hostile.sh"), text) + "'";
    }

    /** Before it has said hello, nothing can be judged. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            exit 3                                | the program ended: exit code 3
            echo no module named torch >&2; exit 1 | the program ended: exit code 1; it said: no module named torch
            kill -SEGV $$                         | the program crashed: signal 11 (SIGSEGV)
            exec sleep 100                        | the program stalled: gave no answer within 0.3 s and was killed
            sleep 100 & exec sleep 100            | the program stalled: gave no answer within 0.3 s and was killed
            exec >&-; exec sleep 100              | the program closed its standard output and was killed
            yes >&2                               | the program flooded: wrote more than 67108864 bytes and was killed
            printf abc                            | the program ended: exit code 0; its answer ended after 3 of the 8 bytes of a length
            printf '\\300\\0\\0\\0\\0\\0\\0\\0half'   | the program ended: exit code 0; its answer ended after 4 of the 192 bytes of a message
            printf '\\0\\0\\0\\0\\1\\0\\0\\0'          | expected a length of 10 to 268435456 bytes, found 4294967296, which are the bytes 00 00 00 00 01 00 00 00
            printf '\\377\\377\\377\\377\\377\\377\\377\\377' | expected a length of 10 to 268435456 bytes, found 18446744073709551615, which are the bytes ff ff ff ff ff ff ff ff
            printf '\\2\\0\\0\\0\\0\\0\\0\\0{}'        | expected a length of 10 to 268435456 bytes, found 2, which are the bytes 02 00 00 00 00 00 00 00
            echo Loading the model                | expected a length of 10 to 268435456 bytes, found 2334956330749620044, which are the bytes 4c 6f 61 64 69 6e 67 20, the text "Loading ": only messages may be written to standard output
            printf '\\n\\0\\0\\0\\0\\0\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0[]' | the answer, header: expected a JSON object, found a first byte of 91
            printf '\\n\\0\\0\\0\\0\\0\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0{}' | status: expected ok, unsupported, refused or error, found none
            """)
    void helloSaysWhatIsWrong(String script, String problem) throws IOException {
        Duration limit = script.contains("sleep") ? SHORT : LIMIT;
        String command = script(script);

        assertThatIOException().isThrownBy(() -> PipeRuntime.start(command, limit).close())
                .withMessage("hostile.sh: hello: " + problem);
    }

    @Test
    void whatIsNoProgramCannotBeStarted() {
        assertThatIOException().isThrownBy(() -> PipeRuntime.start("no-such-program --fast", LIMIT).close())
                .withMessage("no-such-program: cannot be started: No such file or directory");
    }

    /** A header that claims more than is there allocates nothing. */
    @Test
    void tensorsThatAreNotThereAreRefused() throws IOException {
        String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1000000000],\"data_offsets\":[0,4000000000]}}";
        String command = script("printf '\\120\\0\\0\\0\\0\\0\\0\\0\\110\\0\\0\\0\\0\\0\\0\\0%s' '" + header + "'");
        assertThat(header).hasSize(0110);

        assertThatIOException().isThrownBy(() -> PipeRuntime.start(command, LIMIT).close()).withMessage(
                "hostile.sh: hello: the answer, tensor \"x\", data_offsets: expected two ascending offsets of 0 to 0,"
                        + " found [0,4000000000]");
    }

    @Test
    void memoryHasALimitWhereTheSystemTells() throws IOException {
        String command = script("exec dd if=/dev/zero of=/dev/null bs=64M status=none");
        assertThat(Dialogue.MEMORY).isEqualTo(8L << 30);

        assertThatIOException().isThrownBy(() -> PipeRuntime.start(command, LIMIT, 32L << 20).close())
                .withMessage("hostile.sh: hello: the program took more than 32 MiB of memory and was killed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2    | float32 | expected protocol 1, found 2
            ''   | float32 | expected protocol 1, found none
            1    | int8    | dtype: expected float32, float64, bfloat16 or float16, found int8
            1    | half    | dtype: expected float32, float64, bfloat16 or float16, found half
            """)
    void anotherVersionIsNotSpoken(String protocol, String dtype, String problem) throws IOException {
        String command = answers(message(Map.of("status", "ok", "protocol", protocol, "dtype", dtype)));

        assertThatIOException().isThrownBy(() -> PipeRuntime.start(command, LIMIT).close())
                .withMessage("hostile.sh: hello: " + problem);
    }

    private static Safetensors message(Map<String, String> texts) {
        return new Safetensors(new LinkedHashMap<>(), texts);
    }

    private static Safetensors hello(String dtype) {
        return message(Map.of("status", "ok", "protocol", "1", "dtype", dtype, "operations",
                "open close start end forward set_state"));
    }

    /** A program that gives these answers whatever it is asked. */
    private String answers(Safetensors... answers) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Safetensors answer : answers) {
            Frame.write(bytes, answer);
        }
        Path file = Files.write(folder.resolve("answers"), bytes.toByteArray());
        return script("cat '" + file + "'; exec cat >/dev/null");
    }

    /** Runs the case basic on a program that answers everything with ok and its one forward so. */
    private CaseResult basic(String dtype, Safetensors forward) throws Exception {
        Safetensors ok = message(Map.of("status", "ok"));
        String command = answers(hello(dtype), ok, ok, ok, forward, ok, ok);
        try (PipeRuntime runtime = PipeRuntime.start(command, LIMIT);
                GoldenCase golden = GoldenCase.open(CaseFiles.in(BASIC).orElseThrow())) {
            return new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        }
    }

    private static Safetensors tensor(String name, Tensor tensor) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(name, tensor);
        return new Safetensors(tensors, Map.of("status", "ok"));
    }

    @Test
    void wrongShapesTypesAndNansFail() throws Exception {
        assertThat(basic("float32", tensor("memory_v", Tensor.ofFloats(Shape.of(1, 4, 4), new float[16]))))
                .isInstanceOfSatisfying(CheckResult.class, result -> assertThat(result.errors()).contains(
                        "memory_v: expected shape [1, 4, 8], found [1, 4, 4] from the runtime hostile.sh",
                        "memory_q: the runtime hostile.sh gave no such tensor"));
        assertThat(basic("float32", tensor("memory_v", Tensor.ofLongs(Shape.of(1, 4, 8), new long[32]))))
                .isInstanceOfSatisfying(CheckResult.class, result -> assertThat(result.errors())
                        .contains("memory_v: expected float32, found int64 from the runtime hostile.sh"));
        float[] nans = new float[32];
        Arrays.fill(nans, Float.NaN);
        assertThat(basic("float32", tensor("memory_v", Tensor.ofFloats(Shape.of(1, 4, 8), nans))))
                .isInstanceOfSatisfying(CheckResult.class, result -> {
                    assertThat(result.ok()).isFalse();
                    assertThat(result.comparisons()).singleElement()
                            .satisfies(each -> assertThat(each.bad().getFirst().actual()).isNaN());
                });
    }

    @Test
    void aTensorThatNobodyKnowsFails() {
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32", tensor("memory_w", Tensor.ofFloats(Shape.of(1), 0f))))
                .withMessage("forward: expected the names of results in math.md, found the tensor memory_w");
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32", tensor("hidden_states", Tensor.ofFloats(Shape.of(1), 0f))))
                .withMessage("forward: expected the names of results in math.md, found the tensor hidden_states");
    }

    @Test
    void aFailureIsToldInItsWords() {
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32",
                        message(Map.of("status", "error", "text", "ValueError: no (mine.py:3, in forward)"))))
                .withMessage("forward: ValueError: no (mine.py:3, in forward)");
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32",
                        message(Map.of("status", "error", "text", "red \u001b[31m\nalert " + "!".repeat(2000)))))
                .withMessage("forward: red  [31m alert " + "!".repeat(984) + "...");
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32", message(Map.of("status", "error"))))
                .withMessage("forward: the program does not say why");
        assertThatExceptionOfType(RuntimeFailure.class)
                .isThrownBy(() -> basic("float32", message(Map.of("status", "refused", "fault", "MOOD"))))
                .withMessage("forward: fault: expected one of state.md, found MOOD");
    }

    @Test
    void whatIsNotSupportedIsNotEvaluated() throws Exception {
        assertThat(basic("float32", message(Map.of("status", "unsupported", "text", "only on Sundays"))))
                .isEqualTo(new CaseNotEvaluated("basic", "hostile.sh",
                        "hostile.sh does not support this forward: only on Sundays"));
    }

    /** It says how far off it is, and neither passes nor fails. */
    @Test
    void anotherTypeIsMeasuredAndNotJudged() throws Exception {
        CaseResult result = basic("bfloat16",
                tensor("memory_v", Tensor.ofRounded(DType.BFLOAT16, Shape.of(1, 4, 8), new double[32])));

        assertThat(result).isInstanceOfSatisfying(CaseNotEvaluated.class,
                missed -> assertThat(missed.reason()).startsWith("the runtime computes in bfloat16; float32 is judged."
                        + " Measured, for information: max abs diff 2.058").endsWith(" over 1 tensors"));
    }

    /** A case without a sidecar needs the operation scan. */
    @Test
    void anOperationThatIsNotOfferedIsNotAskedFor() throws Exception {
        String command = answers(hello("float32"));
        CaseFiles alone = new CaseFiles("alone", CaseFiles.in(BASIC).orElseThrow().fixture(), Optional.empty(),
                Optional.empty());
        try (PipeRuntime runtime = PipeRuntime.start(command, LIMIT); GoldenCase golden = GoldenCase.open(alone)) {
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime)).isEqualTo(
                    new CaseNotEvaluated("alone", "hostile.sh", "hostile.sh does not offer scan"));
        }
    }

    /** After a case that it did not survive, it is started again, but not for ever. */
    @ParameterizedTest
    @CsvSource({"exec sleep 100,stalled: gave no answer within 0.3 s and was killed,2,stalled 2",
            "exit 4,ended: exit code 4,10,ended 10"})
    void aProgramThatEndsIsStartedAgainSoManyTimes(String then, String how, int times, String why) throws Exception {
        answers(hello("float32"));
        String command = script("cat '" + folder.resolve("answers") + "'; " + then);
        try (PipeRuntime runtime = PipeRuntime.start(command, then.contains("sleep") ? SHORT : LIMIT);
                GoldenCase golden = GoldenCase.open(CaseFiles.in(BASIC).orElseThrow())) {
            FixtureCheck check = new FixtureCheck(golden, Tolerance.DEFAULT);
            for (int i = 0; i < times; i++) {
                assertThat(runtime.givenUp()).isEmpty();
                assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(() -> check.on(runtime))
                        .withMessage("open: the program " + how);
            }
            assertThat(runtime.givenUp()).contains("the program " + why + " times");
            assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(() -> check.on(runtime))
                    .withMessage("not run: the program " + why + " times");
        }
    }

    @Test
    void aProgramThatFailsInTheEndIsTold() throws IOException, NotEvaluatedException {
        answers(hello("float32"));
        String command = script("cat '" + folder.resolve("answers") + "'; cat; echo spilt >&2; exit 5");
        try (PipeRuntime runtime = PipeRuntime.start(command, LIMIT)) {
            assertThat(runtime.finish())
                    .contains("behind the last case, the program ended: exit code 5; it said: spilt");
        }
    }
}
