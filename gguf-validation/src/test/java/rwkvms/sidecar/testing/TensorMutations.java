package rwkvms.sidecar.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.OptionalLong;
import java.util.Random;
import rwkvms.gguf.GgmlType;

/** Changes of tensor infos and of tensor data. */
final class TensorMutations {
    private TensorMutations() {
    }

    static void remove(GgufParts parts, Random random) {
        parts.tensors.remove(random.nextInt(parts.tensors.size()));
    }

    static void duplicate(GgufParts parts, Random random) {
        parts.tensors.add(random.nextInt(parts.tensors.size() + 1), Draw.of(parts.tensors, random).copy());
    }

    static void swap(GgufParts parts, Random random) {
        Collections.swap(parts.tensors, random.nextInt(parts.tensors.size()), random.nextInt(parts.tensors.size()));
    }

    static void swapNames(GgufParts parts, Random random) {
        TensorPart one = Draw.of(parts.tensors, random);
        TensorPart other = Draw.of(parts.tensors, random);
        byte[] name = one.name;
        one.name = other.name;
        other.name = name;
    }

    static void swapData(GgufParts parts, Random random) {
        TensorPart one = Draw.of(parts.tensors, random);
        TensorPart other = Draw.of(parts.tensors, random);
        byte[] data = one.data;
        one.data = other.data;
        other.data = data;
    }

    static void rename(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        tensor.name = switch (random.nextInt(5)) {
            case 0 -> new byte[0];
            case 1 -> Arrays.copyOf(tensor.name, random.nextInt(tensor.name.length));
            case 2 -> Arrays.copyOf(tensor.name, tensor.name.length + random.nextInt(1, 70));
            case 3 -> Draw.of(parts.tensors, random).name;
            default -> Draw.changed(tensor.name, random);
        };
    }

    static void dimension(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        int axis = random.nextInt(tensor.ne.size());
        tensor.ne.set(axis, random.nextBoolean() ? tensor.ne.get(axis) + random.nextLong(-2, 3) : Draw.number(random));
    }

    static void transpose(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors.stream().filter(part -> part.ne.size() == 2).toList(), random);
        tensor.ne = new ArrayList<>(tensor.ne.reversed());
    }

    static void addDimension(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        tensor.ne.add(random.nextInt(tensor.ne.size() + 1), random.nextBoolean() ? 1 : Draw.number(random));
    }

    static void removeDimension(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        tensor.ne.remove(random.nextInt(tensor.ne.size()));
    }

    static void dimensionCount(GgufParts parts, Random random) {
        Draw.of(parts.tensors, random).dimensions = OptionalLong
                .of(random.nextBoolean() ? random.nextInt(6) : Draw.number(random));
    }

    static void type(GgufParts parts, Random random) {
        Draw.of(parts.tensors, random).type = random.nextInt(4) == 0 ? Draw.number(random) : random.nextInt(44);
    }

    static void offset(GgufParts parts, Random random) {
        Draw.of(parts.tensors, random).offset = OptionalLong.of(random.nextBoolean()
                ? 32L * random.nextInt(100)
                : Draw.number(random));
    }

    static void cut(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        tensor.data = Arrays.copyOf(tensor.data, random.nextInt(tensor.data.length + 33));
    }

    static void bit(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        int at = random.nextInt(tensor.data.length);
        tensor.put(at, tensor.data[at] ^ (1 << random.nextInt(Byte.SIZE)));
    }

    /** Puts a NaN, or an infinity of either sign, into a tensor. */
    static void notFinite(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors, random);
        int sign = random.nextBoolean() ? 0x80 : 0;
        int mantissa = random.nextBoolean() ? 1 : 0;
        int[] value;
        if (tensor.type == GgmlType.F32.id()) {
            value = new int[]{mantissa, 0, 0x80, 0x7f | sign};
        } else if (tensor.type == GgmlType.F16.id()) {
            value = new int[]{mantissa, 0x7c | sign};
        } else {
            value = new int[]{0x80 | mantissa, 0x7f | sign};
        }
        tensor.put(value.length * random.nextInt(tensor.data.length / value.length), value);
    }

    /** Zeroes a tensor without which a layer does nothing. */
    static void zero(GgufParts parts, Random random) {
        TensorPart tensor = Draw.of(parts.tensors.stream().filter(part -> part.name().contains(".delta_")
                || part.name().endsWith(".output.weight")).toList(), random);
        tensor.data = new byte[tensor.data.length];
    }
}
