package rwkvms.golden;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The reasons why a pass of a fixture proves little: one of its tensors is mostly zeros or has one value throughout, or a scan
 * that breaks a rule gives the same tensors. Such a result is mistrusted, but still passes or fails.
 */
final class Mistrust {
    /** A tensor with a larger share of zeros proves little: a runtime that computes nothing is right about most of it. */
    private static final double MAX_ZEROS = 0.5;
    /** Tensors with the same values as another one: naming one is enough. */
    private static final Set<MathTensor> REPEATED = EnumSet.of(MathTensor.MEMORY_SOURCE, MathTensor.R_HEADS,
            MathTensor.W_HEADS, MathTensor.K_HEADS, MathTensor.V_HEADS, MathTensor.A_HEADS, MathTensor.B_HEADS);

    private final Fixture fixture;
    private final MemoryConfig config;
    private final TensorComparer comparer;
    private final Ties ties;

    Mistrust(Fixture fixture, TensorComparer comparer, Ties ties) {
        this.fixture = fixture;
        this.config = fixture.config();
        this.comparer = comparer;
        this.ties = ties;
    }

    /** All reasons; empty if the result can be trusted. */
    List<String> reasons(Set<MathTensor> judged) {
        List<String> reasons = new ArrayList<>();
        for (MathTensor name : judged) {
            Optional<Tensor> expected = fixture.expected(name);
            if (expected.isPresent() && name.kind() == DType.Kind.FLOATING && !REPEATED.contains(name)) {
                poor(name, expected.get()).ifPresent(reasons::add);
            }
        }
        if (GoldenCase.replayable(fixture)) {
            FixtureRun run = new FixtureRun(fixture);
            List<ScanInput> inputs = IntStream.range(0, fixture.pass().batchSize()).mapToObj(run::scanInput)
                    .toList();
            for (ScanMistake wrong : ScanMistake.ALL) {
                if (cannotTell(wrong, inputs)) {
                    reasons.add("cannot tell the scan from one with " + wrong.description());
                }
            }
        }
        return reasons;
    }

    private Optional<String> poor(MathTensor name, Tensor tensor) {
        int zeros = 0;
        boolean constant = tensor.count() > 1;
        double[] values = tensor.toDoubles();
        for (double value : values) {
            zeros += value == 0 ? 1 : 0;
            constant &= value == values[0];
        }
        if (zeros > MAX_ZEROS * tensor.count() && (zeros == tensor.count() || !zerosByDesign(name))) {
            return Optional.of(String.format(Locale.ROOT, "%s: %d of %d values are 0", name.label(), zeros,
                    tensor.count()));
        }
        return constant && !constantByDesign(name)
                ? Optional.of(name.label() + ": all " + tensor.count() + " values are " + tensor.at(0))
                : Optional.empty();
    }

    /** Whether one-hot rows, or the routes of slots that top-k leaves out, make the zeros. */
    private boolean zerosByDesign(MathTensor name) {
        return switch (name) {
            case WRITE_ROUTES -> true;
            case READ_ROUTES, READ_ROUTES_PER_HEAD -> config.masksSlots();
            default -> false;
        };
    }

    /** Whether the settings make all values 1, or there is only one slot to choose. */
    private boolean constantByDesign(MathTensor name) {
        boolean noLambda = config.updateMode() == UpdateMode.NO_LAMBDA;
        return switch (name) {
            case LAMBDA -> noLambda;
            case KEEP -> noLambda || config.semanticsVersion() == 2;
            case WRITE_ROUTES, READ_ROUTES, READ_ROUTES_PER_HEAD -> config.numStates() == 1;
            default -> false;
        };
    }

    /** Whether the mistaken scan of every batch row gives the fixture's tensors, within the tolerance. */
    private boolean cannotTell(ScanMistake wrong, List<ScanInput> inputs) {
        if (inputs.stream().noneMatch(input -> wrong.breaksARule(config, input))) {
            return false;
        }
        TensorSet given = FixtureRun.stack(inputs.stream().map(input -> wrong.run(config, input)).toList());
        return MathTensor.WITHOUT_WEIGHTS.stream().allMatch(name -> fixture.expected(name)
                .map(expected -> agrees(name, given.get(name), expected)).orElse(true));
    }

    private boolean agrees(MathTensor name, Tensor given, Tensor expected) {
        return given.shape().equals(Kept.whole(fixture, name, expected))
                && given.dtype().kind() == expected.dtype().kind()
                && Kept.compare(fixture, comparer, ties, name, given, expected, KnownLimits.NONE).passed();
    }
}
