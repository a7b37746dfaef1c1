package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.qameta.allure.Allure;
import org.opentest4j.TestAbortedException;
import rwkvms.nativeruntime.NativeFiles;

/**
 * One library on one CPU variant of ggml, judged by all cases of some folders in a process of its own.
 *
 * @param library    librwkv_ms
 * @param cpuVariant one {@code libggml-cpu-*}
 * @param folders    of cases
 */
record VariantProcess(Path library, Path cpuVariant, int threads, List<Path> folders) {
    /** A child takes a few seconds, on a busy machine a minute; one that hangs must not hold the build. */
    private static final long TIMEOUT_SECONDS = 300;

    /** What a child said and how it ended. */
    record Result(int exit, String out) {
        boolean unsupported() {
            return exit == VariantRun.UNSUPPORTED;
        }

        boolean passed() {
            return exit == 0;
        }

        /** All cases that the C++ runtime takes passed, and there were so many. */
        void judge(long runnable, long cases) throws IOException {
            assertThat(exit).as(out).isZero();
            JsonNode said = JsonMapper.builder().build().readTree(out);
            Allure.parameter("max abs diff", said.path("max_abs_diff").asDouble());
            Allure.parameter("of tolerance", said.path("max_ratio").asDouble());
            Allure.parameter("build", said.path("build").toString());
            assertThat(said.path("differences")).isEmpty();
            assertThat(said.path("passed").asLong()).as("cases that passed").isEqualTo(runnable);
            assertThat(said.path("not_evaluated").asLong()).as("cases of several state heads")
                    .isEqualTo(cases - runnable);
        }

        /** The CPU does not support the variant, and the library says so. */
        void refuse() throws IOException {
            String reason = JsonMapper.builder().build().readTree(out).path("refused").asText();
            assertThat(reason).startsWith("rwkv_ms_runtime_create: ");
            throw new TestAbortedException("NOT EVALUATED: " + reason);
        }
    }

    /** The suite's own library on one thread, on the committed cases. */
    static VariantProcess of(Path cpuVariant) {
        return new VariantProcess(NativeFiles.library(), cpuVariant, 1, List.of(Cases.ROOT.resolve("golden/data")));
    }

    /** As many at a time as there are cores. */
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
        Path out = Files.createTempFile(Path.of("target"), "variant-", ".json");
        Path log = Files.createTempFile(Path.of("target"), "variant-", ".log");
        try {
            Process process = new ProcessBuilder(command()).redirectOutput(out.toFile()).redirectError(log.toFile())
                    .start();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            String said = Files.readString(out);
            return new Result(process.exitValue(), said.isBlank() ? Files.readString(log) : said);
        } finally {
            Files.delete(out);
            Files.delete(log);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m", "--enable-native-access=ALL-UNNAMED",
                "-Drwkvms.root=" + Cases.ROOT, "-cp", System.getProperty("java.class.path"),
                VariantRun.class.getName(), library.toString(), cpuVariant.toString(), String.valueOf(threads)));
        folders.forEach(folder -> command.add(folder.toString()));
        return command;
    }

    @Override
    public String toString() {
        return cpuVariant.getFileName() + ", " + threads + (threads == 1 ? " thread" : " threads");
    }
}
