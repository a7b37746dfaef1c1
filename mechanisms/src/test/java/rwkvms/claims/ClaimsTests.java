package rwkvms.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.mechanisms.FactMeasurements;
import rwkvms.mechanisms.Measurement;

class ClaimsTests {
    private final List<Measurement> measured = FactMeasurements.all();

    @TempDir
    private Path nothing;

    @TestFactory
    Stream<DynamicTest> withThePublishedFiles() {
        return SharedCases.ofBuild().withUpstream(PublishedFiles.SIDECAR_MANIFEST, manifest -> {
            List<Claim> claims = claims(measured, manifest.getParent());
            return claims.stream().map(claim -> DynamicTest.dynamicTest(claim.topic() + ": " + claim.subject(),
                    () -> {
                        assertThat(claim.result()).as("%s", claim).isNotEqualTo(ClaimResult.REFUTED);
                        assertThat(claim.note()).doesNotContain("absent");
                    }));
        });
    }

    @Test
    void withoutThePublishedFilesWhatNeedsThemIsNotCheckable() {
        List<Claim> claims = claims(measured, nothing);

        assertThat(claims).noneMatch(claim -> claim.result() == ClaimResult.REFUTED);
        assertThat(claims).filteredOn(claim -> claim.note().contains("absent")).hasSize(16)
                .allMatch(claim -> claim.result() == ClaimResult.NOT_CHECKABLE)
                .anySatisfy(claim -> assertThat(claim.note()).isEqualTo("needs the published dla_trials.jsonl, which is"
                        + " absent: name its folder with --published"));
    }

    @Test
    void aDifferentTableIsRefuted() {
        List<Measurement> wrong = new ArrayList<>(measured);
        Measurement first = wrong.getFirst();
        wrong.set(0, new Measurement(first.setting(), first.seed(), first.tokens(), first.policy(), first.states(),
                first.measure(), first.value() + 0.005));

        assertThat(claims(wrong, nothing)).filteredOn(claim -> claim.result() == ClaimResult.REFUTED)
                .extracting(Claim::subject)
                .containsExactly("table row 1 of 22", "every value of every trial, as this repository carries them");
    }

    @Test
    void parametersThatAreCalledTrainable() {
        assertThat(ParameterClaims.all()).extracting(Claim::result).containsOnly(ClaimResult.IMPRECISE);
        assertThat(ParameterCount.of(2, 8)).isEqualTo(new ParameterCount(257_744, 241_360, 159_424));
        assertThat(ParameterCount.of(6, 8)).isEqualTo(new ParameterCount(797_808, 740_464, 494_656));
        assertThat(ParameterCount.of(24, 4)).isEqualTo(new ParameterCount(1_594_080, 1_479_392, 987_776));
    }

    @Test
    void theExactStatementOnFixedBlocks() {
        assertThat(claims(measured, nothing)).filteredOn(claim -> claim.subject().endsWith("fixed blocks"))
                .singleElement().satisfies(claim -> {
                    assertThat(claim.result()).isEqualTo(ClaimResult.IMPRECISE);
                    assertThat(claim.note()).endsWith("In the table by policy, fixed blocks recall more at (16, 8, 12)"
                            + " with linear states (0.649 to 0.556), (12, 10, 16) with rwkv7 states (0.991 to 0.982),"
                            + " (16, 8, 12) with rwkv7 states (0.972 to 0.827)");
                });
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        Files.writeString(nothing.resolve(PublishedFiles.TRACE), "{\"a\": 1, \"a\": 2}");

        assertThatThrownBy(() -> Claims.all(measured, PublishedFiles.in(nothing))).isInstanceOf(IOException.class)
                .hasMessageStartingWith("gguf_reference_trace_from_sidecar_64.json: expected JSON, found ");
    }

    @Test
    void aFindingNeedsARecomputedValue() {
        assertThatThrownBy(() -> new Claim("t", "s", "1", "", ClaimResult.CONFIRMED, ""))
                .hasMessage("s: expected a recomputed value of all but those that are not checkable, found \"\" of one"
                        + " that is confirmed");
    }

    private static List<Claim> claims(List<Measurement> measured, Path folder) {
        try {
            return Claims.all(measured, PublishedFiles.in(folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
