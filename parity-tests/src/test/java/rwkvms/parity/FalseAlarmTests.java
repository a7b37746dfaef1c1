package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.Page;
import rwkvms.runtime.MemoryRuntime;

/**
 * A sound runtime never fails: the C++ runtime from other compilers and with other flags on the golden cases, and the
 * C++ runtime as built here on random settings and weights. {@code -Pfalsealarms} takes every compiler, every CPU variant, one
 * and two threads, and 10,000 configurations.
 */
final class FalseAlarmTests {
    /** The number of random configurations; a number above the default also means all builds. */
    private static final int CONFIGURATIONS = Math.max(RandomAlarms.FEW, Integer.getInteger("rwkvms.falsealarms", 0));
    /** Fewer of them if something else takes long. */
    private static final int ORACLE_ONE_IN = 50;
    private static final int RANDOM_ONE_IN = 100;
    static final boolean ALL = CONFIGURATIONS > RandomAlarms.FEW;

    @TestFactory
    Stream<DynamicTest> everyBuildPasses() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        List<BuildVariant> builds = ALL ? BuildVariant.ALL : BuildVariant.FEW;
        for (BuildVariant build : builds) {
            if (!build.available()) {
                tests.add(SharedCases.notEvaluated(build.name(), build.compiler() + " is not installed"));
                continue;
            }
            Path library = build.library();
            List<VariantProcess> runs = new ArrayList<>();
            for (Path cpu : cpuVariants()) {
                for (int threads : ALL ? List.of(1, 2) : List.of(1 + builds.indexOf(build))) {
                    runs.add(new VariantProcess(library, library.resolveSibling(cpu.getFileName()), threads,
                            ALL ? CONFIGURATIONS / RANDOM_ONE_IN : VariantProcess.FEW, folders()));
                }
            }
            Map<VariantProcess, VariantProcess.Result> results = VariantProcess.runAll(runs);
            results.forEach((run, result) -> tests.add(result.test(build.name() + ", " + run, Cases.all())));
            tests.add(DynamicTest.dynamicTest(build.name() + ": evaluated on this CPU",
                    () -> assertThat(results.values()).anyMatch(VariantProcess.Result::passed)));
        }
        return tests.stream();
    }

    /** All CPU variants, or by default the one that ggml itself takes here. */
    private static List<Path> cpuVariants() throws IOException {
        if (ALL) {
            return NativeFiles.cpuVariants();
        }
        NativeRuntime runtime = (NativeRuntime) ParityRuntimes.named(NativeRuntime.NAME);
        String best = JsonMapper.builder().build().readTree(runtime.buildInfo()).path("cpu_variant").asText();
        List<Path> variants = NativeFiles.cpuVariants().stream()
                .filter(cpu -> String.valueOf(cpu.getFileName()).contains("-" + best + ".")).toList();
        assertThat(variants).as("ggml's CPU variant %s", best).hasSize(1);
        return variants;
    }

    private static List<Path> folders() {
        return Stream.concat(Stream.of(Cases.ROOT.resolve("golden/data")),
                Cases.original().stream().map(GoldenCase::fixtureFile).map(file -> file.getParent().getParent())
                        .distinct())
                .toList();
    }

    @Test
    void noRandomConfigurationFails() {
        RandomAlarms alarms = new RandomAlarms(List.of(onThreads(1), new ReferenceRuntime(), onThreads(2),
                ParityRuntimes.oracle()));
        alarms.judge(CONFIGURATIONS);
        report(alarms, CONFIGURATIONS);
    }

    /** As long as prompts, with H 2560 among them. The oracle takes a millisecond per token, so it gets fewer of them. */
    @Test
    void noLongRandomConfigurationFails() {
        int count = ALL ? CONFIGURATIONS : RandomAlarms.FEW_LONG;
        RandomAlarms alarms = new RandomAlarms(List.of(onThreads(1), new ReferenceRuntime(), onThreads(2)));
        alarms.judgeLong(count, 0);
        report(alarms, count);
        int fewer = ALL ? count / ORACLE_ONE_IN : 1;
        RandomAlarms ofOracle = new RandomAlarms(List.of(ParityRuntimes.oracle()));
        ofOracle.judgeLong(fewer, 1);
        report(ofOracle, fewer);
    }

    private static MemoryRuntime onThreads(int threads) {
        return NativeRuntime.open("C++ on " + threads + " threads", NativeFiles.library(), Optional.empty(), threads);
    }

    private static void report(RandomAlarms alarms, int count) {
        new Page("<p>" + alarms.summary() + "</p>", List.of(), "").attach(AllureReport.ofTest());
        System.out.println(alarms.summary());
        assertThat(alarms.alarms()).isEmpty();
        assertThat(alarms.judged()).isEqualTo(count);
    }
}
