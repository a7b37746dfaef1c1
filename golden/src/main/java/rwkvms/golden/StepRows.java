package rwkvms.golden;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The rows of the steps that were judged, of all batch rows, and what they are compared with. */
final class StepRows {
    private final Steps steps;
    private final int batch;
    private final Map<MathTensor, Columns> tensors = new EnumMap<>(MathTensor.class);
    private int judged;

    /** One tensor: for each batch row the parts of the steps. */
    private static final class Columns {
        private final List<List<Tensor>> expected = new ArrayList<>();
        private final List<List<Tensor>> found = new ArrayList<>();
        private final List<Map<Integer, Tensor>> limits = new ArrayList<>();

        Columns(int batch) {
            for (int row = 0; row < batch; row++) {
                expected.add(new ArrayList<>());
                found.add(new ArrayList<>());
                limits.add(new TreeMap<>());
            }
        }
    }

    StepRows(Steps steps, int batch) {
        this.steps = steps;
        this.batch = batch;
    }

    /** The tensors that every step must give. */
    Set<MathTensor> names() {
        return tensors.keySet();
    }

    /** What a runtime gave in another form than the truth has. */
    List<String> errors(StepTruth truth, TensorSet actual, String runtime) {
        List<String> errors = new ArrayList<>();
        truth.expected().forEach((name, expected) -> {
            tensors.put(name, new Columns(batch));
            long[] dims = expected.shape().dims();
            dims[0] = batch;
            dims[1] = rows(name, steps.all().size()).count();
            Optional<Tensor> found = actual.find(name);
            if (found.isEmpty()) {
                errors.add(name.label() + ": the runtime " + runtime + " gave no such tensor");
            } else if (!found.get().shape().equals(Shape.of(dims))) {
                errors.add(name.label() + ": expected shape " + Shape.of(dims) + " of all steps, found "
                        + found.get().shape() + " from the runtime " + runtime);
            } else if (found.get().dtype().kind() != expected.dtype().kind()) {
                errors.add(name.label() + ": expected " + expected.dtype().label() + ", found "
                        + found.get().dtype().label() + " from the runtime " + runtime);
            }
        });
        return errors;
    }

    private KeptTokens rows(MathTensor name, int some) {
        return atEnd(name) ? steps.ends(some) : steps.tokens(some);
    }

    private static boolean atEnd(MathTensor name) {
        return name == MathTensor.STATE_AFTER || name == MathTensor.POSITIONS_AFTER;
    }

    /** Takes a step of a batch row, and returns whether the runtime gives what it must. */
    boolean add(int row, int step, StepTruth truth, TensorSet actual, Tolerance tolerance, Ties ties) {
        judged = step + 1;
        Map<MathTensor, Tensor> found = found(row, step, truth.expected().keySet(), actual);
        Map<MathTensor, BitSet> missed = new EnumMap<>(MathTensor.class);
        boolean exact = true;
        for (Map.Entry<MathTensor, Tensor> each : truth.expected().entrySet()) {
            MathTensor name = each.getKey();
            Tensor part = Objects.requireNonNull(found.get(name));
            Columns columns = columns(name);
            columns.expected.get(row).add(each.getValue());
            columns.found.get(row).add(part);
            BitSet off = truth.missed(name, part, tolerance, ambiguous(row, step, name, ties));
            if (!off.isEmpty() && name.kind() == DType.Kind.FLOATING) {
                missed.put(name, off);
            }
            exact &= off.isEmpty() || name.kind() == DType.Kind.FLOATING;
        }
        if (missed.isEmpty() || tolerance.sharperThan(Tolerance.DEFAULT)) {
            return exact && missed.isEmpty();
        }
        Map<MathTensor, Tensor> limits = truth.limits(missed, found);
        limits.forEach((name, limit) -> columns(name).limits.get(row).put(step, limit));
        return exact && truth.within(missed, found, limits, 1);
    }

    /** What a runtime gave in one step of a batch row, [1, t, …]. */
    Map<MathTensor, Tensor> found(int row, int step, Set<MathTensor> names, TensorSet actual) {
        Map<MathTensor, Tensor> found = new EnumMap<>(MathTensor.class);
        names.forEach(name -> found.put(name, part(row, step, name, actual.get(name))));
        return found;
    }

    private Columns columns(MathTensor name) {
        return Objects.requireNonNull(tensors.get(name));
    }

    /** The rows of one step, [1, t, …]. */
    private Tensor part(int row, int step, MathTensor name, Tensor all) {
        Tensor ofRow = all.rows(row, row + 1).reshape(all.shape().withoutFirst());
        int from = rows(name, step + 1).count() - (atEnd(name) ? 1 : steps.all().get(step).tokens());
        Tensor part = ofRow.rows(from, rows(name, step + 1).count());
        return part.reshape(part.shape().prepend(1));
    }

    /** The tokens of one step at which a tensor is not judged. */
    private BitSet ambiguous(int row, int step, MathTensor name, Ties ties) {
        Steps.Step judged = steps.all().get(step);
        BitSet ambiguous = new BitSet();
        for (int token = 0; token < judged.tokens(); token++) {
            ambiguous.set(token, ties.ambiguous(name, row, judged.from() + token));
        }
        return ambiguous;
    }

    List<TensorComparison> compared(Tolerance tolerance, Ties ties) {
        TensorComparer comparer = new TensorComparer(tolerance);
        List<TensorComparison> comparisons = new ArrayList<>();
        tensors.forEach((name, columns) -> {
            Tensor expected = stacked(name, columns.expected);
            KeptTokens kept = rows(name, judged);
            comparisons.add(comparer.compareRows(name, stacked(name, columns.found), expected, kept,
                    ties.ambiguous(name, expected, Optional.of(kept)), known(name, columns, expected)));
        });
        return comparisons;
    }

    private static Tensor stacked(MathTensor name, List<List<Tensor>> rows) {
        return Tensor.concatenate(rows.stream().map(parts -> CallResults.joined(name, parts)).toArray(Tensor[]::new));
    }

    private static KnownLimits known(MathTensor name, Columns columns, Tensor expected) {
        if (columns.limits.stream().allMatch(Map::isEmpty)) {
            return KnownLimits.NONE;
        }
        List<List<Tensor>> limits = new ArrayList<>();
        for (int row = 0; row < columns.expected.size(); row++) {
            List<Tensor> parts = new ArrayList<>();
            for (int step = 0; step < columns.expected.get(row).size(); step++) {
                Tensor part = columns.expected.get(row).get(step);
                Tensor limit = columns.limits.get(row).get(step);
                parts.add(limit == null ? Tensor.ofDoubles(part.shape(), new double[part.count()]) : limit);
            }
            limits.add(parts);
        }
        return KnownLimits.of(stacked(name, limits), expected);
    }

    /** Which tokens were judged, if not all were. */
    List<String> notes(int steps, int seqLen) {
        int tokens = steps == 0 ? 0 : this.steps.tokens(steps).count();
        int all = this.steps.all().size();
        if (tokens == seqLen) {
            return List.of();
        }
        return List.of(steps < all
                ? "the steps behind the first that differs were not judged: " + (all - steps) + " of " + all
                : tokens + " of " + seqLen + " tokens, in steps at boundaries");
    }
}
