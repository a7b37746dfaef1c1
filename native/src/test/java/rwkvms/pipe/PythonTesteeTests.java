package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.checkpoint.Safetensors;
import rwkvms.child.Child;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The adapter for Python and the NumPy example: golden cases, faults by name, and what it costs. */
final class PythonTesteeTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root", "..")).resolve("golden");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private static Path folder = Path.of("");

    /** A test of the example, or what says why there is none. */
    private static Stream<DynamicTest> with(String module, String name, ThrowingConsumer<String> test)
            throws Exception {
        Optional<String> python = Python.with(module);
        return Stream.of(python.isPresent()
                ? DynamicTest.dynamicTest(name, () -> test.accept(python.get()))
                : SharedCases.notEvaluated(name, Python.absent(module)));
    }

    private static PipeRuntime start(String python, Path script) throws IOException {
        return PipeRuntime.start(python + " '" + script + "'", LIMIT);
    }

    private static CaseResult judge(PipeRuntime runtime, CaseFiles files, Calls calls) throws Exception {
        try (GoldenCase golden = GoldenCase.open(files)) {
            return new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime, calls);
        }
    }

    private static CaseFiles files(String name) {
        return CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
    }

    private static void passes(CaseResult result) {
        assertThat(result).isInstanceOfSatisfying(CheckResult.class,
                each -> assertThat(each.ok()).as(each.caseName() + each.errors()).isTrue());
    }

    @TestFactory
    Stream<DynamicTest> theNumpyExamplePassesEveryGoldenCase() throws Exception {
        return with("numpy", "every golden case on NumPy", python -> {
            try (PipeRuntime runtime = start(python, Python.ADAPTERS.resolve("numpy_runtime.py"))) {
                List<CaseFiles> cases = CaseFiles.below(GOLDEN.resolve("data"));
                for (CaseFiles files : cases) {
                    passes(judge(runtime, files, Calls.WHOLE));
                }
                assertThat(cases).hasSizeGreaterThanOrEqualTo(50);
                CaseFiles basic = files("data/basic");
                passes(judge(runtime, new CaseFiles("alone", basic.fixture(), Optional.empty(), Optional.empty()),
                        Calls.WHOLE));
                CaseFiles tokens = files("data-long/tokens-64");
                passes(judge(runtime, tokens, Calls.chunks(31)));
                passes(judge(runtime, tokens, Calls.steps(64)));
                assertThat(runtime.finish()).isEmpty();
                assertThat(runtime.said()).isEmpty();
                assertThat(runtime.provenance()).containsEntry("program.name", "plain NumPy")
                        .containsKeys("program.numpy", "program.python", "program.adapter", "program.command");
            }
        });
    }

    /** The example with one line replaced, beside a copy of the adapter. */
    private static Path changed(String name, String line, String other) throws IOException {
        String example = Files.readString(Python.ADAPTERS.resolve("numpy_runtime.py"));
        assertThat(example).contains(line);
        Files.copy(Python.ADAPTERS.resolve("rwkv_ms_testee.py"), folder.resolve("rwkv_ms_testee.py"),
                StandardCopyOption.REPLACE_EXISTING);
        return Files.writeString(folder.resolve(name), example.replace(line, other));
    }

    /** A fault, as a line of the example and what stands there instead; the case that sees it, and where it begins. */
    private record Fault(String name, String line, String other, String golden, String begins) {
    }

    private static final List<Fault> FAULTS = List.of(
            new Fault("keys without tanh", "unit(s, np.tanh(k), 1e-6)", "unit(s, k, 1e-6)", "basic", "memory_k"),
            new Fault("softplus of the other sign", "-np.logaddexp(0, -u) - 0.5", "-np.logaddexp(0, u) - 0.5", "basic",
                    "feature_w"),
            new Fault("a-gate used as 1 + (gate) k_a", "(gate - 1) * w[\"rwkv.k_a\"]", "gate * w[\"rwkv.k_a\"]",
                    "basic", "feature_k"),
            new Fault("feature_a not negated", "\"feature_a\": -kk", "\"feature_a\": kk", "basic", "feature_a"),
            new Fault("decay with one exponential", "decay = np.exp(-np.exp(w))", "decay = np.exp(w)", "basic",
                    "w_decay"),
            new Fault("transposed read", "np.einsum(\"hsij,hj->hsi\", state, r[t])",
                    "np.einsum(\"hsji,hj->hsi\", state, r[t])", "step-trace", "slot_reads"),
            new Fault("scores not divided by the root of r", "dots / np.sqrt(s[\"rank\"])", "dots", "step-trace",
                    "read_scores"),
            new Fault("the next slot", "position // s[\"rwkv_ms_chunk_size\"]",
                    "(position + 1) // s[\"rwkv_ms_chunk_size\"]", "chunk-rollover", "slot_indices"),
            new Fault("masked tokens write", "one_hot = np.eye(s[\"rwkv_ms_num_states\"])[slot] * valid[t]",
                    "one_hot = np.eye(s[\"rwkv_ms_num_states\"])[slot]", "batch-mask", "write_routes"),
            new Fault("erase gate ignored", "(s[\"rwkv_ms_erase_gate\"] * erase[t])", "(erase[t])", "erase-gate-half",
                    "read_routes_per_head"),
            new Fault("unbiased variance", "h.var(axis=-1, keepdims=True)", "h.var(axis=-1, keepdims=True, ddof=1)",
                    "basic", "reads"),
            new Fault("delta not scaled", "s[\"alpha\"] / s[\"rank\"] * (", "1.0 * (", "basic", "delta_q"));

    /** The first sidecar is opened by the first fault, and so on: one process is faster than twelve. */
    private static final String ONE_PER_SIDECAR = """
            import importlib, itertools, rwkv_ms_testee
            turn = itertools.count()
            def open_memory(settings, weights):
                fault = importlib.import_module("fault%d" % next(turn))
                return fault, fault.open_memory(settings, weights)
            def forward(memory, layer, inputs):
                return memory[0].forward(memory[1], layer, inputs)
            rwkv_ms_testee.serve("faults", "1", open_memory, forward)
            """;

    @TestFactory
    Stream<DynamicTest> faultsInTheExampleAreFoundByName() throws Exception {
        return with("numpy", FAULTS.size() + " faults in the NumPy example", python -> {
            for (Fault fault : FAULTS) {
                changed("fault" + FAULTS.indexOf(fault) + ".py", fault.line(), fault.other());
            }
            List<String> found = new ArrayList<>();
            try (PipeRuntime runtime = start(python, Files.writeString(folder.resolve("faults.py"), ONE_PER_SIDECAR))) {
                for (Fault fault : FAULTS) {
                    CheckResult result = (CheckResult) judge(runtime, files("data/" + fault.golden()), Calls.WHOLE);
                    assertThat(result.ok()).as(fault.name()).isFalse();
                    found.add(result.firstDivergence().orElseThrow().tensor().label());
                }
            }
            assertThat(found).isEqualTo(FAULTS.stream().map(Fault::begins).toList());
        });
    }

    /** What a trainer's script does: print, warn, print from C, read its input, and fail in one case. */
    @TestFactory
    Stream<DynamicTest> whatIsPrintedIsKeptOutOfThePipeAndTold() throws Exception {
        return with("numpy", "a chatty program that fails", python -> {
            Path script = changed("mine.py", "    s, w = memory[0], memory[1][layer]\n",
                    """
                                print("step", layer)
                                import os, warnings
                                os.write(1, b"from C\\n")
                                warnings.warn("beta is odd")
                                assert not sys.stdin.read()
                                raise ValueError("no layer %d" % layer)
                            """);
            Files.writeString(script, "import sys\n" + Files.readString(script));
            try (PipeRuntime runtime = start(python, script);
                    GoldenCase golden = GoldenCase.open(files("data/basic"))) {
                FixtureCheck check = new FixtureCheck(golden, Tolerance.DEFAULT);
                assertThat(catchThrowable(() -> check.on(runtime)))
                        .hasMessageMatching("forward: ValueError: no layer 0 \\(mine\\.py:\\d+, in forward\\)");
                assertThat(runtime.givenUp()).isEmpty();
                assertThat(runtime.finish()).isEmpty();
                assertThat(runtime.said()).contains("ValueError: no layer 0").startsWith("...");
            }
        });
    }

    /** There and back with hidden states of 2560 values, and with the 40 tensors of a forward. */
    @TestFactory
    Stream<DynamicTest> aCallThroughThePipeTakesLessThanAMillisecond() throws Exception {
        return with("numpy", "overhead of the pipe", python -> {
            Files.copy(Python.ADAPTERS.resolve("rwkv_ms_testee.py"), folder.resolve("rwkv_ms_testee.py"),
                    StandardCopyOption.REPLACE_EXISTING);
            Path script = Files.writeString(folder.resolve("echo.py"), """
                    import rwkv_ms_testee
                    def scan(settings, inputs):
                        return {"t%d" % i: inputs["hidden_states"][0, 0, :64] for i in range(40)}
                    rwkv_ms_testee.serve("echo", "1", None, None, scan)
                    """);
            Child child = new Child(List.of(python, script.toString()), folder, Map.of(), LIMIT);
            try (PipeProgram program = PipeProgram.start("echo.py", child, Long.MAX_VALUE)) {
                Tensor hidden = Tensor.ofFloats(Shape.of(1, 2560), new float[2560]);
                long[] nanos = new long[500];
                for (int i = 0; i < nanos.length; i++) {
                    long begun = System.nanoTime();
                    Safetensors answer = program.ask(new Request(Operation.SCAN).text("settings", "{}")
                            .row(MathTensor.HIDDEN_STATES, hidden));
                    nanos[i] = System.nanoTime() - begun;
                    assertThat(answer.tensors()).hasSize(40);
                }
                Arrays.sort(nanos);
                System.out.printf(Locale.ROOT, "a call through the pipe: median %.3f ms%n",
                        nanos[nanos.length / 2] / 1e6);
                assertThat(nanos[nanos.length / 4]).as("the fastest quarter, in ns").isLessThan(1_000_000);
            }
        });
    }
}
