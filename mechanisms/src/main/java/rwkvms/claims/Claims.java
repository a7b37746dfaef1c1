package rwkvms.claims;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import rwkvms.mechanisms.Measurement;

/** Recomputes every published claim. */
public final class Claims {
    private Claims() {
    }

    /**
     * All claims, with the result of each.
     *
     * @param measured the published trials, run again
     * @param files    the published files, which decide some of the claims
     * @throws IOException if a published file is there and cannot be used
     */
    public static List<Claim> all(List<Measurement> measured, PublishedFiles files) throws IOException {
        List<Claim> claims = new ArrayList<>(new MechanismClaims(measured).all(files));
        claims.addAll(ParameterClaims.all());
        claims.addAll(SidecarClaims.all(files));
        claims.addAll(FixtureClaims.all(files));
        claims.addAll(TraceClaims.all(files));
        claims.addAll(TrainingClaims.all());
        claims.addAll(OtherClaims.all());
        return List.copyOf(claims);
    }
}
