package rwkvms.sidecar.testing;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every class of malformed sidecar that the suite knows (sidecar.md, "Validation"; llama-cpp.md, "GGUF reader"): the
 * table against which validator, C++ runtime and ggml are checked.
 */
public final class MalformedCorpus {
    private static final List<MalformedClass> ALL = Stream
            .of(MalformedContainers.all(), MalformedTensors.all(), MalformedKeys.all(), MalformedJson.all(),
                    MalformedWeights.all())
            .flatMap(List::stream).toList();

    private MalformedCorpus() {
    }

    public static List<MalformedClass> all() {
        return ALL;
    }

    /** The bytes that all recipes start from. */
    public static byte[] valid() {
        return MalformedClass.valid();
    }
}
