package rwkvms.state.live;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;

/** The named nodes of a model's graph, as {@code NAME OP}; of a layer's number and of a counter only {@code L} and {@code N} are kept. */
final class GraphNodes {
    private static final FunctionDescriptor CALLBACK = FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_BOOLEAN,
            ADDRESS);
    /** Products that the hook corrects (llama-cpp.md, "Hooking into an unmodified build"). */
    private static final List<String> PRODUCTS = List.of("Qcur-L MUL_MAT", "Kcur-L MUL_MAT", "Vcur-L MUL_MAT",
            "MUL_MAT of blk.L.attn_output.weight");
    /** Nodes that tell the hook where it is, of any operation but a product. */
    private static final List<String> PLACES = List.of("attn_norm-L", "result_norm");

    private final Struct tensor;
    private final Libraries libraries;
    private final SortedSet<String> names = new TreeSet<>();
    private @Nullable Throwable failure;

    private GraphNodes(Ggml ggml) {
        this.tensor = ggml.tensor();
        this.libraries = ggml.libraries();
    }

    /** Those of one token of a model. */
    static SortedSet<String> of(LiveModel model) throws ReflectiveOperationException {
        GraphNodes nodes = new GraphNodes(Ggml.open());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callback = Linker.nativeLinker().upcallStub(MethodHandles.lookup()
                    .findVirtual(GraphNodes.class, "eval", MethodType.methodType(boolean.class, MemorySegment.class,
                            boolean.class, MemorySegment.class))
                    .bindTo(nodes), CALLBACK, arena);
            try (LlamaContext context = model.bare(ContextSettings.of(256)
                    .withHook(new ContextSettings.Hook(callback, MemorySegment.NULL)))) {
                context.decode(0, LiveModel.token(0));
            }
        }
        if (nodes.failure != null) {
            throw new AssertionError("in the callback", nodes.failure);
        }
        return nodes.names;
    }

    /** What the hook needs and a graph lacks. */
    static List<String> missing(SortedSet<String> nodes) {
        return Stream.concat(PRODUCTS.stream().filter(name -> !nodes.contains(name)),
                PLACES.stream().filter(name -> nodes.stream().noneMatch(
                        node -> node.matches(name + " \\w+") && !node.endsWith(" MUL_MAT"))))
                .toList();
    }

    /** Called by ggml: it needs no node's values. */
    boolean eval(MemorySegment node, boolean ask, MemorySegment unused) {
        try {
            if (ask) {
                add(node.reinterpret(tensor.size()));
            }
        } catch (Throwable e) {
            failure = e;
        }
        return !ask;
    }

    private void add(MemorySegment node) {
        MemorySegment text = Libraries.callPointer(libraries.pointer("ggml_op_name", JAVA_INT),
                node.get(JAVA_INT, tensor.offset("op")));
        String op = text.reinterpret(Long.MAX_VALUE).getString(0);
        String name = general(node.getString(tensor.offset("name")));
        names.add(name + " " + op);
        MemorySegment weight = node.get(ADDRESS, tensor.offset("src"));
        if (op.equals("MUL_MAT") && !weight.equals(MemorySegment.NULL)) {
            names.add("MUL_MAT of " + general(weight.reinterpret(tensor.size()).getString(tensor.offset("name"))));
        }
    }

    /** A name that is the same for every layer. */
    static String general(String name) {
        return name.replaceAll("-\\d+", "-L").replaceAll("blk\\.\\d+\\.", "blk.L.").replaceAll("_l\\d+\\b", "_lL")
                .replaceAll("\\b(node|leaf)_\\d+", "$1_N");
    }

    /** How a graph differs from another: {@code +} has, {@code -} lacks. */
    static String difference(SortedSet<String> nodes, SortedSet<String> from) {
        SortedSet<String> all = new TreeSet<>(nodes);
        all.addAll(from);
        String text = all.stream().filter(name -> nodes.contains(name) != from.contains(name))
                .map(name -> (nodes.contains(name) ? "+" : "-") + name).collect(Collectors.joining(", "));
        return text.isEmpty() ? "none" : text;
    }
}
