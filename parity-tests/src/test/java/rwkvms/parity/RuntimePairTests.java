package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.golden.GoldenCase;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;

/**
 * Each pair of runtimes agrees within the gate's tolerance on every tensor of every golden case: two runtimes that
 * pass against PyTorch may still lie on opposite sides of it.
 */
final class RuntimePairTests {
    private final Map<String, TensorSet> runs = new HashMap<>();

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
        Optional<String> gap = ParityRuntimes.gap(golden, actual).or(() -> ParityRuntimes.gap(golden, expected));
        return gap.isPresent()
                ? DynamicTest.dynamicTest(name + ": NOT EVALUATED, " + gap.get(),
                        () -> {
                            throw new TestAbortedException("NOT EVALUATED: " + gap.get());
                        })
                : DynamicTest.dynamicTest(name, () -> agree(golden, actual, expected));
    }

    private void agree(GoldenCase golden, MemoryRuntime actual, MemoryRuntime expected) throws NotEvaluatedException {
        TensorSet found = run(golden, actual);
        assertThat(found.names()).containsAll(Cases.recorded(golden).keySet());
        Agreement.of(golden.fixture().pass().layer(), found, run(golden, expected))
                .judge(actual.name() + " against " + expected.name(), golden.name(),
                        Cases.reproduceLine(golden, actual.name()));
    }

    private TensorSet run(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        String key = golden.fixtureFile() + " " + runtime.name();
        TensorSet known = runs.get(key);
        if (known != null) {
            return known;
        }
        TensorSet run = Cases.run(golden, runtime);
        runs.put(key, run);
        return run;
    }
}
