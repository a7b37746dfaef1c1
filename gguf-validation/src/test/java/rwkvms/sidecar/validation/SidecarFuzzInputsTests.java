package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rwkvms.sidecar.testing.GgufParts;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.Mutation;

/**
 * The committed inputs of {@link SidecarFuzz} are what the corpus and the kinds of mutation make, and all of them hold.
 */
class SidecarFuzzInputsTests {
    /** Where Jazzer looks for the inputs of {@code SidecarFuzz.validate}. */
    private static final Path COMMITTED = Path.of("src", "test", "resources", "rwkvms", "sidecar", "validation",
            "SidecarFuzzInputs",
            "validate");
    private static final Path MADE = Path.of("target", "fuzz-inputs");
    /** Larger inputs, such as whole sidecars, come as recipes. */
    private static final int MAX_BYTES = 1024;
    private static final int CHANGES_PER_KIND = 3;
    private static final int SMALL_KEYS = 6;
    private static final int SMALL_TENSORS = 2;

    @Test
    void theCommittedInputsAreTheMadeOnes() throws IOException {
        Map<String, byte[]> made = made();
        Files.createDirectories(MADE);
        for (Map.Entry<String, byte[]> input : made.entrySet()) {
            Files.write(MADE.resolve(input.getKey()), input.getValue());
        }
        try (Stream<Path> files = Files.list(COMMITTED)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName()))).as("copy %s to %s",
                    MADE.toAbsolutePath(), COMMITTED).containsExactlyInAnyOrderElementsOf(made.keySet());
        }
        for (Map.Entry<String, byte[]> input : made.entrySet()) {
            assertThat(COMMITTED.resolve(input.getKey())).hasBinaryContent(input.getValue());
        }
    }

    @Test
    void allInputsHold() throws IOException {
        made().values().forEach(SidecarFuzz::fuzzerTestOneInput);
    }

    /** Small files of the corpus as they are, some of each kind of mutation, and a small file to start from. */
    private static SortedMap<String, byte[]> made() {
        SortedMap<String, byte[]> inputs = new TreeMap<>();
        for (MalformedClass malformed : MalformedCorpus.all()) {
            byte[] bytes = malformed.bytes();
            if (bytes.length <= MAX_BYTES) {
                inputs.put(malformed.name().replaceAll("[^A-Za-z0-9]+", "-"), bytes);
            }
        }
        for (Mutation.Kind kind : Mutation.Kind.values()) {
            for (int seed = 0; seed < CHANGES_PER_KIND; seed++) {
                inputs.put(kind + "-" + seed, ByteBuffer.allocate(SidecarFuzz.MUTATION_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN).put((byte) kind.ordinal()).putLong(seed).array());
            }
        }
        GgufParts parts = GgufParts.of(MalformedCorpus.valid());
        parts.keys.subList(SMALL_KEYS, parts.keys.size()).clear();
        parts.tensors.subList(SMALL_TENSORS, parts.tensors.size()).clear();
        inputs.put("small-file", parts.bytes());
        return inputs;
    }
}
