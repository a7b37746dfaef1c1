package rwkvms.live.probe;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A call of a function of {@code rwkv_ms.h} that returns a status. */
record Call(HeaderCalls library, String function, List<Object> arguments) {
    Call {
        arguments = List.copyOf(arguments);
    }

    static Call of(HeaderCalls library, String function, Object... arguments) {
        return new Call(library, function, List.of(arguments));
    }

    /** The same call with another argument at that index. */
    Call with(int index, Object value) {
        List<Object> changed = new ArrayList<>(arguments);
        changed.set(index, value);
        return new Call(library, function, changed);
    }

    Call withNull(int index) {
        return with(index, MemorySegment.NULL);
    }

    int run() {
        return library.status(function, arguments.toArray());
    }
}
