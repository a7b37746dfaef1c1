package rwkvms.report.drift;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.math.MathTensor;

/**
 * What a run measured in one case on one runtime.
 *
 * @param errors  why it could not pass although no value may differ, such as tensors that the runtime lacks
 * @param tensors in dataflow order
 */
public record JudgedCase(List<String> errors, SortedMap<MathTensor, Measured> tensors) {
    public JudgedCase {
        errors = List.copyOf(errors);
        tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    }

    static JudgedCase of(CheckResult result) {
        SortedMap<MathTensor, Measured> tensors = new TreeMap<>();
        for (TensorComparison tensor : result.comparisons()) {
            tensors.put(tensor.tensor(), Measured.of(tensor));
        }
        return new JudgedCase(result.errors(), tensors);
    }

    boolean passed() {
        return errors.isEmpty() && tensors.values().stream().allMatch(Measured::passed);
    }

    long values() {
        return tensors.values().stream().mapToLong(Measured::values).sum();
    }
}
