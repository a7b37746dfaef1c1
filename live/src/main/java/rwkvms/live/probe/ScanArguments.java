package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.CHUNK_SIZE;
import static rwkvms.live.probe.HeaderStatus.NUM_STATES;
import static rwkvms.live.probe.HeaderStatus.NUM_STATE_HEADS;
import static rwkvms.live.probe.HeaderStatus.SETTING_RANGE;
import static rwkvms.live.probe.HeaderStatus.STATE_VALUE;
import static rwkvms.live.probe.HeaderStatus.UNSUPPORTED;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import rwkvms.nativeruntime.Layouts;
import rwkvms.runtime.NotEvaluatedException;

/** The arguments that {@code rwkv_ms_scan} must refuse, each wrong in one way. */
final class ScanArguments {
    private static final int CONFIG = 1;
    private static final int INPUT = 2;
    private static final int OUTPUT = 3;
    private static final String SLOTS = "slot_indices";
    private static final String SLOTS_COUNT = "slot_indices_count";

    private final Trial trial;
    private final Map<String, Long> inputs = new LinkedHashMap<>();
    private final Map<String, Long> outputs = new LinkedHashMap<>();
    private final MemorySegment config;
    private final MemorySegment input;
    private final MemorySegment output;
    private final Call good;

    private ScanArguments(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        this.trial = trial;
        this.config = config();
        sizes();
        this.input = input();
        this.output = output();
        this.good = Call.of(library, "rwkv_ms_scan", runtime, config, input, output);
        int status = good.run();
        if (status == UNSUPPORTED.code()) {
            throw new NotEvaluatedException(
                    "the library does not support this scan: " + library.error("rwkv_ms_runtime_error", runtime));
        }
        trial.takes("a scan with nothing wrong", good);
        trial.keep(output);
    }

    private void sizes() {
        long rows = (long) Subject.TOKENS * Subject.RANK;
        long routes = (long) Subject.TOKENS * Subject.STATES;
        for (String name : new String[]{"r", "w", "k", "v", "a", "b", "beta", "lambda"}) {
            inputs.put(name, rows);
        }
        inputs.put("state", Subject.STATE);
        for (String name : new String[]{"w_decay", "keep", "erase", "write", "raw_reads"}) {
            outputs.put(name, rows);
        }
        for (String name : new String[]{"read_routes_per_head", "read_routes", "write_routes"}) {
            outputs.put(name, routes);
        }
        outputs.put("final_state", Subject.STATE);
    }

    private MemorySegment config() {
        MemorySegment made = trial.arena().allocate(Layouts.CONFIG);
        Layouts.setInt(made, Layouts.CONFIG, "rank", Subject.RANK);
        Layouts.setInt(made, Layouts.CONFIG, "num_state_heads", 1);
        Layouts.setInt(made, Layouts.CONFIG, "num_states", Subject.STATES);
        Layouts.setLong(made, Layouts.CONFIG, "chunk_size", 2);
        Layouts.setDouble(made, Layouts.CONFIG, "erase_gate", 1);
        Layouts.setInt(made, Layouts.CONFIG, "semantics_version", 1);
        Layouts.setInt(made, Layouts.CONFIG, "rankwise_gates", 1);
        return made;
    }

    private MemorySegment input() {
        Random random = new Random(1);
        MemorySegment made = trial.arena().allocate(Layouts.SCAN_INPUT);
        Layouts.setInt(made, Layouts.SCAN_INPUT, "n_tokens", Subject.TOKENS);
        inputs.forEach((name, count) -> {
            MemorySegment values = trial.arena().allocate(JAVA_FLOAT, count + 1);
            for (long i = 0; i < count; i++) {
                values.setAtIndex(JAVA_FLOAT, i, random.nextFloat());
            }
            Layouts.setBuffer(made, Layouts.SCAN_INPUT, name, values, count);
        });
        return made;
    }

