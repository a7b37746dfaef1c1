package rwkvms.golden;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The judgement of tensors of which a long fixture keeps only some tokens: exactly those rows are compared. */
final class Kept {
    private Kept() {
    }

    /** The shape that a runtime must give: that of the expected tensor with all tokens. */
    static Shape whole(Fixture fixture, MathTensor name, Tensor expected) {
        if (fixture.kept(name).isEmpty()) {
            return expected.shape();
        }
        long[] dims = expected.shape().dims();
        dims[1] = fixture.pass().seqLen();
        return Shape.of(dims);
    }

    /** Compares the rows that the fixture has of the tensor. */
    static TensorComparison compare(Fixture fixture, TensorComparer comparer, Ties ties, MathTensor name, Tensor given,
            Tensor expected, KnownLimits known) {
        IntPredicate ambiguous = ties.ambiguous(name, expected);
        Optional<KeptTokens> kept = fixture.kept(name);
        return kept.isPresent()
                ? comparer.compare(name, given, expected, kept.get(), ambiguous, known)
                : comparer.compare(name, given, expected, ambiguous, known);
    }

    /** The rows of a tensor of all tokens that the fixture has. */
    static Tensor rows(Fixture fixture, MathTensor name, Tensor whole) {
        return fixture.kept(name).map(kept -> kept.of(whole)).orElse(whole);
    }

    /** The same of every tensor that has all tokens. */
    static TensorSet rows(Fixture fixture, TensorSet whole) {
        return mapped(fixture, whole, (name, kept, expected) -> whole.get(name).shape()
                .equals(whole(fixture, name, expected)) ? kept.of(whole.get(name)) : whole.get(name));
    }

    /** Those rows in tensors of all tokens, the others of zeros. */
    static TensorSet whole(Fixture fixture, TensorSet rows) {
        return mapped(fixture, rows, (name, kept, expected) -> rows.get(name).shape().equals(expected.shape())
                ? kept.among(rows.get(name), whole(fixture, name, expected))
                : rows.get(name));
    }

    @FunctionalInterface
    private interface OfKept {
        Tensor of(MathTensor name, KeptTokens kept, Tensor expected);
    }

    private static TensorSet mapped(Fixture fixture, TensorSet tensors, OfKept change) {
        Map<MathTensor, Tensor> mapped = new EnumMap<>(MathTensor.class);
        for (MathTensor name : tensors.names()) {
            Optional<KeptTokens> kept = fixture.kept(name);
            mapped.put(name, kept.isPresent()
                    ? change.of(name, kept.get(), fixture.expected(name).orElseThrow())
                    : tensors.get(name));
        }
        return TensorSet.of(mapped);
    }

    /** The numbers that elements of those rows have in the tensor of all tokens. */
    static BitSet inWhole(Fixture fixture, MathTensor name, BitSet elements) {
        return fixture.kept(name).map(kept -> kept.inWhole(elements,
                whole(fixture, name, fixture.expected(name).orElseThrow()))).orElse(elements);
    }

    /** One line for each list of tokens, with the tensors that have it. */
    static List<String> facts(Fixture fixture, Set<MathTensor> wanted) {
        Map<KeptTokens, List<String>> byList = new LinkedHashMap<>();
        for (MathTensor name : wanted) {
            fixture.kept(name)
                    .ifPresent(kept -> byList.computeIfAbsent(kept, any -> new ArrayList<>()).add(name.label()));
        }
        return byList.entrySet().stream().map(entry -> String.join(", ", entry.getValue()) + ": "
                + entry.getKey().count() + " of " + fixture.pass().seqLen() + " tokens are kept and compared").toList();
    }
}
