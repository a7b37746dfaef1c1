package rwkvms.state.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.llama.ContextSettings;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeFunction;

/**
 * A {@code cb_eval} in Java around the C++ one: it sees the nodes that the C++ hook asks for, and others by their names, and
 * their data before and after its call, and trusts none of the hook's own records. It is for tests only, because it costs one
 * upcall per node.
 *
 * <p>An exception in an upcall would end the JVM: it is kept, and {@link #rethrow} throws it.
 */
final class Watcher {
    private static final Struct TENSOR = Ggml.open().tensor();
    private static final long NE = TENSOR.offset("ne");
    private static final long DIMENSIONS = 4;
    private static final long SRC_0 = TENSOR.offset("src");
    private static final long SRC_1 = SRC_0 + ADDRESS.byteSize();
    private static final long NAME = TENSOR.offset("name");
    private static final long SIZE = TENSOR.size();
    private static final FunctionDescriptor CALLBACK = FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_BOOLEAN,
            ADDRESS);

    /** Reads values wherever they are: on a device, the pointer is none of this process. */
    private static final NativeFunction GET = Ggml.open().libraries().action("ggml_backend_tensor_get", ADDRESS,
            ADDRESS,
            JAVA_LONG, JAVA_LONG);

    /** The rows of one node before and after the hook's call; an o projection has the name of its weight. */
    record Seen(String name, int width, float[] before, float[] after) {
    }

    private final MethodHandle inner;
    private final MemorySegment innerData;
    private final MemorySegment callback;
    private final Predicate<String> others;
    private final Set<Long> asked = new HashSet<>();
    private final Set<Long> watched = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final List<Seen> seen = new ArrayList<>();
    private boolean asksForInputs;
    private @Nullable Throwable failure;

    Watcher(NativeHook hook) {
        this(hook, name -> false);
    }

    /** @param others names of nodes whose data are wanted too */
    Watcher(NativeHook hook, Predicate<String> others) {
        this.others = others;
        Linker linker = Linker.nativeLinker();
        this.inner = linker.downcallHandle(hook.callback(), CALLBACK);
        this.innerData = hook.handle();
        try {
            MethodHandle eval = MethodHandles.lookup()
                    .findVirtual(Watcher.class, "eval",
                            MethodType.methodType(boolean.class, MemorySegment.class, boolean.class,
                                    MemorySegment.class))
                    .bindTo(this);
            this.callback = linker.upcallStub(eval, CALLBACK, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the method eval is in this class", e);
        }
    }

    ContextSettings.Hook hook() {
        return new ContextSettings.Hook(callback, MemorySegment.NULL);
    }

    /** Called by ggml. */
    boolean eval(MemorySegment tensor, boolean ask, MemorySegment unused) {
        try {
            if (ask) {
                String name = tensor.reinterpret(SIZE).getString(NAME);
                names.add(name);
                if (others.test(name)) {
                    watched.add(tensor.address());
                }
                if ((boolean) inner.invokeExact(tensor, true, innerData)) {
                    asked.add(tensor.address());
                    asksForInputs |= name(tensor).startsWith("attn_norm");
                }
                return watched.contains(tensor.address()) || asked.contains(tensor.address());
            }
            boolean ofTheHook = asked.remove(tensor.address());
            if (!watched.remove(tensor.address()) && !ofTheHook) {
                return true;
            }
            MemorySegment fields = tensor.reinterpret(SIZE);
            // On a device the hook reads the hidden states when their product is there.
            boolean withInput = ofTheHook && !asksForInputs && name(tensor).startsWith("Qcur");
            MemorySegment input = withInput ? fields.get(ADDRESS, SRC_1) : tensor;
            float[] inputBefore = values(input);
            float[] before = values(tensor);
            boolean goOn = !ofTheHook || (boolean) inner.invokeExact(tensor, false, innerData);
            if (withInput) {
                see(name(input), input, inputBefore);
            }
            see(label(fields), tensor, before);
            return goOn;
        } catch (Throwable e) {
            failure = e;
            return true;
        }
    }

    private void see(String label, MemorySegment tensor, float[] before) {
        seen.add(new Seen(label, (int) tensor.reinterpret(SIZE).get(JAVA_LONG, NE), before, values(tensor)));
    }

    private static String name(MemorySegment tensor) {
        return tensor.reinterpret(SIZE).getString(NAME);
    }

    private static float[] values(MemorySegment tensor) {
        MemorySegment fields = tensor.reinterpret(SIZE);
        long count = 1;
        for (long dimension = 0; dimension < DIMENSIONS; dimension++) {
            count *= fields.get(JAVA_LONG, NE + dimension * Long.BYTES);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(JAVA_FLOAT, count);
            Libraries.call(GET, tensor, values, 0L, values.byteSize());
            return values.toArray(JAVA_FLOAT);
        }
    }

    /** The o projection has no stable name: its weight's stands for it. */
    private String label(MemorySegment fields) {
        String name = fields.getString(NAME);
        return others.test(name) || name.matches("(attn_norm|[QKV]cur)-\\d+")
                ? name
                : fields.get(ADDRESS, SRC_0).reinterpret(SIZE).getString(NAME);
    }

    /** The names of all nodes of the graphs. */
    Set<String> names() {
        return names;
    }

    /** Rows seen of each node, in their order, one after the other: values before and after the hook's call. */
    Map<String, Seen> byName() {
        Map<String, List<Seen>> nodes = new TreeMap<>();
        seen.forEach(each -> nodes.computeIfAbsent(each.name, first -> new ArrayList<>()).add(each));
        Map<String, Seen> joined = new TreeMap<>();
        nodes.forEach((name, parts) -> joined.put(name, new Seen(name, parts.getFirst().width,
                concatenated(parts.stream().map(Seen::before).toList()),
                concatenated(parts.stream().map(Seen::after).toList()))));
        return joined;
    }

    private static float[] concatenated(List<float[]> parts) {
        float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    void rethrow() {
        if (failure != null) {
            throw new AssertionError("in the callback", failure);
        }
    }
}
