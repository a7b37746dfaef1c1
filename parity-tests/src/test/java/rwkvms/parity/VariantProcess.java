package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.qameta.allure.Allure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.Headroom;
import rwkvms.report.drift.Baseline;
import rwkvms.report.drift.BaselineFile;

/**
 * One library on one CPU variant of ggml, judged by all cases of some folders in a process of its own.
 *
 * @param library    librwkv_ms
 * @param cpuVariant one {@code libggml-cpu-*}
 * @param random     number of long random configurations
 * @param folders    of cases
 */
record VariantProcess(Path library, Path cpuVariant, int threads, int random, List<Path> folders) {
    /** A child takes a few seconds, on a busy machine a minute; one that hangs must not hold the build. */
    private static final Duration TIMEOUT = Duration.ofSeconds(300);

    /** @param errors the file with the errors of a run that passed */
    record Result(Child.Run run, Path errors) {
        private boolean unsupported() {
            return run.ending().equals(new Ending.Exited(VariantRun.UNSUPPORTED));
        }

        boolean passed() {
            return run.succeeded();
        }

        /** The errors of a run that passed. */
        Baseline baseline() throws IOException {
            return BaselineFile.read(errors);
        }

        /** A test that the cases passed, or that says why they were not evaluated. */
        DynamicTest test(String name, List<GoldenCase> cases) {
            return unsupported()
                    ? DynamicTest.dynamicTest(name + ": NOT EVALUATED, this CPU does not support it", this::refuse)
                    : DynamicTest.dynamicTest(name, () -> judge(Cases.runnable(cases), cases.size()));
        }

        /** Requires that all cases which the C++ runtime evaluates passed, and counts them. */
        private void judge(long runnable, long cases) throws IOException {
            assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(new Ending.Exited(0));
            JsonNode said = JsonMapper.builder().build().readTree(run.out());
            Allure.parameter("max abs diff", said.path("max_abs_diff").asDouble());
            AllureReport.ofTest().headroom(new Headroom(NativeRuntime.NAME,
                    "CPU " + said.path("build").path("cpu_variant").asText(), said.path("max_ratio").asDouble()));
            Allure.parameter("random configurations", said.path("random").asText());
            Allure.parameter("build", said.path("build").toString());
            assertThat(said.path("differences")).isEmpty();
            assertThat(said.path("passed").asLong()).as("cases that passed").isEqualTo(runnable);
            assertThat(said.path("not_evaluated").asLong()).as("cases of several state heads")
                    .isEqualTo(cases - runnable);
        }

        /** Requires that the library itself says that the CPU does not support the variant. */
        private void refuse() throws IOException {
            String reason = JsonMapper.builder().build().readTree(run.out()).path("refused").asText();
            assertThat(reason).startsWith("rwkv_ms_runtime_create: ");
            throw new TestAbortedException("NOT EVALUATED: " + reason);
        }
    }

    /** The suite's own library on one thread, on the committed cases. */
    static VariantProcess of(Path cpuVariant) {
        return new VariantProcess(NativeFiles.library(), cpuVariant, 1, 0,
                List.of(Cases.ROOT.resolve("golden/data")));
    }

    /** A test that no run that passed is drift from another one. */
    static DynamicTest drift(Collection<Result> results) {
        return DynamicTest.dynamicTest("none is drift from another", () -> {
            DriftSpread spread = new DriftSpread();
            for (Result result : results) {
                if (result.passed()) {
                    spread.add(result.baseline());
                }
            }
            String words = spread.requireNone();
            System.out.println(words);
            Allure.parameter("drift", words);
        });
    }

    /** Runs all, as many at a time as there are cores. */
    static Map<VariantProcess, Result> runAll(List<VariantProcess> all) throws Exception {
        Map<VariantProcess, Result> results = new LinkedHashMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<Result>> running = pool
                    .invokeAll(all.stream().map(one -> (Callable<Result>) one::run).toList());
            for (int i = 0; i < all.size(); i++) {
                results.put(all.get(i), running.get(i).get());
            }
        }
        return results;
    }

    private Result run() throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(
                List.of(library.toString(), cpuVariant.toString(), String.valueOf(threads), String.valueOf(random)));
        folders.forEach(folder -> arguments.add(folder.toString()));
        Path target = Path.of("target").toAbsolutePath();
        Path errors = Files.createTempFile(target, "errors", ".json");
        errors.toFile().deleteOnExit();
        return new Result(ChildJvm.of(VariantRun.class,
                List.of("-Xmx512m", "-Drwkvms.root=" + Cases.ROOT, "-D" + VariantRun.ERRORS + "=" + errors), arguments,
                target, TIMEOUT).run(), errors);
    }

    @Override
    public String toString() {
        return cpuVariant.getFileName() + ", " + threads + (threads == 1 ? " thread" : " threads");
    }
}
