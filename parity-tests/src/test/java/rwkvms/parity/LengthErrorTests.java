package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.LengthErrors.Share;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/** At a real size and length the C++ runtime is as near to the math in double as the reference, stage by stage. */
final class LengthErrorTests {
    private static final long SEED = 14;
    private static final int TOKENS = 64;
    private static final double SCALE = 0.5;
    /** Both round each tensor up to the readout once; a softmax of a state that differs in its last bits uses the rest. */
    private static final double AS_THE_REFERENCE = 1.1;
    /** Of the tolerance: reads and deltas are sums of eight products in float32. */
    private static final double READOUT = 0.05;

    @Test
    void theCppRuntimeIsAsNearToTheMathAsTheReference() throws NotEvaluatedException {
        Sidecar sidecar = sidecar();
        LengthErrors errors = new LengthErrors(sidecar, TOKENS, SCALE, SEED);
        TensorSet reference = run(errors, ReferenceRuntime.NAME, sidecar);
        TensorSet cpp = run(errors, NativeRuntime.NAME, sidecar);
        Map<MathTensor, Share> expected = errors.fromTheStart(reference);
        assertThat(errors.fromTheStart(cpp)).allSatisfy(
                (name, found) -> assertThat(found.largest()).as(name.label()).isLessThanOrEqualTo(
                        AS_THE_REFERENCE * expected.getOrDefault(name, Share.NONE).largest() + READOUT));
        assertThat(errors.ofEachStage(cpp)).allSatisfy(
                (name, found) -> assertThat(found.largest()).as("%s alone", name.label()).isLessThan(0.1));
        assertThat(errors.of(cpp).over()).isZero();
    }

    /** The golden case of the real size. */
    private static Sidecar sidecar() {
        GoldenCase golden = Cases.committed("real-size");
        return golden.sidecar().orElseThrow();
    }

    private static TensorSet run(LengthErrors errors, String runtime, Sidecar sidecar) throws NotEvaluatedException {
        try (LoadedMemory memory = ParityRuntimes.named(runtime).load(MemoryModel.of(sidecar))) {
            return errors.run(memory);
        }
    }
}
