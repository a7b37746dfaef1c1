package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.Shard;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.Page;
import rwkvms.runtime.MemoryRuntime;

/**
 * A sound runtime never fails: the C++ runtime with other flags on the golden cases, and the C++ runtime as built here on random
 * settings and weights. {@code -Pfalsealarms} takes other compilers, every CPU variant, one and two threads, and 10,000
 * configurations.
 */
final class FalseAlarmTests {
    /** The number of random configurations; a number above the default also means all builds. */
    private static final int CONFIGURATIONS = Math.max(RandomAlarms.FEW, Integer.getInteger("rwkvms.falsealarms", 0));
    /** Fewer of them if something else takes long. */
    private static final int ORACLE_ONE_IN = Integer.getInteger("rwkvms.falsealarms.oracle", 1);
    /** A second for each. */
    private static final int PYTORCH_ONE_IN = Integer.getInteger("rwkvms.falsealarms.pytorch", 100);
    private static final int RANDOM_ONE_IN = 100;
    /** Threads of ggml spin while they wait for each other; where cores are few, all other processes wait with them. */
    private static final int TWO_THREADS_ONE_IN = 10;
    static final boolean ALL = CONFIGURATIONS > RandomAlarms.FEW;

    @TestFactory
    Stream<DynamicTest> everyBuildPasses() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        List<VariantProcess.Result> all = new ArrayList<>();
        if (!ALL) {
            all.addAll(judge(OtherCore.NAME, OtherCore.library(), tests));
        }
        for (BuildVariant build : ALL ? BuildVariant.ALL : List.<BuildVariant>of()) {
            if (build.available()) {
                all.addAll(judge(build.name(), build.library(), tests));
            } else {
                tests.add(SharedCases.notEvaluated(build.name(), build.compiler() + " is not installed"));
            }
        }
        tests.add(VariantProcess.drift(all));
        return tests.stream();
    }

    private static Collection<VariantProcess.Result> judge(String build, Path library, List<DynamicTest> tests)
            throws Exception {
        List<VariantProcess> runs = new ArrayList<>();
        for (Path cpu : cpuVariants()) {
            for (int threads : ALL ? List.of(1, 2) : List.of(2)) {
                runs.add(new VariantProcess(library, library.resolveSibling(cpu.getFileName()), threads,
                        ALL ? CONFIGURATIONS / RANDOM_ONE_IN : 1, folders()));
            }
        }
        Map<VariantProcess, VariantProcess.Result> results = VariantProcess.runAll(runs);
        results.forEach((run, result) -> tests.add(result.test(build + ", " + run, Cases.all())));
        tests.add(DynamicTest.dynamicTest(build + ": evaluated on this CPU",
                () -> assertThat(results.values()).anyMatch(VariantProcess.Result::passed)));
        return results.values();
    }

    /** All CPU variants, or by default the one that ggml itself takes here. */
    private static List<Path> cpuVariants() throws IOException {
        return ALL ? NativeFiles.cpuVariants() : List.of(best());
    }

    private static Path best() throws IOException {
        String best = ParityRuntimes.cpuVariant();
        List<Path> variants = NativeFiles.cpuVariants().stream()
                .filter(cpu -> String.valueOf(cpu.getFileName()).contains("-" + best + ".")).toList();
        assertThat(variants).as("ggml's CPU variant %s", best).hasSize(1);
        return variants.getFirst();
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

    /**
     * As long as prompts, with H 2560 among them. {@code -Pfalsealarms} takes every CPU variant, in a process of its own, and the
     * oracle on all configurations; {@code -Dshard=K/N} takes a part of the configurations.
     */
    @TestFactory
    Stream<DynamicTest> noLongRandomConfigurationFails() throws Exception {
        int count = ALL ? CONFIGURATIONS : LongAlarms.FEW;
        Shard shard = Shard.ofBuild();
        try (LongAlarms alarms = ALL ? everyImplementation() : ofThisProcess()) {
            alarms.judge(count, LongAlarms.SEED, shard);
            String said = "seed " + LongAlarms.SEED + ", " + count + " configurations, shard " + shard + "\n"
                    + alarms.table();
            System.out.println(said);
            new Page("<pre>" + said + "</pre>", List.of(), "").attach(AllureReport.ofTest());
            List<DynamicTest> tests = new ArrayList<>(alarms.members().stream().map(member -> member.implementation()
                    .refused().map(why -> SharedCases.notEvaluated(member.name(), why))
                    .orElseGet(() -> DynamicTest.dynamicTest(member.name(), () -> raisedNone(member, shard, count))))
                    .toList());
            if (ALL && !PyTorch.isHere()) {
                tests.add(SharedCases.notEvaluated("PyTorch in float32", PyTorch.ABSENT));
            }
            return tests.stream();
        }
    }

    private static void raisedNone(LongAlarms.Member member, Shard shard, int count) {
        AllureReport.ofTest().figure("gate power", "false alarms, long", member.shares().alarms().size() + " in "
                + member.shares().configurations() + " of " + member.name());
        assertThat(member.shares().alarms()).isEmpty();
        assertThat(member.shares().configurations()).isEqualTo(
                IntStream.range(0, count).filter(i -> shard.has(i) && member.takes(shard.place(i))).count())
                .isPositive();
        assertThat(member.shares().values()).isPositive();
    }

    private static LongAlarms ofThisProcess() {
        return new LongAlarms().with(Implementation.of(ReferenceRuntime.NAME, new ReferenceRuntime()))
                .with(Implementation.of("C++", onThreads(1))).with(Implementation.of("C++, 2 threads", onThreads(2)))
                .with(Implementation.of(ParityRuntimes.oracle().name(), ParityRuntimes.oracle()), LongAlarms.FEW);
    }

    /** A further runtime joins by a line of its own, as the reference does. */
    private static LongAlarms everyImplementation() throws Exception {
        String library = NativeFiles.library().toString();
        LongAlarms alarms = new LongAlarms().with(Implementation.of(ReferenceRuntime.NAME, new ReferenceRuntime()))
                .with(new Implementation.InChild("ND4J", List.of(ImplementationChild.ND4J)), ORACLE_ONE_IN)
                .with(new Implementation.InChild("C++, 2 threads", List.of(library, best().toString(), "2")),
                        TWO_THREADS_ONE_IN);
        for (Path cpu : NativeFiles.cpuVariants()) {
            alarms.with(new Implementation.InChild("C++, " + cpu.getFileName(),
                    List.of(library, cpu.toString(), "1")));
        }
        PyTorch.inFloat32().ifPresent(runtime -> alarms.with(Implementation.owned(runtime), PYTORCH_ONE_IN));
        return alarms;
    }

    private static MemoryRuntime onThreads(int threads) {
        return NativeRuntime.open("C++ on " + threads + " threads", NativeFiles.library(), Optional.empty(), threads);
    }

    private static void report(RandomAlarms alarms, int count) {
        new Page("<p>" + alarms.summary() + "</p>", List.of(), "").attach(AllureReport.ofTest());
        AllureReport.ofTest().figure("gate power", "false alarms, short", alarms.alarms().size() + " in " + count
                + " random configurations");
        System.out.println(alarms.summary());
        assertThat(alarms.alarms()).isEmpty();
        assertThat(alarms.judged()).isEqualTo(count);
    }
}
