package rwkvms.parity.sidecar;

import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import rwkvms.parity.sidecar.Readers.Ending;
import rwkvms.parity.sidecar.Readers.Observed;
import rwkvms.sidecar.testing.MalformedClass.Ggml;
import rwkvms.sidecar.validation.FindingCode.Severity;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.ValidationReport;

/** The answers of the validator, the C++ runtime and ggml to one file. */
record ReaderAnswers(SidecarCase file, ValidationReport java, Map<ReaderStep, Observed> observed) {
    Set<FindingCode> errors() {
        Set<FindingCode> errors = EnumSet.noneOf(FindingCode.class);
        java.findings().stream().filter(finding -> finding.severity() == Severity.ERROR)
                .forEach(finding -> errors.add(finding.code()));
        return errors;
    }

    Ending javaEnding() {
        return java.isValid() ? Ending.ACCEPTS : Ending.REFUSES;
    }

    Observed cpp() {
        return Objects.requireNonNull(observed.get(ReaderStep.CPP));
    }

    /** ggml's answer to the header and then to the data; {@link IllegalStateException} if ggml crashed or hung. */
    Ggml ggml() {
        Observed header = Objects.requireNonNull(observed.get(ReaderStep.GGML_HEADER));
        if (header.ending() == Ending.REFUSES) {
            return Ggml.REFUSES;
        }
        Observed data = header.ending() == Ending.ACCEPTS
                ? Objects.requireNonNull(observed.get(ReaderStep.GGML_DATA))
                : header;
        return switch (data.ending()) {
            case ACCEPTS -> Ggml.ACCEPTS;
            case REFUSES -> Ggml.REFUSES_DATA;
            case ABORTS -> Ggml.ABORTS;
            case CRASHES, TIMEOUT -> throw new IllegalStateException(this + ": ggml " + data);
        };
    }

    /** Whether validator and C++ runtime both take the file, or both refuse it and the status names one of the findings. */
    boolean cppAgrees() {
        return switch (cpp().ending()) {
            case ACCEPTS -> java.isValid();
            case REFUSES -> errors().stream().anyMatch(code -> cpp().status().equals("RWKV_MS_E_" + code));
            case ABORTS, CRASHES, TIMEOUT -> false;
        };
    }

    @Override
    public String toString() {
        return file.name() + ": validator " + errors() + ", C++ " + cpp();
    }
}
