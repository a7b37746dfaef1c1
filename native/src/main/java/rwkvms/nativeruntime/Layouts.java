package rwkvms.nativeruntime;

import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The structs of {@code rwkv_ms.h}, field by field. {@link #check} compares them with the sizes and offsets that the
 * library reports, so that a struct that changed on one side is refused at load.
 */
public final class Layouts {
    public static final StructLayout RUNTIME_PARAMS = struct("rwkv_ms_runtime_params", ADDRESS.withName("backend_path"),
            JAVA_INT.withName("n_threads"), JAVA_INT.withName("reserved"));
    public static final StructLayout CONFIG = struct("rwkv_ms_config", JAVA_INT.withName("hidden_size"),
            JAVA_INT.withName("rank"), JAVA_INT.withName("num_state_heads"), JAVA_INT.withName("num_states"),
            JAVA_LONG.withName("chunk_size"), JAVA_DOUBLE.withName("alpha"), JAVA_DOUBLE.withName("erase_gate"),
            JAVA_INT.withName("read_top_k"), JAVA_INT.withName("semantics_version"), JAVA_INT.withName("update_mode"),
            JAVA_INT.withName("delta_heads"), JAVA_INT.withName("normalize_qk"), JAVA_INT.withName("couple_lambda"),
            JAVA_INT.withName("rankwise_gates"), JAVA_INT.withName("layer_count"));
    public static final StructLayout CONTEXT_PARAMS = struct("rwkv_ms_context_params", JAVA_INT.withName("n_sequences"),
            JAVA_INT.withName("read_top_k"));
    public static final StructLayout DELTAS = struct("rwkv_ms_deltas", ADDRESS.withName("q"), ADDRESS.withName("k"),
            ADDRESS.withName("v"), ADDRESS.withName("o"), JAVA_LONG.withName("q_count"), JAVA_LONG.withName("k_count"),
            JAVA_LONG.withName("v_count"), JAVA_LONG.withName("o_count"));
    public static final StructLayout TAP_INFO = struct("rwkv_ms_tap_info", JAVA_INT.withName("type"),
            JAVA_INT.withName("n_dims"), sequenceLayout(8, JAVA_LONG).withName("dims"), JAVA_LONG.withName("bytes"));
    public static final StructLayout HOOK_PARAMS = struct("rwkv_ms_hook_params", ADDRESS.withName("abort_callback"),
            ADDRESS.withName("abort_data"), JAVA_INT.withName("flags"), JAVA_INT.withName("reserved"));
    public static final StructLayout HOOK_COUNTS = struct("rwkv_ms_hook_counts", JAVA_LONG.withName("ubatches"),
            JAVA_LONG.withName("tokens"), JAVA_LONG.withName("injected_q"), JAVA_LONG.withName("injected_k"),
            JAVA_LONG.withName("injected_v"), JAVA_LONG.withName("injected_o"));
    public static final StructLayout FLOATS = struct("rwkv_ms_floats", ADDRESS.withName("data"),
            JAVA_LONG.withName("count"));
    public static final StructLayout BUFFER = struct("rwkv_ms_buffer", ADDRESS.withName("data"),
            JAVA_LONG.withName("count"));
    public static final StructLayout SCAN_INPUT = struct("rwkv_ms_scan_input", JAVA_INT.withName("n_tokens"),
            JAVA_INT.withName("reserved"), FLOATS.withName("r"), FLOATS.withName("w"), FLOATS.withName("k"),
            FLOATS.withName("v"), FLOATS.withName("a"), FLOATS.withName("b"), FLOATS.withName("beta"),
            FLOATS.withName("lambda"), FLOATS.withName("state"), ADDRESS.withName("mask"),
            JAVA_LONG.withName("position"));
    public static final StructLayout SCAN_OUTPUT = struct("rwkv_ms_scan_output", BUFFER.withName("w_decay"),
            BUFFER.withName("keep"), BUFFER.withName("erase"), BUFFER.withName("write"), BUFFER.withName("raw_reads"),
            BUFFER.withName("read_routes_per_head"), BUFFER.withName("read_routes"), BUFFER.withName("write_routes"),
            BUFFER.withName("final_state"), ADDRESS.withName("slot_indices"),
            JAVA_LONG.withName("slot_indices_count"), JAVA_LONG.withName("final_position"));

    private static final List<StructLayout> ALL = List.of(RUNTIME_PARAMS, CONFIG, CONTEXT_PARAMS, DELTAS, TAP_INFO,
            HOOK_PARAMS, HOOK_COUNTS, FLOATS, BUFFER, SCAN_INPUT, SCAN_OUTPUT);

    private Layouts() {
    }

    private static StructLayout struct(String name, MemoryLayout... fields) {
        return structLayout(fields).withName(name);
    }

    /** A line {@code struct.field offset size} per field, and a line {@code struct - size} per struct. */
    static List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (StructLayout struct : ALL) {
            String name = struct.name().orElseThrow();
            lines.add(name + " - " + struct.byteSize());
            for (MemoryLayout field : struct.memberLayouts()) {
                String fieldName = field.name().orElseThrow();
                long offset = struct.byteOffset(PathElement.groupElement(fieldName));
                lines.add(name + "." + fieldName + " " + offset + " " + field.byteSize());
            }
        }
        return lines;
    }

    /** Refuses a library whose structs differ from these. */
    static void check(String library, String fromLibrary) {
        TreeSet<String> theirs = new TreeSet<>(fromLibrary.lines().map(String::strip).toList());
        TreeSet<String> ours = new TreeSet<>(lines());
        if (!theirs.equals(ours)) {
            TreeSet<String> onlyOurs = new TreeSet<>(ours);
            onlyOurs.removeAll(theirs);
            TreeSet<String> onlyTheirs = new TreeSet<>(theirs);
            onlyTheirs.removeAll(ours);
            throw new IncompatibleLibraryException(library + ": struct layouts differ (struct.field offset size):"
                    + " expected " + onlyOurs + ", found " + onlyTheirs
                    + "; build it against the rwkv_ms.h of this suite");
        }
    }

    public static void setInt(MemorySegment struct, StructLayout layout, String field, int value) {
        struct.set(JAVA_INT, layout.byteOffset(PathElement.groupElement(field)), value);
    }

    public static void setLong(MemorySegment struct, StructLayout layout, String field, long value) {
        struct.set(JAVA_LONG, layout.byteOffset(PathElement.groupElement(field)), value);
    }

    public static void setDouble(MemorySegment struct, StructLayout layout, String field, double value) {
        struct.set(JAVA_DOUBLE, layout.byteOffset(PathElement.groupElement(field)), value);
    }

    public static void setAddress(MemorySegment struct, StructLayout layout, String field, MemorySegment value) {
        struct.set(ADDRESS, layout.byteOffset(PathElement.groupElement(field)), value);
    }

    /** Sets a nested {@code {data, count}}. */
    public static void setBuffer(MemorySegment struct, StructLayout layout, String field, MemorySegment data,
            long count) {
        long offset = layout.byteOffset(PathElement.groupElement(field));
        struct.set(ADDRESS, offset, data);
        struct.set(JAVA_LONG, offset + ADDRESS.byteSize(), count);
    }

    static int getInt(MemorySegment struct, StructLayout layout, String field) {
        return struct.get(JAVA_INT, layout.byteOffset(PathElement.groupElement(field)));
    }

    static long getLong(MemorySegment struct, StructLayout layout, String field) {
        return struct.get(JAVA_LONG, layout.byteOffset(PathElement.groupElement(field)));
    }
}
