package rwkvms.parity;

import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Optional;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.CheckReport;

/** From a comparison to a passed or failed test, with the message that a reader needs. */
final class Judgement {
    /** How the message of every difference begins; the report sorts by it. */
    static final String DIFFERENCE = "DIFFERENCE: ";

    private Judgement() {
    }

    /** The one place where a result is handed to the report, with the line that repeats it. */
    static void attach(CheckResult result, String reproduce) {
        Figures.add(result.runtime() + " against PyTorch", result.caseName(), result.comparisons());
        CheckReport page = new CheckReport(result, ParityRuntimes.provenance(result.runtime()), reproduce);
        boolean oracle = result.runtime().equals(Nd4jRuntime.NAME);
        (oracle ? page.withoutPlots() : page).attach(AllureReport.ofTest());
    }

    /** Attaches the result, then fails unless it passed. */
    static void judge(CheckResult result, String reproduce) {
        attach(result, reproduce);
        if (!result.ok()) {
            fail(message(result, reproduce));
        }
    }

    static String message(CheckResult result, String reproduce) {
        StringBuilder message = new StringBuilder();
        Optional<Divergence> first = result.firstDivergence();
        message.append(first.map(divergence -> DIFFERENCE + divergence).orElse("NOT COMPARED")).append('\n');
        result.errors().forEach(error -> message.append(error).append('\n'));
        message.append(bad(result.comparisons()));
        message.append("compared ").append(result.comparisons().size()).append(" of ").append(result.expected())
                .append(" tensors, max abs diff ").append(result.maxAbsDiff()).append('\n');
        return message.append(reproduce).toString();
    }

    /** One line a tensor that differs. */
    static String bad(List<TensorComparison> comparisons) {
        StringBuilder message = new StringBuilder();
        for (TensorComparison bad : comparisons) {
            if (!bad.passed()) {
                message.append(bad.tensor().label()).append(": ").append(bad.over()).append(" of ")
                        .append(bad.elements()).append(" values over tolerance, max abs diff ")
                        .append(bad.maxAbsDiff()).append(" at ").append(bad.maxAbsIndex()).append('\n');
            }
        }
        return message.toString();
    }
}
