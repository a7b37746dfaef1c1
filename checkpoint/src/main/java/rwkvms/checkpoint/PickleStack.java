package rwkvms.checkpoint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stack, marks and memo of an unpickler; nothing is taken from below a mark. */
final class PickleStack {
    private final List<Object> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();

    void push(Object value) {
        values.add(value);
    }

    void mark() {
        marks.add(values.size());
    }

    Object pop(int offset) throws PickleException {
        if (values.size() <= floor()) {
            throw new PickleException(offset, "a value on the stack", "none");
        }
        return values.removeLast();
    }

    Object top(int offset) throws PickleException {
        Object top = pop(offset);
        values.add(top);
        return top;
    }

    /** Takes everything above the last mark, and the mark. */
    List<Object> popToMark(int offset) throws PickleException {
        if (marks.isEmpty()) {
            throw new PickleException(offset, "a mark on the stack", "none");
        }
        List<Object> above = values.subList(marks.removeLast(), values.size());
        List<Object> taken = List.copyOf(above);
        above.clear();
        return taken;
    }

    void remember(long index, int offset) throws PickleException {
        memo.put(index, top(offset));
    }

    void recall(long index, int offset) throws PickleException {
        Object value = memo.get(index);
        if (value == null) {
            throw new PickleException(offset, "a value under " + index + " in the memo", "none");
        }
        push(value);
    }

    boolean isEmpty() {
        return values.isEmpty() && marks.isEmpty();
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }
}
