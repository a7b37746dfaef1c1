package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufValue;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.GgufParts;
import rwkvms.sidecar.testing.Restatement;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.sidecar.testing.TensorPart;

/** A valid sidecar that a test makes wrong in one place. */
final class SidecarBytes {
    private final GgufParts parts;
    private @Nullable Path base;

    private SidecarBytes(GgufParts parts) {
        this.parts = parts;
    }

    static SidecarBytes valid() {
        return of(SidecarSizes.SMALL);
    }

    static SidecarBytes of(SidecarSizes sizes) {
        return new SidecarBytes(GgufParts.of(SidecarWriter.toBytes(Drafts.of(sizes, 1))));
    }

    /** Replaces the value of a key; a missing key is added behind the others. */
    SidecarBytes set(SidecarKey key, GgufValue value) {
        parts.find(key).orElseGet(() -> parts.add(key.key())).set(value);
        return this;
    }

    SidecarBytes set(SidecarKey key, String text) {
        return set(key, GgufValue.text(text));
    }

    SidecarBytes set(SidecarKey key, long u32) {
        return set(key, GgufValue.u32(u32));
    }

    SidecarBytes remove(SidecarKey key) {
        parts.remove(key);
        return this;
    }

    SidecarBytes add(String key, GgufValue value) {
        parts.add(key).set(value);
        return this;
    }

    SidecarBytes config(Consumer<ObjectNode> edit) {
        parts.config(edit);
        return this;
    }

    SidecarBytes firstEntry(Consumer<ObjectNode> edit) {
        parts.firstEntry(edit);
        return this;
    }

    SidecarBytes edit(SidecarKey key, Consumer<JsonNode> edit) {
        parts.key(key).json(edit);
        return this;
    }

    SidecarBytes tensor(String name, Consumer<TensorPart> edit) {
        edit.accept(parts.tensor(name));
        return this;
    }

    SidecarBytes removeTensor(String name) {
        parts.tensors.remove(parts.tensor(name));
        return this;
    }

    /** Makes counts and manifest follow the tensors, so that a fault stands alone. */
    SidecarBytes recount() {
        Restatement.of(parts);
        return this;
    }

    SidecarBytes base(Path file) {
        base = file;
        return this;
    }

    byte[] bytes() {
        return parts.bytes();
    }

    GgufFile gguf() {
        try {
            return GgufReader.read(MemorySegment.ofArray(bytes()));
        } catch (GgufException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    ValidationReport report() {
        return SidecarValidator.check(Path.of("test.gguf"), new SidecarFile(gguf(), base));
    }

    /** Byte offset of a key's value. */
    long at(SidecarKey key) {
        return gguf().entries(key.key()).getFirst().valueOffset();
    }
}
