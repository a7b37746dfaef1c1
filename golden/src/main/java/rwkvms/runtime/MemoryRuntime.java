package rwkvms.runtime;

import java.util.SortedMap;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.tensor.DType;

/**
 * One implementation of the memory: the reference, the C++ runtime, a fork behind the same C header. A test is written
 * once against this interface and runs on all of them.
 */
public interface MemoryRuntime extends AutoCloseable {
    /** Short name for verdicts and reports, such as {@code reference}. */
    String name();

    /** Facts about what exactly ran: versions, hashes of libraries, CPU variant. */
    SortedMap<String, String> provenance();

    /** The type that it computes in; one narrower than float32 is measured and not judged. */
    default DType dtype() {
        return DType.FLOAT32;
    }

    /**
     * Loads the weights of a sidecar for a run with these settings.
     *
     * @throws NotEvaluatedException if this runtime does not support the settings
     */
    LoadedMemory load(MemoryModel model) throws NotEvaluatedException;

    /**
     * Coefficients and scan alone, from recorded features (math.md §3 and §4), which needs no weights.
     *
     * @return the tensors of {@link MathTensor#WITHOUT_WEIGHTS}, each with a batch dimension of 1 in front
     * @throws NotEvaluatedException if this runtime does not support the settings
     */
    TensorSet scan(MemoryConfig config, ScanInput input) throws NotEvaluatedException;

    @Override
    void close();
}
