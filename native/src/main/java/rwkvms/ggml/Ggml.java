package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import rwkvms.nativeruntime.DynamicLinker;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList.Role;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeFunction;

/**
 * ggml, loaded for the rest of the process. Its struct layouts are those of the {@link StructList}. They are checked at load: the
 * size of a tensor by what the library says, the parameters of {@code ggml_init} by reading back what arrived.
 *
 * <p>ggml aborts the process on bad arguments instead of refusing them.
 */
public final class Ggml {
    /** The private {@code ggml_object}, which ggml counts with a tensor. */
    private static final long OBJECT_SIZE = 32;

    /** ggml registers a library again each time that it is loaded. */
    private static final Map<Path, MemorySegment> LOADED = new HashMap<>();

    /** {@code GGML_BACKEND_DEVICE_TYPE_CPU}. */
    private static final int CPU = 0;
    /** A multiple of ggml's alignment, so that ggml returns it unchanged. */
    private static final long PROBE_SIZE = 4096;

    private final Libraries libraries;
    private final GgmlLog log;
    private final long tensorOverhead;
    private final Struct tensor;
    private final Struct initParams;
    private final NativeFunction init;
    private final NativeFunction free;

    private Ggml(Libraries libraries) {
        this.libraries = libraries;
        this.log = GgmlLog.install(libraries);
        this.tensorOverhead = (long) Libraries
                .call(libraries.of("ggml_tensor_overhead", FunctionDescriptor.of(JAVA_LONG)));
        StructList structs = structs(libraries.folder());
        this.tensor = structs.struct("ggml_tensor");
        this.initParams = structs.struct("ggml_init_params");
        this.init = libraries.of("ggml_init", FunctionDescriptor.of(ADDRESS, initParams.passed()));
        this.free = libraries.action("ggml_free", ADDRESS);
        checkSize("sizeof(ggml_tensor)", tensor.size(), tensorOverhead - OBJECT_SIZE);
        checkInitParams();
    }

    /** Opens the ggml that the build put beside the C++ runtime. */
    public static Ggml open() {
        return open(NativeFiles.folder());
    }

    /**
     * Opens the ggml of a folder. Open it once: it stays loaded, and its log goes to the object that was opened last.
     *
     * @throws IncompatibleLibraryException if it is absent, lacks a function or has other structs
     */
    public static Ggml open(Path folder) {
        return new Ggml(Libraries.in(folder));
    }

    /** The newest of the folder with tensors of this size, or else the newest. */
    private StructList structs(Path folder) {
        List<StructList> all = StructList.of(folder).lists();
        return all.reversed().stream()
                .filter(each -> each.struct("ggml_tensor").size() == tensorOverhead - OBJECT_SIZE).findFirst()
                .orElse(all.getLast());
    }

