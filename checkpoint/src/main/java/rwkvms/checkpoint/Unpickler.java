package rwkvms.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rwkvms.gguf.Quote;
import rwkvms.tensor.Tensor;

/**
 * Reads a pickle that is a dict of plain tensors, as {@code torch.save} writes one, and refuses everything else: any opcode
 * that this does not need, any name but those of {@link PickleGlobal}, any value that is no tensor.
 *
 * <p>The form of a state dict's attribute {@code _metadata} is checked, and nothing of it is kept.
 *
 * <p>Nothing is executed: the three calls that tensors are made of are recognised and answered here. Every opcode makes at
 * most one value, so that the pickle's length, which {@link TorchFile} bounds, bounds the memory.
 */
final class Unpickler {
    private static final int PROTOCOL = 2;
    private static final String MEMBERS = "names and tensors";
    private static final String METADATA = "_metadata";

    /** A dict under construction. A value that is not a tensor may belong to {@code _metadata}, which is not kept. */
    private static final class Dict {
        private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        private final SequencedMap<String, Note> notes = new LinkedHashMap<>();
    }

    /** A value that is not a tensor, and the offset of the opcode that put it there. */
    private record Note(Object value, int at) {
        String words() {
            return switch (value) {
                case Dict dict -> "a dict";
                case String text -> "a text";
                case Number number -> "a number";
                case Boolean truth -> "a boolean";
                default -> "something else";
            };
        }
    }

    private final ByteBuffer code;
    private final Storage.Source storages;
    private final PickleStack stack = new PickleStack();
    /** Offset of the current opcode. */
    private int at;

    private Unpickler(byte[] code, Storage.Source storages) {
        this.code = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
        this.storages = storages;
    }

    static SequencedMap<String, Tensor> read(byte[] code, Storage.Source storages) throws PickleException {
        return new Unpickler(code, storages).run();
    }

    private SequencedMap<String, Tensor> run() throws PickleException {
        protocol();
        while (true) {
            at = code.position();
            int value = u8();
            Opcode opcode = Opcode.of(value).orElseThrow(
                    () -> new PickleException(at, "an opcode of pickle", String.format(Locale.ROOT, "0x%02x", value)));
            if (opcode == Opcode.STOP) {
                return finish();
            }
            step(opcode);
        }
    }

    private void protocol() throws PickleException {
        boolean proto = u8() == 0x80;
        int version = u8();
        if (!proto || version != PROTOCOL) {
            throw new PickleException(0, "opcode PROTO and protocol " + PROTOCOL,
                    proto ? "protocol " + version + ": torch.save without pickle_protocol" : "others");
        }
    }

    private SequencedMap<String, Tensor> finish() throws PickleException {
        if (!(stack.pop(at) instanceof Dict dict)) {
            throw new PickleException(at, "a dict of tensors", "something else");
        }
        if (!dict.notes.isEmpty()) {
            Map.Entry<String, Note> note = dict.notes.firstEntry();
            throw new PickleException(note.getValue().at(), MEMBERS + " in turn", note.getValue().words() + " as "
                    + Quote.of(note.getKey()) + ": save the dict of the tensors alone, model.state_dict()");
        }
        if (!stack.isEmpty()) {
            throw new PickleException(at, "one value on the stack", "more");
        }
        if (code.hasRemaining()) {
            throw new PickleException(code.position(), "the end behind STOP", code.remaining() + " bytes");
        }
        return dict.tensors;
    }

    private void step(Opcode opcode) throws PickleException {
        switch (opcode) {
            case EMPTY_DICT -> stack.push(new Dict());
            case EMPTY_TUPLE -> stack.push(List.of());
            case MARK -> stack.mark();
            case TUPLE -> stack.push(stack.popToMark(at));
            case TUPLE1 -> tuple(1);
            case TUPLE2 -> tuple(2);
            case TUPLE3 -> tuple(3);
            case BINUNICODE -> stack.push(text(u32()));
            case BININT -> stack.push((long) need(Integer.BYTES).getInt());
            case BININT1 -> stack.push((long) u8());
            case BININT2 -> stack.push((long) Short.toUnsignedInt(need(Short.BYTES).getShort()));
            case LONG1 -> stack.push(longOf(u8()));
            case NEWTRUE -> stack.push(true);
            case NEWFALSE -> stack.push(false);
            case BINPUT -> stack.remember(u8(), at);
            case LONG_BINPUT -> stack.remember(u32(), at);
            case BINGET -> stack.recall(u8(), at);
            case LONG_BINGET -> stack.recall(u32(), at);
            case GLOBAL -> global();
            case BINPERSID -> stack.push(storage(stack.pop(at)));
            case REDUCE -> reduce();
            case SETITEM -> {
                Object value = stack.pop(at);
                Object key = stack.pop(at);
                put(List.of(key, value));
            }
            case SETITEMS -> put(stack.popToMark(at));
            case BUILD -> build();
            default -> throw new PickleException(at, "an opcode of plain tensors", "opcode " + opcode);
        }
    }

    private void tuple(int size) throws PickleException {
        Object[] values = new Object[size];
        for (int i = size - 1; i >= 0; i--) {
            values[i] = stack.pop(at);
        }
        stack.push(List.of(values));
    }

    private void global() throws PickleException {
        String module = line();
        String name = line();
        stack.push(PickleGlobal.of(module, name).orElseThrow(() -> new PickleException(at,
                "a class or function of plain tensors", "opcode GLOBAL " + Quote.of(module + " " + name)
                        + PickleGlobal.advice(module, name))));
    }

