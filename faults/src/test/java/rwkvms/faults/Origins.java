package rwkvms.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import rwkvms.faults.Fault.Expectation;
import rwkvms.faults.Fault.Origin;

/**
 * Kills by who thought of the fault. Whoever wrote the tests knows what they look at, and a test that was written for a fault kills
 * it: neither says how many faults of others would die.
 */
final class Origins {
    private final List<KillMatrix.Row> rows;

    Origins(List<KillMatrix.Row> rows) {
        this.rows = rows.stream().filter(row -> row.fault().expectation() == Expectation.KILLED).toList();
    }

    /** One line. */
    String summary() {
        String each = Arrays.stream(Origin.values())
                .map(origin -> origin.label() + " " + killed(row -> row.fault().origin() == origin))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT,
                "killed by who thought of them: %s; with a test that was written after the fault: %s",
                each, killed(row -> row.fault().beforeTest()));
    }

    private String killed(Predicate<KillMatrix.Row> chosen) {
        List<KillMatrix.Row> some = rows.stream().filter(chosen).toList();
        return some.stream().filter(KillMatrix.Row::killed).count() + " of " + some.size();
    }
}