    private void checkInitParams() {
        MemorySegment context = newContext(PROBE_SIZE);
        try {
            checkSize("ggml_init_params.mem_size", PROBE_SIZE, (long) Libraries
                    .call(libraries.of("ggml_get_mem_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS)), context));
            boolean noAlloc = (boolean) Libraries
                    .call(libraries.of("ggml_get_no_alloc", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS)), context);
            checkSize("ggml_init_params.no_alloc", 1, noAlloc ? 1 : 0);
        } finally {
            freeContext(context);
        }
    }

    private void checkSize(String what, long expected, long found) {
        if (expected != found) {
            throw new IncompatibleLibraryException(libraries.folder() + ": ggml's " + what + ": expected " + expected
                    + " as in " + StructList.of(libraries.folder()).file().getFileName() + ", found " + found);
        }
    }

    public String version() {
        return text("ggml_version");
    }

    /** The commit that ggml was built from. */
    public String commit() {
        return text("ggml_commit");
    }

    private String text(String function, MemorySegment of) {
        return string(Libraries.callPointer(libraries.pointer(function, ADDRESS), of));
    }

    private String text(String function) {
        return string(Libraries.callPointer(libraries.pointer(function)));
    }

    /** A text of ggml, which ends with NUL. */
    static String string(MemorySegment pointer) {
        return pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }

    public Path folder() {
        return libraries.folder();
    }

    /** The libraries, for bindings that build on ggml. */
    public Libraries libraries() {
        return libraries;
    }

    /**
     * Loads the best CPU variant of the folder unless the process already has one; ggml takes one per process. Nothing
     * else is loaded, whatever lies in the folder.
     */
    public void loadBestCpu() {
        if (cpuDevice().equals(MemorySegment.NULL)) {
            LibraryList list = LibraryList.of(folder());
            Path best = list.all(Role.CPU).stream().filter(variant -> Libraries.score(variant) > 0)
                    .max(Comparator.comparingInt(Libraries::score)).orElseThrow(() -> new IncompatibleLibraryException(
                            folder() + ": expected a CPU variant of ggml that runs on this processor, found none of "
                                    + list.all(Role.CPU).size()));
            load(best);
        }
    }

    /**
     * The devices of a library of the folder, which is loaded for the rest of the process. A device that the machine
     * lacks may end the process, so call it in a child.
     *
     * @throws IncompatibleLibraryException if it cannot be loaded, with ggml's reason
     */
    public List<Device> load(Path library) {
        synchronized (LOADED) {
            MemorySegment registry = LOADED.get(library);
            if (registry == null) {
                registry = register(library);
                LOADED.put(library, registry);
            }
            return devices(registry, String.valueOf(library.getFileName()));
        }
    }

    private MemorySegment register(Path library) {
        // ggml's message leaves the reason out.
        DynamicLinker.refusal(library).ifPresent(reason -> {
            throw new IncompatibleLibraryException(library + ": cannot be loaded: " + reason);
        });
        try (Arena arena = Arena.ofConfined()) {
            log.take();
            MemorySegment registry = Libraries.callPointer(libraries.pointer("ggml_backend_load", ADDRESS),
                    arena.allocateFrom(library.toString()));
            if (registry.equals(MemorySegment.NULL)) {
                throw new IncompatibleLibraryException(
                        library + ": cannot be loaded as code of ggml; ggml says: " + log.take());
            }
            return registry;
        }
    }

    private List<Device> devices(MemorySegment registry, String library) {
        long count = (long) Libraries.call(
                libraries.of("ggml_backend_reg_dev_count", FunctionDescriptor.of(JAVA_LONG, ADDRESS)), registry);
        List<Device> devices = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            devices.add(device(Libraries.callPointer(
                    libraries.pointer("ggml_backend_reg_dev_get", ADDRESS, JAVA_LONG), registry, i), library));
        }
        return devices;
    }

    private Device device(MemorySegment handle, String library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            Libraries.call(libraries.action("ggml_backend_dev_memory", ADDRESS, ADDRESS, ADDRESS), handle, free,
                    total);
            MemorySegment buffers = Libraries.callPointer(libraries.pointer("ggml_backend_dev_buffer_type", ADDRESS),
                    handle);
            int type = (int) Libraries.call(libraries.integer("ggml_backend_dev_type", ADDRESS), handle);
            return new Device(text("ggml_backend_dev_name", handle), text("ggml_backend_dev_description", handle),
                    Device.kind(type), free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0), library,
                    text("ggml_backend_buft_name", buffers));
        }
    }

    /** The processor, and the devices of every library that this process has loaded or that ggml has built in. */
    public List<Device> devices() {
        loadBestCpu();
        long count = (long) Libraries.call(
                libraries.of("ggml_backend_reg_count", FunctionDescriptor.of(JAVA_LONG)));
        List<Device> devices = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            MemorySegment registry = Libraries.callPointer(libraries.pointer("ggml_backend_reg_get", JAVA_LONG), i);
            devices.addAll(devices(registry, library(registry)));
        }
        return devices;
    }

    /** The {@code ggml_backend_dev_t} of a device whose library is loaded. */
    public MemorySegment handle(Device device) {
        try (Arena arena = Arena.ofConfined()) {
            return Libraries.callPointer(libraries.pointer("ggml_backend_dev_by_name", ADDRESS),
                    arena.allocateFrom(device.name()));
        }
    }

    private String library(MemorySegment registry) {
        synchronized (LOADED) {
            return LOADED.entrySet().stream().filter(entry -> entry.getValue().equals(registry))
                    .map(entry -> String.valueOf(entry.getKey().getFileName())).findFirst().orElse("");
        }
    }

    /** The device of the CPU variant that the process runs on, or NULL. */
    MemorySegment cpuDevice() {
        return Libraries.callPointer(libraries.pointer("ggml_backend_dev_by_type", JAVA_INT), CPU);
    }

    public GgmlLog log() {
        return log;
    }

    /** The struct {@code ggml_tensor}. */
    public Struct tensor() {
        return tensor;
    }

    /** How many bytes of a context a tensor takes. */
    long tensorOverhead() {
        return tensorOverhead;
    }

    /** A context for tensors without data. */
    MemorySegment newContext(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(initParams.passed());
            params.set(JAVA_LONG, initParams.offset("mem_size"), bytes);
            params.set(JAVA_BOOLEAN, initParams.offset("no_alloc"), true);
            MemorySegment context = Libraries.callPointer(init, params);
            if (context.equals(MemorySegment.NULL)) {
                throw new GgmlException("ggml_init: no memory for a context of " + bytes + " bytes; ggml says: "
                        + log.take());
            }
            return context;
        }
    }

    void freeContext(MemorySegment context) {
        Libraries.call(free, context);
    }
}
