package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.validation.FindingCode.Severity;

/**
 * What must hold for a change of a valid file: an error or a warning names it, or the content is the same except for
 * {@link FreePlace}s. Nothing is thrown, every finding lies in the file, and time and memory are bounded.
 */
final class MutationOracle {
    /** Bytes for the findings of a hostile file and the trees of its JSON. */
    static final long MAX_FIXED_BYTES = 4L << 20;
    /** Bytes per byte of the file; a JSON tree takes some twenty times its text. */
    static final long MAX_BYTES_PER_BYTE = 100;
    /** CPU time; a change takes about a millisecond, the first ones are interpreted. */
    static final long MAX_NANOS = 1_000_000_000;

    private static final String TENSOR = "tensor ";
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The effect of a change. */
    enum Effect {
        REFUSED, WARNED, SAME, FREE
    }

    /** The effect of a change, what the validator said, and what that cost. */
    record Examination(Effect effect, ValidationReport report, long allocated, long nanos) {
    }

    /** What the validator said about any bytes, and what that cost. */
    record Cost(ValidationReport report, long allocated, long nanos) {
    }

    private final SidecarContent before;
    private final ValidationReport reportBefore;

    MutationOracle(byte[] valid) {
        before = SidecarContent.of(valid);
        reportBefore = ReportAssertions.report(valid);
    }

    /** The effect of a change; {@link AssertionError} if one of the rules is broken. */
    Examination judge(byte[] changed) {
        Cost cost = cost(changed);
        return new Examination(effect(changed, cost.report), cost.report, cost.allocated, cost.nanos);
    }

    /**
     * Checks the rules that hold for any bytes. What exceeds a bound is measured once more: a class that is loaded meanwhile, and
     * instrumented if Jazzer's agent is there, takes megabytes, but only once.
     */
    static Cost cost(byte[] changed) {
        long maxBytes = MAX_FIXED_BYTES + MAX_BYTES_PER_BYTE * changed.length;
        Cost first = measured(changed);
        Cost cost = first.allocated < maxBytes && first.nanos < MAX_NANOS ? first : measured(changed);

        assertThat(cost.allocated).as("bytes allocated for a file of %d", changed.length).isLessThan(maxBytes);
        assertThat(cost.nanos).as("nanoseconds of CPU").isLessThan(MAX_NANOS);
        for (Finding finding : cost.report.findings()) { // up to hundreds: a fluent assertion for each would take most of the time
            String message = finding.message();
            if (finding.byteOffset() < Finding.NOWHERE || finding.byteOffset() > changed.length || message.isBlank()
                    || message.indexOf('\n') >= 0) {
                throw new AssertionError("expected one line about a place in the " + changed.length + " bytes, found "
                        + finding.byteOffset() + " " + message);
            }
        }
        return cost;
    }

    private static Cost measured(byte[] changed) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = THREADS.getCurrentThreadCpuTime();
        ValidationReport report = ReportAssertions.report(changed);
        nanos = THREADS.getCurrentThreadCpuTime() - nanos;
        return new Cost(report, THREADS.getCurrentThreadAllocatedBytes() - allocated, nanos);
    }

    private Effect effect(byte[] changed, ValidationReport report) {
        boolean sound = reportBefore.isValid() ? report.isValid() : report.findings().equals(reportBefore.findings());
        if (!sound) {
            assertThat(report.findings()).anyMatch(finding -> finding.severity() == Severity.ERROR);
            return Effect.REFUSED;
        }
        SidecarContent after = SidecarContent.of(changed);
        Set<String> differences = after.differencesFrom(before);
        if (differences.isEmpty()) {
            return Effect.SAME;
        }
        differences.removeIf(place -> FreePlace.isFree(place, before, after));
        List<String> unnamed = differences.stream()
                .filter(place -> report.findings().stream().noneMatch(warning -> names(warning, place))).toList();
        assertThat(unnamed).as("places that changed without a word; findings %s", report.findings()).isEmpty();
        return differences.isEmpty() ? Effect.FREE : Effect.WARNED;
    }

    /** Whether a warning speaks of the place: of a tensor, of what the manifest says of it, or of a key or setting. */
    private static boolean names(Finding warning, String place) {
        String[] segments = place.split("/", -1);
        boolean ofManifest = segments[0].equals(SidecarKey.TENSOR_MANIFEST.key()) && segments.length > 1;
        String subject = ofManifest ? segments[1] : segments[segments.length - 1];
        return warning.message().contains(subject.startsWith(TENSOR) ? subject.substring(TENSOR.length()) : subject)
                || warning.place().equals("key " + Quote.of(place));
    }
}
