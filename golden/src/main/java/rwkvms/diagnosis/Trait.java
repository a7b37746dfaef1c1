package rwkvms.diagnosis;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.Calls;
import rwkvms.math.MathTensor;
import rwkvms.math.UpdateMode;
import rwkvms.tensor.Tensor;

/** What only some cases have, and a mistake may need to show. */
enum Trait {
    MASK("masked tokens", each -> hasMasked(each.fixture())),
    TOP_K("top-k", each -> each.fixture().config().masksSlots()),
    SEMANTICS_2("semantics 2", each -> each.fixture().config().semanticsVersion() == 2),
    SEMANTICS_1("semantics 1", each -> each.fixture().config().semanticsVersion() == 1),
    HEADS("several state heads", each -> each.fixture().config().numStateHeads() > 1),
    LARGE_STATE("a state larger than " + Trait.LARGE, each -> largest(each.fixture()) > Trait.LARGE),
    STATE("a state that is not zero", each -> largest(each.fixture()) > 0),
    SCALAR_GATES("one gate per head", each -> !each.fixture().config().rankwiseGates()),
    FREE_LAMBDA("a lambda of its own", each -> !each.fixture().config().coupleLambda()),
    LAMBDA_OUTSIDE("lambda_outside", each -> each.fixture().config().updateMode() == UpdateMode.LAMBDA_OUTSIDE),
    NO_LAMBDA("no_lambda", each -> each.fixture().config().updateMode() == UpdateMode.NO_LAMBDA),
    RAW_QK("normalize_qk false", each -> !each.fixture().config().normalizeQk()),
    ERASE_GATE("an rwkv_ms_erase_gate that is not 1", each -> each.fixture().config().eraseGate() != 1),
    PREVIOUS("a previous source", each -> each.fixture().optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isPresent()),
    NO_PREVIOUS("no previous source",
            each -> each.fixture().optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isEmpty()),
    BATCH("several sequences", each -> each.fixture().pass().batchSize() > 1),
    WRAP("positions that pass all slots", each -> passesAllSlots(each.fixture())),
    ALPHA("an alpha that is not the rank", each -> each.fixture().config().alpha() != each.fixture().config().rank()),
    LONG(Calls.LONG + " tokens or more", each -> each.fixture().pass().seqLen() >= Calls.LONG),
    CALLS("several calls", each -> each.calls().kind() == Calls.Kind.CHUNKS),
    STEPS("a state given for each step", each -> each.calls().kind() == Calls.Kind.STEPS);

    /** Live sessions have such states, and small fixtures do not. */
    static final int LARGE = 10;

    private final String label;
    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final Predicate<Observation> of;

    Trait(String label, Predicate<Observation> of) {
        this.label = label;
        this.of = of;
    }

    String label() {
        return label;
    }

    boolean of(Observation observation) {
        return of.test(observation);
    }

    private static boolean hasMasked(Fixture fixture) {
        Optional<Tensor> mask = fixture.optionalInput(MathTensor.TOKEN_MASK);
        return mask.isPresent() && Arrays.stream(mask.get().toLongs()).anyMatch(valid -> valid == 0);
    }

    private static double largest(Fixture fixture) {
        return Arrays.stream(fixture.input(MathTensor.INITIAL_STATE).toDoubles()).map(Math::abs).max().orElse(0);
    }

    private static boolean passesAllSlots(Fixture fixture) {
        long slots = fixture.config().chunkSize() * fixture.config().numStates();
        return fixture.expected(MathTensor.FINAL_POSITIONS)
                .map(last -> Arrays.stream(last.toLongs()).anyMatch(position -> position > slots)).orElse(false);
    }
}
