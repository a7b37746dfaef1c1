package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;

/**
 * Runtimes against each other on every golden and oracle case, every tensor they give, within the gate's tolerance: two
 * that pass against PyTorch may still lie on opposite sides of it.
 */
final class RuntimePairTests {
    private final Map<String, TensorSet> runs = new HashMap<>();

    @AfterAll
    static void writeFigures() throws IOException {
        Figures.write();
    }

    @TestFactory
    Stream<DynamicTest> pairs() {
        List<MemoryRuntime> runtimes = ParityRuntimes.all();
        List<DynamicTest> tests = new ArrayList<>();
        for (GoldenCase golden : Cases.all()) {
            for (int i = 0; i < runtimes.size(); i++) {
                for (int j = i + 1; j < runtimes.size(); j++) {
                    tests.add(pair(golden, runtimes.get(j), runtimes.get(i)));
                }
            }
        }
        return tests.stream();
    }

    private DynamicTest pair(GoldenCase golden, MemoryRuntime actual, MemoryRuntime expected) {
        String name = golden.name() + ": " + actual.name() + " against " + expected.name();
        Optional<String> gap = Gaps.reason(golden, actual).or(() -> Gaps.reason(golden, expected));
        return gap.isPresent()
                ? DynamicTest.dynamicTest(name + ": NOT EVALUATED, " + gap.get(),
                        () -> {
                            throw new TestAbortedException("NOT EVALUATED: " + gap.get());
                        })
                : DynamicTest.dynamicTest(name, () -> agree(golden, actual, expected));
    }

    private void agree(GoldenCase golden, MemoryRuntime actual, MemoryRuntime expected) throws NotEvaluatedException {
        TensorSet found = run(golden, actual);
        TensorSet wanted = run(golden, expected);
        assertThat(found.names()).containsAll(golden.fixture().expected().keySet().stream()
                .map(label -> MathTensor.ofLabel(label).orElseThrow()).toList());
        Agreement.of(golden.fixture().pass().layer(), found, wanted)
                .judge(actual.name() + " against " + expected.name(), golden.name(),
                        Reproduce.line(golden, actual.name()));
    }

    private TensorSet run(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        String key = golden.fixtureFile() + " " + runtime.name();
        TensorSet known = runs.get(key);
        if (known != null) {
            return known;
        }
        MemoryConfig config = golden.fixture().config();
        try (LoadedMemory memory = runtime
                .load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(), config))) {
            TensorSet run = new FixtureRun(golden.fixture()).forward(memory);
            runs.put(key, run);
            return run;
        }
    }
}
