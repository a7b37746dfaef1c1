package rwkvms.claims;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import rwkvms.comparison.Tolerance;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.tensor.Tensor;

/** Claims about the published math fixture, and about the published runtimes on it. */
final class FixtureClaims {
    private static final String TOPIC = "fixture";
    private static final String SHA256 = "40d6f621522344e6116b5a0213abc74695e86a18243472c72c8e11baa7ecdfad";
    private static final String RECORDS = "37, slots [0, 0, 1, 1], final position [1025]";
    private static final String WITHOUT_WEIGHTS = "11 compared, max_abs_diff 5.96046448e-08";
    private static final String WITH_WEIGHTS = "51 compared, max_abs_diff 1.37090683e-06";
    /** Comparisons that the published check counts with a sidecar. */
    private static final int COUNTED = 51;
    /** The last place of a float32 from 0.5 to 1. */
    private static final double LAST_PLACE = 0x1p-24;

    private FixtureClaims() {
    }

    static List<Claim> all(PublishedFiles files) throws IOException {
        Claim torchOnly = Claim.notCheckable(TOPIC, "PyTorch against its own fixture", "max_abs_diff 0.0",
                "needs PyTorch and the published weights");
        Optional<Path> file = files.find(PublishedFiles.FIXTURE);
        if (file.isEmpty()) {
            String absent = PublishedFiles.absent(PublishedFiles.FIXTURE);
            return List.of(Claim.notCheckable(TOPIC, "bytes and SHA-256", "849,921, " + SHA256, absent),
                    Claim.notCheckable(TOPIC, "records", RECORDS, absent),
                    Claim.notCheckable(TOPIC, "check without sidecar", WITHOUT_WEIGHTS, absent),
                    Claim.notCheckable(TOPIC, "check with sidecar", WITH_WEIGHTS, absent), torchOnly);
        }
        Path path = file.get();
        Claim bytes = Claim.compared(TOPIC, "bytes and SHA-256", "849,921, " + SHA256,
                ParameterClaims.grouped(Files.size(path)) + ", " + Sha256.of(path), "");
        try (GoldenCase golden = GoldenCase
                .open(new CaseFiles("published", path, Optional.empty(), Optional.empty()));
                ReferenceRuntime runtime = new ReferenceRuntime()) {
            return List.of(bytes, records(golden.fixture()), withoutWeights(golden, runtime),
                    withWeights(golden.fixture()), torchOnly);
        } catch (FixtureException | BindingException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private static Claim records(Fixture fixture) {
        return Claim.compared(TOPIC, "records", RECORDS,
                (fixture.inputs().size() + fixture.expected().size()) + ", slots "
                        + integers(fixture, MathTensor.SLOT_INDICES) + ", final position "
                        + integers(fixture, MathTensor.FINAL_POSITIONS),
                "every record's hash proven");
    }

    private static String integers(Fixture fixture, MathTensor name) {
        return Arrays.toString(fixture.expected(name).map(Tensor::toLongs).orElse(new long[0]));
    }

    private static Claim withoutWeights(GoldenCase golden, ReferenceRuntime runtime) throws BindingException {
        String found = switch (new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime)) {
            case CheckResult result -> String.format(Locale.ROOT, "%d compared, max_abs_diff %.8e",
                    result.comparisons().size(), result.maxAbsDiff());
            case CaseNotEvaluated missed -> missed.reason();
        };
        return Claim.compared(TOPIC, "check without sidecar", WITHOUT_WEIGHTS, found,
                "the Java reference here; 2^-24, the last place of a float32 from 0.5 to 1");
    }

    private static Claim withWeights(Fixture fixture) {
        int tensors = fixture.expected().size();
        String found = String.format(Locale.ROOT, "%d expected tensors, %d · 2^-24 = %.8e", tensors, 23,
                23 * LAST_PLACE);
        return new Claim(TOPIC, "check with sidecar", WITH_WEIGHTS, found, ClaimResult.IMPRECISE,
                COUNTED + " counts comparisons, not tensors: the fixture has " + tensors + ", so that at least "
                        + (COUNTED - tensors) + " were compared again. The difference is 23 last places of a float32"
                        + " from 0.5 to 1; whether it is right needs the published weights");
    }
}
