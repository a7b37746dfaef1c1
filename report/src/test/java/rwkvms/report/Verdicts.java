package rwkvms.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Verdicts over small made-up results. */
final class Verdicts {
    private Verdicts() {
    }

    static Verdict of(List<String> errors, CaseResult... outcomes) {
        return details(outcomes).verdict(Obstacle.inputs(errors), new Provenance(new TreeMap<>()), "gate all");
    }

    static CheckDetails details(CaseResult... outcomes) {
        return new CheckDetails(List.of("reference"), Tolerance.DEFAULT, Arrays.stream(outcomes)
                .map(outcome -> new CheckedCase(outcome, "gate " + outcome.caseName())).toList());
    }

    /** Returns a result with one tensor, equal to the expected one. */
    static CheckResult passed(String name) {
        return result(name, 1, List.of(reads(1)), List.of());
    }

    /** Returns a result with one tensor, {@code value} instead of 1. */
    static CheckResult differing(String name, float value) {
        return result(name, 1, List.of(reads(value)), List.of());
    }

    /** Returns a result with one of two tensors compared. */
    static CheckResult incomplete(String name) {
        return result(name, 2, List.of(reads(1)), List.of("delta_o: the runtime gave no such tensor"));
    }

    /** Returns a result without comparisons. */
    static CheckResult failing(String name) {
        return result(name, 33, List.of(), List.of("the runtime failed: it gave up"));
    }

    /** Returns a result that passed and is mistrusted. */
    static CheckResult mistrusted(String name) {
        CheckResult passed = passed(name);
        return new CheckResult(name, passed.runtime(), passed.layer(), passed.tolerance(), true, passed.expected(),
                passed.comparisons(), List.of(), List.of(), List.of("reads: 8 of 8 values are 0", "cannot tell <a>"));
    }

    /** Four values: one equal, one beyond the tolerance and within its limit, one not judged, one equal. */
    static CheckResult knownLessWell(String name) {
        Shape shape = Shape.of(1, 1, 4);
        Tensor expected = Tensor.ofFloats(shape, 1, 1, 1, 1);
        TensorComparison reads = new TensorComparer(Tolerance.DEFAULT).compare(MathTensor.READS,
                Tensor.ofFloats(shape, 1, 1 + 0x1p-4f, 3, 1), expected, index -> false,
                KnownLimits.of(Tensor.ofDoubles(shape, 0, 0.09, 0.5, 0), expected));
        return new CheckResult(name, "reference", 3, Tolerance.DEFAULT, true, 1, List.of(reads), List.of(),
                List.of("reads: 1 of 4 at 1e-5"), List.of());
    }

    /**
     * Five tensors of three stages and two tokens, without a sidecar: an integer and a float over their limits at token 1, a
     * float within its limit, and a note.
     */
    static CheckResult mixed(String name) {
        TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
        Shape tokens = Shape.of(1, 2, 2);
        Tensor keep = Tensor.ofFloats(Shape.of(1, 2, 1, 2), 0.5f, 0.5f, 0.5f, 0.5f);
        return new CheckResult(name, "native", 3, Tolerance.DEFAULT, false, 5,
                List.of(comparer.compare(MathTensor.KEEP, keep, keep),
                        comparer.compare(MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, 2), 0, 3),
                                Tensor.ofLongs(Shape.of(1, 2), 0, 1)),
                        comparer.compare(MathTensor.RAW_READS, Tensor.ofFloats(tokens, 0.5f, 1, 2, 4.5f),
                                Tensor.ofFloats(tokens, 0.5f, 1, 2, 4)),
                        comparer.compare(MathTensor.FINAL_POSITIONS, Tensor.ofLongs(Shape.of(1), 2),
                                Tensor.ofLongs(Shape.of(1), 2)),
                        comparer.compare(MathTensor.READS, Tensor.ofFloats(tokens, 1 + 0x1p-17f, 1, 1, 1),
                                Tensor.ofFloats(tokens, 1, 1, 1, 1))),
                List.of(), List.of("chunk: 4 in the fixture, <8> in the sidecar"), List.of());
    }

    /** Returns a result with a difference in a tensor without tokens. */
    static CheckResult differingAtTheEnd(String name) {
        Shape one = Shape.of(1);
        return result(name, 1, List.of(new TensorComparer(Tolerance.DEFAULT).compare(MathTensor.FINAL_POSITIONS,
                Tensor.ofLongs(one, 4), Tensor.ofLongs(one, 3))), List.of());
    }

    static CaseNotEvaluated missed(String name) {
        return new CaseNotEvaluated(name, "reference", "two heads");
    }

    private static CheckResult result(String name, int expected, List<TensorComparison> comparisons,
            List<String> errors) {
        return new CheckResult(name, "reference", 3, Tolerance.DEFAULT, true, expected, new ArrayList<>(comparisons),
                errors, List.of(), List.of());
    }

    private static TensorComparison reads(float value) {
        Shape shape = Shape.of(1, 1, 2);
        return new TensorComparer(Tolerance.DEFAULT).compare(MathTensor.READS, Tensor.ofFloats(shape, 0.5f, value),
                Tensor.ofFloats(shape, 0.5f, 1));
    }
}
