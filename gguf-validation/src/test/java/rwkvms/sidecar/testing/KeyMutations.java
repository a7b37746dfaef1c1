package rwkvms.sidecar.testing;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import rwkvms.gguf.GgufType;

/** Changes of keys, their types and values. */
final class KeyMutations {
    private KeyMutations() {
    }

    static void remove(GgufParts parts, Random random) {
        parts.keys.remove(random.nextInt(parts.keys.size()));
    }

    static void duplicate(GgufParts parts, Random random) {
        parts.keys.add(random.nextInt(parts.keys.size() + 1), Draw.of(parts.keys, random).copy());
    }

    static void swap(GgufParts parts, Random random) {
        Collections.swap(parts.keys, random.nextInt(parts.keys.size()), random.nextInt(parts.keys.size()));
    }

    static void swapValues(GgufParts parts, Random random) {
        KeyPart one = Draw.of(parts.keys, random);
        KeyPart other = Draw.of(parts.keys, random);
        byte[] value = one.value;
        long type = one.type;
        one.value = other.value;
        one.type = other.type;
        other.value = value;
        other.type = type;
    }

    static void rename(GgufParts parts, Random random) {
        KeyPart key = Draw.of(parts.keys, random);
        key.name = switch (random.nextInt(5)) {
            case 0 -> new byte[0];
            case 1 -> Arrays.copyOf(key.name, random.nextInt(key.name.length));
            case 2 -> Arrays.copyOf(key.name, key.name.length + random.nextInt(1, 100));
            case 3 -> Draw.of(parts.keys, random).name;
            default -> Draw.changed(key.name, random);
        };
    }

    static void add(GgufParts parts, Random random) {
        KeyPart added = parts.add("delta_mem.x" + random.nextInt(3));
        switch (random.nextInt(7)) {
            case 0 -> added.u32(random.nextInt());
            case 1 -> added.u64(random.nextLong());
            case 2 -> added.f32(Float.intBitsToFloat(random.nextInt()));
            case 3 -> added.bool(random.nextInt(4));
            case 4 -> added.text(bytes(random));
            case 5 -> added.array(random.nextInt(15), random.nextInt(4), bytes(random));
            default -> added.array(Draw.extreme(random), Draw.number(random), bytes(random));
        }
        Collections.swap(parts.keys, random.nextInt(parts.keys.size()), parts.keys.size() - 1);
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(32)];
        random.nextBytes(bytes);
        return bytes;
    }

    static void type(GgufParts parts, Random random) {
        Draw.of(parts.keys, random).type = random.nextBoolean() ? random.nextInt(14) : Draw.number(random);
    }

    static void retype(GgufParts parts, Random random) {
        KeyPart key = Draw.of(parts.keys, random);
        switch (random.nextInt(5)) {
            case 0 -> key.u32(random.nextInt(5));
            case 1 -> key.u64(random.nextInt(5));
            case 2 -> key.f32(random.nextInt(5));
            case 3 -> key.bool(random.nextInt(2));
            default -> key.text("" + random.nextInt(5));
        }
    }

    static void number(GgufParts parts, Random random) {
        List<KeyPart> numbers = parts.keys.stream().filter(key -> key.type != GgufType.STRING.id()).toList();
        KeyPart key = Draw.of(numbers, random);
        long value = Draw.number(random);
        if (key.type == GgufType.UINT64.id()) {
            key.u64(value);
        } else if (key.type == GgufType.FLOAT32.id()) {
            key.f32(random.nextBoolean() ? value : Float.intBitsToFloat((int) value));
        } else {
            key.u32(value);
        }
    }

    static void character(GgufParts parts, Random random) {
        KeyPart key = text(parts, random);
        key.text(Draw.changed(content(key), random));
    }

    static void cut(GgufParts parts, Random random) {
        KeyPart key = text(parts, random);
        byte[] content = content(key);
        key.text(Arrays.copyOf(content, random.nextInt(content.length + 1)));
    }

    static void length(GgufParts parts, Random random) {
        KeyPart key = text(parts, random);
        long length = random.nextBoolean() ? content(key).length + random.nextLong(-9, 10) : Draw.number(random);
        key.value = new GgufBytes().u64(length).raw(content(key)).bytes();
    }

    static KeyPart text(GgufParts parts, Random random) {
        return Draw.of(parts.keys.stream().filter(key -> key.type == GgufType.STRING.id()).toList(), random);
    }

    private static byte[] content(KeyPart key) {
        return Arrays.copyOfRange(key.value, Long.BYTES, key.value.length);
    }
}