    private MemorySegment output() {
        MemorySegment made = trial.arena().allocate(Layouts.SCAN_OUTPUT);
        outputs.forEach((name, count) -> Layouts.setBuffer(made, Layouts.SCAN_OUTPUT, name,
                trial.output(name, count * Float.BYTES), count));
        Layouts.setAddress(made, Layouts.SCAN_OUTPUT, SLOTS, trial.output(SLOTS, (long) Subject.TOKENS * Long.BYTES));
        Layouts.setLong(made, Layouts.SCAN_OUTPUT, SLOTS_COUNT, Subject.TOKENS);
        return made;
    }

    static void nulls(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        ScanArguments of = new ScanArguments(library, runtime, trial);
        trial.refuses(ARGUMENT, "config NULL", of.good.withNull(CONFIG));
        trial.refuses(ARGUMENT, "input NULL", of.good.withNull(INPUT));
        trial.refuses(ARGUMENT, "output NULL", of.good.withNull(OUTPUT));
        of.inputs.forEach((name, count) -> trial.refuses(ARGUMENT, name + " NULL",
                of.withInput(changed -> setBuffer(changed, Layouts.SCAN_INPUT, name, count))));
        of.outputs.forEach((name, count) -> trial.refuses(ARGUMENT, name + " NULL",
                of.withOutput(changed -> setBuffer(changed, Layouts.SCAN_OUTPUT, name, count))));
        trial.refuses(ARGUMENT, SLOTS + " NULL", of.withOutput(
                changed -> Layouts.setAddress(changed, Layouts.SCAN_OUTPUT, SLOTS, MemorySegment.NULL)));
    }

    private static void setBuffer(MemorySegment struct, StructLayout layout, String name, long count) {
        Layouts.setBuffer(struct, layout, name, MemorySegment.NULL, count);
    }

    static void lengths(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        ScanArguments of = new ScanArguments(library, runtime, trial);
        of.inputs.forEach((name, count) -> {
            for (long wrong : new long[]{0, count - 1, count + 1}) {
                trial.refuses(ARGUMENT, name + " of " + wrong,
                        of.withInput(changed -> Layouts.setBuffer(changed, Layouts.SCAN_INPUT, name,
                                of.data(of.input, Layouts.SCAN_INPUT, name), wrong)));
            }
        });
        of.outputs.forEach((name, count) -> {
            for (long wrong : new long[]{0, count - 1}) {
                trial.refusesShort(count, name + " of " + wrong,
                        of.withOutput(changed -> Layouts.setBuffer(changed, Layouts.SCAN_OUTPUT, name,
                                of.data(of.output, Layouts.SCAN_OUTPUT, name), wrong)));
            }
        });
        for (long wrong : new long[]{0, Subject.TOKENS - 1}) {
            trial.refusesShort(Subject.TOKENS, SLOTS + " of " + wrong,
                    of.withOutput(changed -> Layouts.setLong(changed, Layouts.SCAN_OUTPUT, SLOTS_COUNT, wrong)));
        }
    }

    static void values(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        ScanArguments of = new ScanArguments(library, runtime, trial);
        for (int tokens : new int[]{0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, Subject.TOKENS + 1}) {
            trial.refuses(ARGUMENT, "n_tokens " + tokens,
                    of.withInput(changed -> Layouts.setInt(changed, Layouts.SCAN_INPUT, "n_tokens", tokens)));
        }
        trial.refuses(ARGUMENT, "reserved 1",
                of.withInput(changed -> Layouts.setInt(changed, Layouts.SCAN_INPUT, "reserved", 1)));
        for (long position : new long[]{-1, Long.MIN_VALUE, Long.MAX_VALUE - Subject.TOKENS + 1}) {
            trial.refuses(STATE_VALUE, "position " + position,
                    of.withInput(changed -> Layouts.setLong(changed, Layouts.SCAN_INPUT, "position", position)));
        }
        MemorySegment mask = trial.arena().allocateFrom(JAVA_BYTE, (byte) 1, (byte) 1, (byte) 2);
        trial.refuses(ARGUMENT, "a byte 2 in mask",
                of.withInput(changed -> Layouts.setAddress(changed, Layouts.SCAN_INPUT, "mask", mask)));
    }

