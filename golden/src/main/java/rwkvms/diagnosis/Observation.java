package rwkvms.diagnosis;

import java.nio.file.Path;
import java.util.Optional;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.golden.GoldenCase;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/**
 * A judged run of a fixture, with what the runtime gave.
 *
 * @param sidecar to be opened again for the weights
 * @param given   the rows that the fixture has
 */
record Observation(Fixture fixture, Optional<Path> sidecar, Calls calls, CheckResult result, TensorSet given) {
    static Observation of(GoldenCase golden, Calls calls, CheckResult result, TensorSet given) {
        return new Observation(golden.fixture(), golden.sidecar().map(Sidecar::path), calls, result, given);
    }

    String name() {
        return result.caseName();
    }

    long size() {
        return fixture.totalValues();
    }
}
