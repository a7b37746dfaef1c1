package rwkvms.sidecar.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes of embedded documents that leave them JSON. */
final class JsonMutations {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private JsonMutations() {
    }

    /** A value in a document: its container, and its name or index there. */
    private record Slot(ContainerNode<?> in, String name, int index) {
        JsonNode value() {
            return in instanceof ObjectNode object ? object.get(name) : in.get(index);
        }

        void set(JsonNode value) {
            if (in instanceof ObjectNode object) {
                object.set(name, value);
            } else {
                ((ArrayNode) in).set(index, value);
            }
        }
    }

    private interface SlotChange {
        void apply(Slot slot, List<Slot> all);
    }

    private static void edit(GgufParts parts, Random random, SlotChange change) {
        KeyPart key = Draw.of(parts.keys.stream().filter(part -> part.name().endsWith("_json")).toList(), random);
        key.json(document -> {
            List<Slot> slots = new ArrayList<>();
            collect(document, slots);
            if (!slots.isEmpty()) {
                change.apply(Draw.of(slots, random), slots);
            }
        });
    }

    private static void collect(JsonNode node, List<Slot> slots) {
        if (node instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(name -> slots.add(new Slot(object, name, 0)));
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                slots.add(new Slot(array, "", i));
            }
        }
        node.forEach(child -> collect(child, slots));
    }

    static void remove(GgufParts parts, Random random) {
        edit(parts, random, (slot, all) -> {
            if (slot.in instanceof ObjectNode object) {
                object.remove(slot.name);
            } else {
                ((ArrayNode) slot.in).remove(slot.index);
            }
        });
    }

    /** An element twice, or a member under a second name. */
    static void duplicate(GgufParts parts, Random random) {
        edit(parts, random, (slot, all) -> {
            if (slot.in instanceof ObjectNode object) {
                object.set(slot.name + "2", slot.value());
            } else {
                ((ArrayNode) slot.in).insert(random.nextInt(slot.in.size() + 1), slot.value());
            }
        });
    }

    static void swap(GgufParts parts, Random random) {
        edit(parts, random, (slot, all) -> {
            List<Slot> beside = all.stream().filter(other -> other.in == slot.in).toList();
            Slot other = Draw.of(beside, random);
            JsonNode value = slot.value();
            slot.set(other.value());
            other.set(value);
        });
    }

    static void value(GgufParts parts, Random random) {
        JsonNode value = switch (random.nextInt(9)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(true);
            case 2 -> JSON.booleanNode(false);
            case 3 -> JSON.numberNode(Draw.number(random));
            case 4 -> JSON.numberNode(random.nextDouble());
            case 5 -> JSON.textNode("");
            case 6 -> JSON.arrayNode();
            case 7 -> JSON.objectNode();
            default -> JSON.textNode("" + Draw.number(random));
        };
        edit(parts, random, (slot, all) -> slot.set(value));
    }

    /** Another number for a number. */
    static void number(GgufParts parts, Random random) {
        edit(parts, random, (any, all) -> {
            List<Slot> numbers = all.stream().filter(slot -> slot.value().isNumber()).toList();
            if (!numbers.isEmpty()) {
                Slot slot = Draw.of(numbers, random);
                slot.set(random.nextBoolean()
                        ? JSON.numberNode(slot.value().longValue() + random.nextLong(-2, 3))
                        : JSON.numberNode(Draw.number(random)));
            }
        });
    }

    /** Another text for a text. */
    static void text(GgufParts parts, Random random) {
        edit(parts, random, (any, all) -> {
            List<Slot> texts = all.stream().filter(slot -> slot.value().isTextual()).toList();
            if (!texts.isEmpty()) {
                Slot slot = Draw.of(texts, random);
                String text = slot.value().textValue();
                int at = random.nextInt(text.length() + 1);
                slot.set(JSON.textNode(text.substring(0, at) + (char) random.nextInt(1, 0x250)
                        + text.substring(Math.min(text.length(), at + random.nextInt(2)))));
            }
        });
    }

    static void add(GgufParts parts, Random random) {
        edit(parts, random, (slot, all) -> {
            if (slot.in instanceof ObjectNode object) {
                object.put("x" + random.nextInt(3), Draw.number(random));
            } else {
                ((ArrayNode) slot.in).add(Draw.number(random));
            }
        });
    }

    /** The same document with blanks and line ends. */
    static void space(GgufParts parts, Random random) {
        KeyPart key = Draw.of(parts.keys.stream().filter(part -> part.name().endsWith("_json")).toList(), random);
        key.text(" " + key.text().replace("},{", "},\t{").replace("],[", "] ,\n[") + "\r\n");
    }
}
