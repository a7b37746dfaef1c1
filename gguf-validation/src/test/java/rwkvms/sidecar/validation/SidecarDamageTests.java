package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.sidecar.synthesis.SidecarDamage;
import rwkvms.sidecar.testing.MalformedCorpus;

/** Each damage is seen for what it is. */
class SidecarDamageTests {
    @ParameterizedTest
    @EnumSource
    void theValidatorSaysItsCode(SidecarDamage damage) {
        byte[] sound = MalformedCorpus.valid();

        ValidationReport report = ReportAssertions.report(damage.applyTo(sound));

        assertThat(report.of(damage.code())).as("%s", report.findings()).isNotEmpty();
        assertThat(report.isValid()).isFalse();
        assertThat(sound).isEqualTo(MalformedCorpus.valid());
    }

    @Test
    void onlyASoundFileCanBeDamaged() {
        assertThatIllegalArgumentException().isThrownBy(() -> SidecarDamage.SCHEMA.applyTo(new byte[]{1, 2, 3}))
                .withMessageStartingWith("expected a sound sidecar to damage: ");
    }

    @Test
    void labelsAreForReports() {
        assertThat(SidecarDamage.TENSOR_MISSING.label()).isEqualTo("tensor-missing");
    }
}
