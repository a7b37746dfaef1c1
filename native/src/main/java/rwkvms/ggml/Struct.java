package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.List;
import java.util.OptionalLong;

import rwkvms.nativeruntime.IncompatibleLibraryException;

/**
 * A struct of ggml or llama.cpp, as one build lays it out.
 *
 * @param size   in bytes, a multiple of 8: each of them holds a pointer
 * @param fields by offset; a fork's own are not among them
 */
public record Struct(String name, long size, List<Field> fields) {
    /**
     * A field.
     *
     * @param defaultBits the default as the stored bits; empty if no function of the library returns it
     */
    public record Field(String name, long offset, long size, OptionalLong defaultBits) {
    }

    public Struct {
        fields = List.copyOf(fields);
    }

    /** The layout with which a function takes it by value: in memory, so that only the size matters. */
    public StructLayout passed() {
        return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(size / Long.BYTES, JAVA_LONG).withName("bytes"))
                .withName(name);
    }

    /**
     * Where a field begins.
     *
     * @throws IncompatibleLibraryException if there is none of that name
     */
    public long offset(String field) {
        return fields.stream().filter(each -> each.name.equals(field)).findFirst()
                .orElseThrow(() -> new IncompatibleLibraryException(
                        "struct " + name + " of this llama.cpp: expected a field " + field + ", found none")).offset;
    }
}