    static void settings(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        ScanArguments of = new ScanArguments(library, runtime, trial);
        of.refusesSetting(HeaderStatus.RANK, "rank", 0, -1, Integer.MIN_VALUE);
        of.refusesSetting(NUM_STATE_HEADS, "num_state_heads", 0, -1);
        of.refusesSetting(NUM_STATES, "num_states", 0, -1, Integer.MIN_VALUE);
        of.refusesSetting(SETTING_RANGE, "read_top_k", -1, Integer.MIN_VALUE);
        of.refusesSetting(UNSUPPORTED, "semantics_version", 0, 3, -1);
        of.refusesSetting(UNSUPPORTED, "update_mode", 3, -1);
        of.refusesSetting(ARGUMENT, "rankwise_gates", 2, -1);
        for (long chunk : new long[]{0, -1, Long.MIN_VALUE}) {
            trial.refuses(CHUNK_SIZE, "chunk_size " + chunk,
                    of.withConfig(changed -> Layouts.setLong(changed, Layouts.CONFIG, "chunk_size", chunk)));
        }
        for (double gate : new double[]{Double.NaN, Double.POSITIVE_INFINITY}) {
            trial.refuses(SETTING_RANGE, "erase_gate " + gate,
                    of.withConfig(changed -> Layouts.setDouble(changed, Layouts.CONFIG, "erase_gate", gate)));
        }
    }

    private void refusesSetting(HeaderStatus expected, String name, int... values) {
        for (int value : values) {
            trial.refuses(expected, name + " " + value,
                    withConfig(changed -> Layouts.setInt(changed, Layouts.CONFIG, name, value)));
        }
    }

    static void overlaps(HeaderCalls library, MemorySegment runtime, Trial trial) throws NotEvaluatedException {
        ScanArguments of = new ScanArguments(library, runtime, trial);
        MemorySegment keep = of.data(of.output, Layouts.SCAN_OUTPUT, "keep");
        long rows = (long) Subject.TOKENS * Subject.RANK;
        trial.refuses(ARGUMENT, "erase on keep",
                of.withOutput(changed -> Layouts.setBuffer(changed, Layouts.SCAN_OUTPUT, "erase", keep, rows)));
        trial.refuses(ARGUMENT, "the input v on keep",
                of.withInput(changed -> Layouts.setBuffer(changed, Layouts.SCAN_INPUT, "v", keep, rows)));
        MemorySegment k = of.data(of.input, Layouts.SCAN_INPUT, "k");
        trial.takes("the inputs k and v in one place",
                of.withInput(changed -> Layouts.setBuffer(changed, Layouts.SCAN_INPUT, "v", k, rows)));
    }

    private MemorySegment data(MemorySegment struct, StructLayout layout, String name) {
        return struct.get(ADDRESS, layout.byteOffset(PathElement.groupElement(name)));
    }

    private Call withConfig(Consumer<MemorySegment> change) {
        return good.with(CONFIG, changed(config, change));
    }

    private Call withInput(Consumer<MemorySegment> change) {
        return good.with(INPUT, changed(input, change));
    }

    private Call withOutput(Consumer<MemorySegment> change) {
        MemorySegment changed = changed(output, change);
        trial.keep(changed);
        return good.with(OUTPUT, changed);
    }

    private MemorySegment changed(MemorySegment struct, Consumer<MemorySegment> change) {
        MemorySegment changed = trial.arena().allocate(struct.byteSize(), Long.BYTES).copyFrom(struct);
        change.accept(changed);
        return changed;
    }
}