    /** {@code ("storage", type, key, device, count)}. */
    private Storage storage(Object id) throws PickleException {
        if (id instanceof List<?> parts && parts.size() == 5 && parts.get(0).equals("storage")
                && parts.get(1) instanceof PickleGlobal type && type.dtype().isPresent()
                && parts.get(2) instanceof String key && parts.get(3) instanceof String
                && parts.get(4) instanceof Long count && count >= 0) {
            return storages.find(key, type.dtype().get(), count, at);
        }
        throw new PickleException(at, "a persistent id (\"storage\", storage type, key, device, count)", "another");
    }

    private void reduce() throws PickleException {
        Object arguments = stack.pop(at);
        Object callable = stack.pop(at);
        if (callable == PickleGlobal.ORDERED_DICT && arguments.equals(List.of())) {
            stack.push(new Dict());
        } else if (callable == PickleGlobal.REBUILD_TENSOR && arguments instanceof List<?> list) {
            stack.push(tensor(list));
        } else if (callable == PickleGlobal.REBUILD_PARAMETER && arguments instanceof List<?> list) {
            stack.push(parameter(list));
        } else {
            throw new PickleException(at, "a call of OrderedDict(), _rebuild_tensor_v2(…) or _rebuild_parameter(…)",
                    callable instanceof PickleGlobal ? "one of " + callable : "another");
        }
    }

    /** {@code (tensor, requires_grad, no hooks)}: a parameter is its tensor. */
    private Tensor parameter(List<?> arguments) throws PickleException {
        if (arguments.size() == 3 && arguments.get(0) instanceof Tensor tensor && arguments.get(1) instanceof Boolean
                && isEmpty(arguments.get(2))) {
            return tensor;
        }
        throw new PickleException(at, "_rebuild_parameter(tensor, requires_grad, no hooks)", "other arguments");
    }

    private static boolean isEmpty(Object value) {
        return value instanceof Dict dict && dict.tensors.isEmpty() && dict.notes.isEmpty();
    }

    /** The attribute that {@code state_dict()} gives its dict: versions of modules by their names. */
    private void build() throws PickleException {
        Object state = stack.pop(at);
        boolean known = stack.top(at) instanceof Dict && state instanceof Dict attributes
                && attributes.tensors.isEmpty() && attributes.notes.keySet().equals(Set.of(METADATA))
                && isMetadata(attributes.notes.get(METADATA));
        if (!known) {
            throw new PickleException(at, "no attributes but the " + METADATA + " of a state dict", "others");
        }
    }

    private static boolean isMetadata(@Nullable Note note) {
        return note != null && note.value() instanceof Dict modules && modules.tensors.isEmpty()
                && modules.notes.values().stream().allMatch(module -> module.value() instanceof Dict facts
                        && facts.tensors.isEmpty()
                        && facts.notes.values().stream().noneMatch(fact -> fact.value() instanceof Dict));
    }

    /** {@code (storage, offset, size, stride, requires_grad, no hooks)}. */
    private Tensor tensor(List<?> arguments) throws PickleException {
        if (arguments.size() == 6 && arguments.get(0) instanceof Storage storage
                && arguments.get(1) instanceof Long offset && arguments.get(2) instanceof List<?> size
                && arguments.get(3) instanceof List<?> stride && arguments.get(4) instanceof Boolean
                && isEmpty(arguments.get(5))) {
            return TensorView.of(storage, offset, size, stride, at);
        }
        throw new PickleException(at, "_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, no hooks)",
                "other arguments");
    }

    /** Puts names and tensors in turn into the dict below them. */
    private void put(List<?> members) throws PickleException {
        if (!(stack.top(at) instanceof Dict dict)) {
            throw new PickleException(at, "a dict to put " + MEMBERS + " into", "something else");
        }
        for (int i = 0; i < members.size(); i += 2) {
            if (!(members.get(i) instanceof String name) || i + 1 == members.size()) {
                throw new PickleException(at, MEMBERS + " in turn", "something else");
            }
            Object value = members.get(i + 1);
            Object before = value instanceof Tensor tensor
                    ? dict.tensors.putIfAbsent(name, tensor)
                    : dict.notes.putIfAbsent(name, new Note(value, at));
            if (before != null) {
                throw new PickleException(at, "each name once", Quote.of(name) + " again");
            }
        }
    }

    private int u8() throws PickleException {
        return Byte.toUnsignedInt(need(1).get());
    }

    private long u32() throws PickleException {
        return Integer.toUnsignedLong(need(Integer.BYTES).getInt());
    }

    /** An integer of so many little-endian bytes in two's complement. */
    private long longOf(int size) throws PickleException {
        if (size > Long.BYTES) {
            throw new PickleException(at, "an integer of at most " + Long.BYTES + " bytes", "one of " + size);
        }
        need(size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (i == size - 1 ? (long) code.get() : Byte.toUnsignedLong(code.get())) << (8 * i);
        }
        return value;
    }

    private String text(long size) throws PickleException {
        ByteBuffer bytes = need(size).slice().limit((int) size);
        code.position(code.position() + (int) size);
        return utf8(bytes);
    }

    private String line() throws PickleException {
        int start = code.position();
        int last;
        do {
            last = u8();
        } while (last != '\n');
        return utf8(code.duplicate().position(start).limit(code.position() - 1));
    }

    private String utf8(ByteBuffer bytes) throws PickleException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException malformed) {
            throw (PickleException) new PickleException(at, "UTF-8", "other bytes").initCause(malformed);
        }
    }

    private ByteBuffer need(long size) throws PickleException {
        if (size > code.remaining()) {
            throw new PickleException(at, size + " more bytes", code.remaining() + " before the end");
        }
        return code;
    }
}
