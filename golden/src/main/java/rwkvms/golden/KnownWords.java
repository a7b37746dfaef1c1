package rwkvms.golden;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;

/** The words about values that were not judged at the tolerance because float32 knows less of them. */
final class KnownWords {
    /**
     * More than this part of a tensor beyond the tolerance, and a pass says little: the reference and the C++ runtime
     * need it for less, at any length (docs/error-budget.md).
     */
    static final double FEW = 0.05;
    private static final MathContext TWO_DIGITS = new MathContext(2, RoundingMode.HALF_UP);

    private KnownWords() {
    }

    /** How many values were judged at which limit; empty if all were judged at the tolerance. */
    static Optional<String> note(TensorComparison comparison, Tolerance tolerance) {
        TensorComparison.Known known = comparison.known();
        if (known.equals(TensorComparison.Known.NONE)) {
            return Optional.empty();
        }
        StringBuilder note = new StringBuilder(comparison.tensor().label() + ": "
                + (comparison.judged() - known.within()) + " of " + comparison.elements() + " at "
                + at(tolerance, 1, "the tolerance"));
        if (known.within() > 0) {
            note.append("; ").append(known.within()).append(" at up to ")
                    .append(at(tolerance, known.times(), number(known.times()) + " times that"))
                    .append(", which is what float32 can know of them");
        }
        if (known.unknowable() > 0) {
            note.append("; ").append(known.unknowable())
                    .append(" not judged, of which float32 knows next to nothing");
        }
        return Optional.of(note.toString());
    }

    private static String at(Tolerance tolerance, double times, String otherwise) {
        return tolerance.rtol() == tolerance.atol() ? number(times * tolerance.atol()) : otherwise;
    }

    /** Two digits, as in {@code 3.2e-5}. */
    private static String number(double value) {
        BigDecimal rounded = new BigDecimal(value).round(TWO_DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        String digits = rounded.scaleByPowerOfTen(-exponent).toPlainString();
        return exponent == 0 ? digits : digits + "e" + exponent;
    }

    /** Why a tensor's pass says little; empty if it says enough. */
    static List<String> doubts(TensorComparison comparison) {
        TensorComparison.Known known = comparison.known();
        String name = comparison.tensor().label();
        int elements = comparison.elements();
        List<String> doubts = new ArrayList<>();
        if (known.within() > FEW * elements) {
            doubts.add(name + ": " + known.within() + " of " + elements
                    + " values are beyond the tolerance and within what float32 can know of them; more than "
                    + Math.round(100 * FEW) + " % say little");
        }
        if (known.unknowable() > 0) {
            doubts.add(notEvaluated(comparison)
                    ? name + ": not evaluated, for float32 knows next to nothing of its " + elements + " values"
                    : name + ": " + known.unknowable() + " of " + elements
                            + " values are not judged, for float32 knows next to nothing of them");
        }
        return doubts;
    }

    /** Whether no value at all could be judged. */
    static boolean notEvaluated(TensorComparison comparison) {
        return comparison.known().unknowable() > 0 && comparison.judged() == 0;
    }
}
