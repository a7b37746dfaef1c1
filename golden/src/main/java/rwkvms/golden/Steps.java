package rwkvms.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import rwkvms.comparison.KeptTokens;
import rwkvms.fixtures.Fixture;
import rwkvms.runtime.TokenMask;

/**
 * The steps of one size that a fixture is run in: the largest cover every token, the smaller ones those on both sides of a
 * boundary, where a slot fills up, a mask begins or ends, or a largest step ends.
 */
record Steps(List<Step> all) {
    private static final int LARGEST = Calls.STEPS.getLast();

    Steps {
        all = List.copyOf(all);
    }

    /** Tokens {@code from} (inclusive) to {@code to} (exclusive). */
    record Step(int from, int to) {
        int tokens() {
            return to - from;
        }
    }

    static Steps of(Fixture fixture, TrueStates states, int size) {
        int tokens = fixture.pass().seqLen();
        Set<Integer> boundaries = boundaries(fixture, states);
        List<Step> steps = new ArrayList<>();
        for (int from = 0; from < tokens; from += size) {
            int first = from;
            int end = Math.min(from + size, tokens);
            if (size >= LARGEST || boundaries.stream().anyMatch(b -> first <= b && b <= end)) {
                steps.add(new Step(from, end));
            }
        }
        return new Steps(steps);
    }

    private static Set<Integer> boundaries(Fixture fixture, TrueStates states) {
        int tokens = fixture.pass().seqLen();
        Set<Integer> boundaries = new TreeSet<>(Calls.steps(LARGEST).starts(tokens));
        boundaries.add(tokens);
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            TokenMask mask = TokenMask.of(states.input(row).mask());
            long chunk = fixture.config().chunkSize();
            long position = states.position(row, 0);
            for (int t = 1; t < tokens; t++) {
                long next = position + mask.validity(t - 1);
                if (next / chunk != position / chunk || mask.valid(t) != mask.valid(t - 1)) {
                    boundaries.add(t);
                }
                position = next;
            }
        }
        return boundaries;
    }

    /** The tokens of the first so many steps. */
    KeptTokens tokens(int steps) {
        return new KeptTokens(all.subList(0, steps).stream()
                .flatMap(step -> IntStream.range(step.from(), step.to()).boxed()).toList());
    }

    /** The last token of each of the first so many steps. */
    KeptTokens ends(int steps) {
        return new KeptTokens(all.subList(0, steps).stream().map(step -> step.to() - 1).toList());
    }
}
