package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.qameta.allure.Allure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.nativeruntime.NativeFiles;

/**
 * All golden cases on each CPU variant of ggml that this CPU can load, one child process each: a matrix product in AVX-512
 * adds in another order than one in SSE. Variants beyond this CPU are reported by name as not evaluated.
 */
final class CpuVariantTests {
    /** A child takes a second or two; one that hangs must not hold the build. */
    private static final long TIMEOUT_SECONDS = 60;
    /** What a child said and how it ended. */
    private record Child(int exit, String out) {
    }

    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        Map<Path, Child> children = runAll(NativeFiles.cpuVariants());
        List<DynamicTest> tests = new ArrayList<>();
        children.forEach((variant, child) -> tests.add(child.exit == VariantRun.UNSUPPORTED
                ? DynamicTest.dynamicTest(variant.getFileName() + ": NOT EVALUATED, this CPU does not support it",
                        () -> isRefused(child))
                : DynamicTest.dynamicTest(String.valueOf(variant.getFileName()), () -> passes(child))));
        tests.add(DynamicTest.dynamicTest("at least one variant was evaluated", () -> assertThat(children.values())
                .filteredOn(child -> child.exit == 0).isNotEmpty()));
        return tests.stream();
    }

    private static void passes(Child child) throws IOException {
        assertThat(child.exit).as(child.out).isZero();
        JsonNode said = JsonMapper.builder().build().readTree(child.out);
        Allure.parameter("max abs diff", said.path("max_abs_diff").asDouble());
        Allure.parameter("of tolerance", said.path("max_ratio").asDouble());
        Allure.parameter("build", said.path("build").toString());
        assertThat(said.path("differences")).isEmpty();
        long runnable = Cases.committed().stream().filter(golden -> golden.fixture().config().numStateHeads() == 1)
                .count();
        assertThat(said.path("passed").asLong()).as("cases that passed").isEqualTo(runnable);
        assertThat(said.path("not_evaluated").asLong()).as("cases of several state heads")
                .isEqualTo(Cases.committed().size() - runnable);
    }

    private static void isRefused(Child child) throws IOException {
        String reason = JsonMapper.builder().build().readTree(child.out).path("refused").asText();
        assertThat(reason).startsWith("rwkv_ms_runtime_create: ");
        throw new TestAbortedException("NOT EVALUATED: " + reason);
    }

    /** As many at a time as there are cores. */
    private static Map<Path, Child> runAll(List<Path> variants) throws Exception {
        assertThat(variants).isNotEmpty();
        Map<Path, Child> children = new LinkedHashMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<Child>> running = pool.invokeAll(variants.stream().map(CpuVariantTests::child).toList());
            for (int i = 0; i < variants.size(); i++) {
                children.put(variants.get(i), running.get(i).get());
            }
        }
        return children;
    }

    private static Callable<Child> child(Path variant) {
        return () -> {
            Path out = Files.createTempFile(Path.of("target"), "variant-", ".json");
            Path log = Files.createTempFile(Path.of("target"), "variant-", ".log");
            try {
                Process process = new ProcessBuilder(command(variant)).redirectOutput(out.toFile())
                        .redirectError(log.toFile()).start();
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
                String said = Files.readString(out);
                return new Child(process.exitValue(), said.isBlank() ? Files.readString(log) : said);
            } finally {
                Files.delete(out);
                Files.delete(log);
            }
        };
    }

    private static List<String> command(Path variant) {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m", "--enable-native-access=ALL-UNNAMED",
                "-Drwkvms.root=" + Cases.ROOT, "-cp", System.getProperty("java.class.path"),
                VariantRun.class.getName(), variant.toString(), Cases.ROOT.resolve("golden/data").toString());
    }
}
