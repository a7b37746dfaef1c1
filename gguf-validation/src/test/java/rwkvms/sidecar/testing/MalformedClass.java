package rwkvms.sidecar.testing;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import rwkvms.file.Sha256;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.FindingCode;

/**
 * A class of malformed sidecars: a recipe on the bytes of the valid sidecar {@link #VALID}, and the findings on the result.
 *
 * @param code the class's own code
 * @param also codes that the same fault always causes too
 * @param ggml what ggml's reader does with the file
 * @param beside the file beside the sidecar when it is opened
 * @param recipe from the valid bytes to the malformed ones
 */
public record MalformedClass(String name, FindingCode code, Set<FindingCode> also, Ggml ggml, Beside beside,
        UnaryOperator<byte[]> recipe) {
    /** Two layers, D 4, H 7, BF16, format version 2. */
    private static final byte[] VALID = SidecarWriter.toBytes(Drafts.of(SidecarSizes.SMALL, 1));
    private static final GgufParts VALID_PARTS = GgufParts.of(VALID);

    /** What ggml's {@code gguf_init_from_file} does, first with the header alone and then with the data. */
    public enum Ggml {
        /** Refuses the header. */
        REFUSES,
        /** Takes the header, and refuses to read the data. */
        REFUSES_DATA,
        /** Takes it, data and all. */
        ACCEPTS,
        /** Takes the header, and ends the process when it reads the data. */
        ABORTS
    }

    /** The base model's file that a sidecar is opened with. */
    public enum Beside {
        /** None is given. */
        NOTHING(null),
        /** Another file than the one that the sidecar names. */
        ANOTHER_BASE("another base".getBytes(StandardCharsets.US_ASCII)),
        /** The file that the sidecar names, which says nothing about layers. */
        BASE_WITHOUT_LAYERS("a base".getBytes(StandardCharsets.US_ASCII)),
        /** The file that the sidecar names, a model of two layers. */
        BASE_OF_TWO_LAYERS(model(2, 0)),
        /** The file that the sidecar names, a model of three layers, the last of which shares keys and values. */
        BASE_SHARING_LAYERS(model(3, 1)),
        /** A path at which there is no file. */
        ABSENT_BASE(null),
        /** Not even the sidecar is there. */
        ABSENT_SIDECAR(null);

        @SuppressWarnings("ImmutableEnumChecker") // copied when it is given
        private final byte @Nullable [] base;

        Beside(byte @Nullable [] base) {
            this.base = base;
        }

        /** The base file, if there is one. */
        public Optional<byte[]> base() {
            return Optional.ofNullable(base).map(byte[]::clone);
        }

        private static byte[] model(int layers, int sharing) {
            GgufParts parts = GgufParts.of(VALID);
            parts.keys.clear();
            parts.tensors.clear();
            parts.add("general.architecture").text("gemma4");
            parts.add("gemma4.block_count").u32(layers);
            parts.add("gemma4.attention.shared_kv_layers").u32(sharing);
            return parts.bytes();
        }
    }

    public MalformedClass {
        also = Collections.unmodifiableSet(also);
    }

    static byte[] valid() {
        return VALID.clone();
    }

    /** A class made by changing the parts of the valid sidecar; ggml accepts it unless stated otherwise. */
    static MalformedClass of(String name, FindingCode code, Consumer<GgufParts> edit) {
        return ofBytes(name, code, valid -> {
            GgufParts parts = VALID_PARTS.copy();
            edit.accept(parts);
            return parts.bytes();
        });
    }

    static MalformedClass ofBytes(String name, FindingCode code, UnaryOperator<byte[]> recipe) {
        return new MalformedClass(name, code, EnumSet.noneOf(FindingCode.class), Ggml.ACCEPTS, Beside.NOTHING, recipe);
    }

    MalformedClass also(FindingCode first, FindingCode... others) {
        return new MalformedClass(name, code, EnumSet.of(first, others), ggml, beside, recipe);
    }

    MalformedClass ggml(Ggml outcome) {
        return new MalformedClass(name, code, also, outcome, beside, recipe);
    }

    /** A class whose sidecar names the given base file. */
    static MalformedClass bound(String name, FindingCode code, Beside given) {
        String hash = Sha256.of(MemorySegment.ofArray(given.base().orElseThrow()));
        return of(name, code, parts -> parts.key(SidecarKey.BASE_SHA256).text(hash)).beside(given);
    }

    MalformedClass beside(Beside given) {
        return new MalformedClass(name, code, also, ggml, given, recipe);
    }

    /** The malformed file. */
    public byte[] bytes() {
        return recipe.apply(valid());
    }

    /**
     * Writes the sidecar, unless it must be absent, and the base, if there is one.
     *
     * @return the base to open the sidecar with, which may be absent
     */
    public Optional<Path> writeTo(Path sidecar, Path besideIt) throws IOException {
        Files.deleteIfExists(sidecar);
        Files.deleteIfExists(besideIt);
        if (beside != Beside.ABSENT_SIDECAR) {
            Files.write(sidecar, bytes());
        }
        if (beside.base().isPresent()) {
            Files.write(besideIt, beside.base().get());
        }
        return beside == Beside.NOTHING || beside == Beside.ABSENT_SIDECAR ? Optional.empty() : Optional.of(besideIt);
    }

    @Override
    public String toString() {
        return name;
    }
}
