package rwkvms.golden;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import rwkvms.fixtures.FixtureReader;

/**
 * How the tokens of a fixture are put into calls (gate.md, "Long fixtures"): all in one, in chunks one after the other, in
 * steps, of which each begins in the true state, or all in one that a device computes in microbatches.
 *
 * @param tokens of a chunk, step or microbatch
 */
public record Calls(Kind kind, int tokens) {
    /** All tokens in one call. */
    public static final Calls WHOLE = new Calls(Kind.WHOLE, 0);
    /** A fixture of so many tokens is run in chunks and steps too. */
    public static final int LONG = 64;
    /** Around the powers of two that implementations are tiled by, up to the size of a usual batch. */
    public static final List<Integer> CHUNKS = List.of(1, 2, 7, 8, 9, 16, 31, 32, 33, 63, 64, 65, 128, 256, 512);
    /** Below, at and above the sizes at which the code for devices takes another way to multiply. */
    public static final List<Integer> MICROBATCHES = List.of(1, 2, 7, 8, 9, 16, 64);
    /** The largest cover every token, the others those at boundaries. */
    public static final List<Integer> STEPS = List.of(1, 8, 64);

    /** After so many runs of a case that differ on a runtime, the whole and the smallest chunk, the others would only take time. */
    public static final int MAX_FAILED = 2;
    /** Why the others are not run. */
    public static final String ENOUGH = MAX_FAILED + " runs of this case have failed before";

    /** What a call begins in, and who splits it. */
    public enum Kind {
        WHOLE, CHUNKS, STEPS, MICROBATCHES
    }

    public static Calls chunks(int tokens) {
        return new Calls(Kind.CHUNKS, tokens);
    }

    public static Calls steps(int tokens) {
        return new Calls(Kind.STEPS, tokens);
    }

    /** All tokens in one call, on a device whose graphs have so many each. */
    public static Calls microbatches(int tokens) {
        return new Calls(Kind.MICROBATCHES, tokens);
    }

    /** Every way for a fixture of so many tokens, the whole first; steps need weights. */
    public static List<Calls> all(int seqLen, boolean withWeights) {
        List<Calls> all = new ArrayList<>(List.of(WHOLE));
        if (seqLen >= LONG) {
            CHUNKS.stream().filter(size -> size < seqLen).map(Calls::chunks).forEach(all::add);
            STEPS.stream().filter(size -> withWeights).map(Calls::steps).forEach(all::add);
        }
        return List.copyOf(all);
    }

    /** Every way for a case, of which the settings alone are read; for one that cannot be read, the whole. */
    public static List<Calls> all(CaseFiles files) {
        try {
            OptionalInt seqLen = FixtureReader.seqLen(files.fixture());
            return all(seqLen.orElse(0), files.sidecar().isPresent());
        } catch (IOException e) {
            return List.of(WHOLE); // reading it whole says why
        }
    }

    /** The case's name with how it was run, such as {@code tokens-64 in chunks of 7}. */
    public String of(String caseName) {
        return switch (kind) {
            case WHOLE -> caseName;
            case CHUNKS -> caseName + " in chunks of " + tokens;
            case STEPS -> caseName + " in steps of " + tokens;
            case MICROBATCHES -> caseName + " in microbatches of " + tokens;
        };
    }

    /** The first token of each call of a pass, in order. */
    public List<Integer> starts(int seqLen) {
        int size = kind == Kind.WHOLE || kind == Kind.MICROBATCHES ? Math.max(seqLen, 1) : tokens;
        List<Integer> starts = new ArrayList<>();
        for (int from = 0; from < seqLen; from += size) {
            starts.add(from);
        }
        return starts;
    }

    /** A case that is run in one way. */
    public record OfCase(CaseFiles files, Calls calls) {
        /** The case's name with how it is run. */
        public String name() {
            return calls.of(files.name());
        }

        /** The case whole. */
        public static OfCase whole(CaseFiles files) {
            return new OfCase(files, WHOLE);
        }
    }

    /** Whether a run needs no more than the tokens that a fixture has kept. */
    boolean keptAlone() {
        return kind == Kind.CHUNKS || kind == Kind.MICROBATCHES;
    }

    /** The cases in every way. */
    public static List<OfCase> all(List<CaseFiles> cases) {
        return cases.stream().flatMap(files -> all(files).stream().map(calls -> new OfCase(files, calls))).toList();
    }
}
