package rwkvms.sidecar.validation;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.Mutation;

/**
 * The fuzz target. An input that begins with {@code GGUF} is a file. Any other is a recipe, so that a fuzzer gets behind
 * the first checks at once: kind and seed of one {@link Mutation} of the corpus's valid sidecar, then patches of a
 * place and a byte.
 *
 * <p>{@link SidecarFuzzInputsTests} makes the committed inputs and runs them in every build; {@code mvn verify -Pfuzz
 * -pl gguf-validation -am} fuzzes from there.
 */
class SidecarFuzz {
    /** Kind and seed. */
    static final int MUTATION_BYTES = 1 + Long.BYTES;
    private static final int PATCH_BYTES = Integer.BYTES + 1;
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);
    private static final Mutation.Valid VALID = Mutation.Valid.of(MalformedCorpus.valid());
    private static final MutationOracle ORACLE = new MutationOracle(MalformedCorpus.valid());

    @FuzzTest(maxDuration = "5m")
    void validate(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /**
     * {@link MutationOracle#judge} holds only for a mutation; its bounds and its rules on findings hold for any input.
     */
    static void fuzzerTestOneInput(byte[] input) {
        if (Arrays.equals(input, 0, Math.min(MAGIC.length, input.length), MAGIC, 0, MAGIC.length)
                || input.length < MUTATION_BYTES) {
            MutationOracle.cost(input);
            return;
        }
        ByteBuffer recipe = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
        Mutation.Kind[] kinds = Mutation.Kind.values();
        int kind = Byte.toUnsignedInt(recipe.get()) % kinds.length;
        byte[] file = new Mutation(kinds[kind], recipe.getLong()).of(VALID);
        if (recipe.remaining() < PATCH_BYTES || file.length == 0) {
            ORACLE.judge(file);
            return;
        }
        while (recipe.remaining() >= PATCH_BYTES) {
            file[Integer.remainderUnsigned(recipe.getInt(), file.length)] = recipe.get();
        }
        MutationOracle.cost(file);
    }
}
