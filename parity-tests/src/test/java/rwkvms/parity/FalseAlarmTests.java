package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.Page;

/**
 * A sound runtime never fails: the C++ runtime from other compilers and with other flags on the golden and oracle cases, and the
 * C++ runtime as built here on random settings and weights. {@code -Pfalsealarms} takes every compiler, every CPU variant, one
 * and two threads, and 10,000 configurations.
 */
final class FalseAlarmTests {
    /** The number of random configurations; a number above the default also means all builds. */
    private static final int CONFIGURATIONS = Math.max(RandomAlarms.FEW, Integer.getInteger("rwkvms.falsealarms", 0));
    private static final boolean ALL = CONFIGURATIONS > RandomAlarms.FEW;

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
                            folders()));
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
                Cases.oracle().stream().map(GoldenCase::fixtureFile).map(file -> file.getParent().getParent())
                        .distinct())
                .toList();
    }

    @Test
    void noRandomConfigurationFails() {
        RandomAlarms alarms = new RandomAlarms();
        alarms.judge(CONFIGURATIONS);
        new Page("<p>" + alarms.summary() + "</p>", List.of(), "")
                .attach(AllureReport.ofTest());
        System.out.println(alarms.summary());
        assertThat(alarms.alarms()).isEmpty();
        assertThat(alarms.judged()).isEqualTo(CONFIGURATIONS);
    }
}
