package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.file.Sha256;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;

/**
 * A runtime behind {@code rwkv_ms.h}: the C++ runtime of this suite, or any library that exports the same functions.
 *
 * <p>ggml takes one CPU backend per process, so only one runtime is open at a time.
 */
public final class NativeRuntime implements MemoryRuntime {
    public static final String NAME = "native";
    /** The limit of rwkv_ms.h. */
    public static final int MAX_THREADS = 512;

    private static final String ERROR = "rwkv_ms_runtime_error";
    private static final int ERROR_SIZE = 1024;

    private final String name;
    private final RwkvMs library;
    private final MemorySegment handle;
    private final int threads;
    private final Optional<Place.Sized> place;

    private NativeRuntime(String name, RwkvMs library, MemorySegment handle, int threads,
            Optional<Place.Sized> place) {
        this.name = name;
        this.library = library;
        this.handle = handle;
        this.threads = threads;
        this.place = place;
    }

    /** The same open runtime, with the stages around the scan on a device in microbatches of so many tokens. */
    public NativeRuntime on(Place device, int tokens) {
        return new NativeRuntime(name, library, handle, threads, Optional.of(new Place.Sized(device, tokens)));
    }

    /** Opens the suite's own library with the best CPU variant on one thread. */
    public static NativeRuntime open() {
        return open(Optional.empty());
    }

    /** Opens the suite's own library with the best CPU variant on so many threads. */
    public static NativeRuntime open(int threads) {
        return own(Optional.empty(), threads);
    }

    /** Opens the suite's own library with the given {@code libggml-cpu-*} on one thread. */
    public static NativeRuntime open(Optional<Path> cpuBackend) {
        return own(cpuBackend, 1);
    }

    private static NativeRuntime own(Optional<Path> cpuBackend, int threads) {
        NativeRuntime runtime = open(NAME, NativeFiles.library(), cpuBackend, threads);
        Sha256.hasLinked(); // It has loaded libcrypto. Another's library must find the process without.
        return runtime;
    }

