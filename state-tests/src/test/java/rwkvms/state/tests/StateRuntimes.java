package rwkvms.state.tests;

import java.util.List;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;

/** The runtimes that every state test runs on, opened once, because ggml takes one CPU backend per process. */
final class StateRuntimes {
    private static final List<MemoryRuntime> ALL = List.of(new ReferenceRuntime(), NativeRuntime.open());

    private StateRuntimes() {
    }

    static List<MemoryRuntime> all() {
        return ALL;
    }

    static MemoryRuntime reference() {
        return ALL.getFirst();
    }

    static NativeRuntime cpp() {
        return (NativeRuntime) ALL.getLast();
    }
}
