package rwkvms.sidecar.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufValue;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.SidecarKey;

/**
 * The content of a file by place: keys, the members of embedded JSON, and tensors. Order, blanks in JSON, and an empty text
 * instead of an absent key make no difference.
 */
final class SidecarContent {
    private final SortedMap<String, String> places = new TreeMap<>();

    private SidecarContent() {
    }

    /** The content of a file that the validator takes. */
    static SidecarContent of(byte[] bytes) {
        SidecarContent content = new SidecarContent();
        try {
            GgufFile file = GgufReader.read(MemorySegment.ofArray(bytes));
            file.entries().forEach(content::add);
            for (GgufTensorInfo tensor : file.tensors()) {
                content.places.put("tensor " + tensor.name(), tensor.type().orElseThrow() + " " + tensor.ne() + " "
                        + HexFormat.of().formatHex(file.data(tensor).toArray(ValueLayout.JAVA_BYTE)));
            }
        } catch (GgufException unreadable) {
            throw new AssertionError("the validator took it", unreadable);
        }
        return content;
    }

    private void add(GgufEntry entry) {
        if (entry.value() instanceof GgufValue.Text(String text)) {
            if (SidecarKey.of(entry.key()).filter(SidecarKey::isJson).isPresent()) {
                json(entry.key(), parsed(text));
            } else if (!text.isEmpty()) {
                places.put(entry.key(), text);
            }
        } else {
            places.put(entry.key(), entry.value().type() + " " + entry.value());
        }
    }

    private static JsonNode parsed(String json) {
        try {
            return Json.parse(json);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("the validator took it", malformed);
        }
    }

    private void json(String place, JsonNode node) {
        if (node.isValueNode() || node.isEmpty()) {
            places.put(place, node.isNumber() ? node.decimalValue().stripTrailingZeros().toString() : node.toString());
        } else if (node.isObject()) {
            node.properties().forEach(member -> json(place + "/" + member.getKey(), member.getValue()));
        } else {
            for (int i = 0; i < node.size(); i++) {
                json(place + "/" + name(node, i), node.get(i));
            }
        }
    }

    /** The name of an entry: its tensor or layer, if no earlier entry has the same, else its index. */
    private static String name(JsonNode array, int index) {
        String name = identity(array.get(index));
        for (int i = 0; i < index; i++) {
            if (identity(array.get(i)).equals(name)) {
                return "" + index;
            }
        }
        return name.isEmpty() ? "" + index : name;
    }

    private static String identity(JsonNode entry) {
        return entry.path("layer").isInt() ? "layer " + entry.path("layer") : Json.text(entry, "name");
    }

    /** The value at a place, or an empty text. */
    String at(String place) {
        return places.getOrDefault(place, "");
    }

    /** The places at which the two differ. */
    Set<String> differencesFrom(SidecarContent other) {
        Set<String> all = new TreeSet<>(places.keySet());
        all.addAll(other.places.keySet());
        all.removeIf(place -> at(place).equals(other.at(place)));
        return all;
    }
}