    /**
     * Opens any library that exports the header.
     *
     * @param name       for verdicts
     * @param cpuBackend one {@code libggml-cpu-*}; empty for the best variant
     * @throws IncompatibleLibraryException if it is not such a library
     * @throws NativeException if it refuses to start
     */
    public static NativeRuntime open(String name, Path libraryFile, Optional<Path> cpuBackend, int threads) {
        RwkvMs library = RwkvMs.load(libraryFile);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(Layouts.RUNTIME_PARAMS);
            Layouts.setAddress(params, Layouts.RUNTIME_PARAMS, "backend_path",
                    cpuBackend.map(path -> arena.allocateFrom(path.toString())).orElse(MemorySegment.NULL));
            Layouts.setInt(params, Layouts.RUNTIME_PARAMS, "n_threads", threads);
            MemorySegment out = arena.allocate(ADDRESS);
            MemorySegment error = arena.allocate(ERROR_SIZE);
            int status = library.status("rwkv_ms_runtime_create", params, out, error, error.byteSize());
            if (status != Status.OK) {
                throw new NativeException("rwkv_ms_runtime_create", status, library.statusName(status),
                        error.getString(0));
            }
            return new NativeRuntime(name, library, out.get(ADDRESS, 0), threads, Optional.empty());
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SortedMap<String, String> provenance() {
        SortedMap<String, String> provenance = new TreeMap<>();
        provenance.put("native.library", String.valueOf(library.library().getFileName()));
        provenance.put("native.version", library.version());
        provenance.put("native.build", buildInfo());
        provenance.put("native.threads", String.valueOf(threads));
        return provenance;
    }

    /** The {@code rwkv_ms_runtime *}, for calls that no binding makes. */
    public MemorySegment handle() {
        return handle;
    }

    public Path libraryFile() {
        return library.library();
    }

    /** The JSON object in which the library describes its build: ggml version, CPU variant, compiler. */
    public String buildInfo() {
        return library.text("rwkv_ms_build_info", handle);
    }

    @Override
    public NativeMemory load(MemoryModel model) throws NotEvaluatedException {
        MemoryConfig config = model.config();
        List<String> differences = config
                .differencesFrom(model.sidecar().config().withReadTopK(config.readTopK()));
        if (!differences.isEmpty()) {
            throw new NotEvaluatedException("the runtime " + name + " takes all settings but read_top_k from the"
                    + " sidecar, and the fixture asks for others (fixture, sidecar): " + differences);
        }
        requirePlaces();
        NativeMemory memory = new NativeMemory(library, openSidecar(model), model, place);
        Optional<String> obstacle = memory.obstacle();
        if (obstacle.isPresent()) {
            memory.close();
            throw new NotEvaluatedException("the runtime " + name + " cannot compute there: " + obstacle.get());
        }
        return memory;
    }

    private void requirePlaces() throws NotEvaluatedException {
        if (place.isPresent() && !(library.offers(Place.CREATE) && library.offers(Place.PLACES))) {
            throw new NotEvaluatedException("the runtime " + name + " computes on no device that is named to it: its"
                    + " library has no " + Place.CREATE + " and " + Place.PLACES);
        }
    }

    private MemorySegment openSidecar(MemoryModel model) throws NotEvaluatedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            require("rwkv_ms_sidecar_open", open(arena, model.sidecar().path(), model.base(), out), "sidecar");
            return out.get(ADDRESS, 0);
        }
    }

    private int open(Arena arena, Path sidecar, Optional<Path> base, MemorySegment out) {
        return library.status("rwkv_ms_sidecar_open", handle, arena.allocateFrom(sidecar.toString()),
                base.map(path -> arena.allocateFrom(path.toString())).orElse(MemorySegment.NULL), 0, out);
    }

    private void require(String function, int status, String what) throws NotEvaluatedException {
        if (Status.isUnsupported(library, status)) {
            throw new NotEvaluatedException("the runtime " + name + " does not support this " + what + ": "
                    + library.text(ERROR, handle));
        }
        library.check(function, status, ERROR, handle);
    }

    /** The result of opening a sidecar: the name of the status code, and the error text, which may be empty. */
    public record Opening(String status, String text) {
    }

    /** Lets the library open a sidecar and close it again, whatever this suite's validator says. */
    public Opening tryOpen(Path sidecar, Optional<Path> base) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status = open(arena, sidecar, base, out);
            if (status != Status.OK) {
                return new Opening(library.statusName(status), library.text(ERROR, handle));
            }
            library.destroy("rwkv_ms_sidecar_close", out.get(ADDRESS, 0));
            return new Opening(library.statusName(status), "");
        }
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput input) throws NotEvaluatedException {
        try (Arena arena = Arena.ofConfined()) {
            ScanCall call = new ScanCall(arena, config, input);
            require("rwkv_ms_scan",
                    library.status("rwkv_ms_scan", handle, struct(arena, config), call.input(), call.output()), "scan");
            return call.results();
        }
    }

    private static MemorySegment struct(Arena arena, MemoryConfig config) {
        MemorySegment struct = arena.allocate(Layouts.CONFIG);
        setInt(struct, "hidden_size", config.hiddenSize());
        setInt(struct, "rank", config.rank());
        setInt(struct, "num_state_heads", config.numStateHeads());
        setInt(struct, "num_states", config.numStates());
        Layouts.setLong(struct, Layouts.CONFIG, "chunk_size", config.chunkSize());
        Layouts.setDouble(struct, Layouts.CONFIG, "alpha", config.alpha());
        Layouts.setDouble(struct, Layouts.CONFIG, "erase_gate", config.eraseGate());
        setInt(struct, "read_top_k", config.readTopK());
        setInt(struct, "semantics_version", config.semanticsVersion());
        setInt(struct, "update_mode", switch (config.updateMode()) {
            case STANDARD -> 0;
            case LAMBDA_OUTSIDE -> 1;
            case NO_LAMBDA -> 2;
        });
        setInt(struct, "delta_heads", config.deltaHeads().stream().mapToInt(NativeRuntime::bit).sum());
        setInt(struct, "normalize_qk", config.normalizeQk() ? 1 : 0);
        setInt(struct, "couple_lambda", config.coupleLambda() ? 1 : 0);
        setInt(struct, "rankwise_gates", config.rankwiseGates() ? 1 : 0);
        return struct;
    }

    private static void setInt(MemorySegment struct, String field, int value) {
        Layouts.setInt(struct, Layouts.CONFIG, field, value);
    }

    /** {@code RWKV_MS_HEAD_*}. */
    static int bit(DeltaHead head) {
        return switch (head) {
            case Q -> 1;
            case K -> 2;
            case V -> 4;
            case O -> 8;
        };
    }

    @Override
    public void close() {
        library.destroy("rwkv_ms_runtime_destroy", handle);
    }
}
