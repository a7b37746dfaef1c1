package rwkvms.faults;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import rwkvms.faults.Fault.Expectation;

/**
 * A fault and what the suites made of it.
 *
 * @param seconds to compile the library and to run the suites
 */
record Judged(Fault fault, Map<Suite, SuiteResult> results, double seconds) {
    /** The suites that noticed it. */
    boolean killed() {
        return results.values().stream().anyMatch(SuiteResult::kills);
    }

    /** Whether the suites made of it what the catalogue says. */
    boolean asExpected() {
        return killed() == (fault.expectation() == Expectation.KILLED);
    }

    /** The first suite, in the order of the matrix, that noticed it. */
    Optional<Suite> first() {
        return Arrays.stream(Suite.values()).filter(suite -> result(suite).kills()).findFirst();
    }

    SuiteResult result(Suite suite) {
        return results.getOrDefault(suite, new SuiteResult.NotRun());
    }

    /** The stage that the first suite names. */
    Optional<FaultStage> named() {
        return first().map(this::result).flatMap(
                result -> result instanceof SuiteResult.Failed failed ? failed.stage() : Optional.empty());
    }

    boolean localised() {
        return named().equals(Optional.of(fault.stage()));
    }

    /** One line: the fault, what noticed it first and what that said. */
    @Override
    public String toString() {
        return fault.name() + " (" + fault.stage().label() + "): " + first()
                .map(suite -> "noticed by " + suite.label() + ": " + result(suite).text()).orElse("not noticed");
    }
}
