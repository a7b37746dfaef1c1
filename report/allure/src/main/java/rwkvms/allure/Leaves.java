package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The tests in Allure's trees (suites, behaviors, packages, timeline, categories), each once: in a tree their places are numbers.
 * Without this the trees would be a third of the page.
 */
final class Leaves {
    private static final String CHILDREN = "children";
    private static final String PARENT = "parentUid";

    private final ObjectMapper mapper = new ObjectMapper();
    private final ArrayNode leaves = mapper.createArrayNode();
    private final Map<JsonNode, Integer> numbers = new HashMap<>();

    /** Returns a tree with its tests as numbers, or the text as it is if it is no tree. */
    Object packed(String json) throws IOException {
        JsonNode tree = mapper.readTree(json);
        if (!tree.has(CHILDREN)) {
            return json;
        }
        pack(tree);
        return Map.of("tree", tree);
    }

    /** The tests, by number. */
    ArrayNode all() {
        return leaves;
    }

    private void pack(JsonNode node) {
        if (!(node.get(CHILDREN) instanceof ArrayNode children)) {
            return;
        }
        for (int i = 0; i < children.size(); i++) {
            JsonNode child = children.get(i);
            if (child.has(CHILDREN)) {
                pack(child);
            } else if (child instanceof ObjectNode leaf && leaf.path(PARENT).equals(node.path("uid"))) {
                leaf.remove(PARENT);
                children.set(i, mapper.getNodeFactory().numberNode(numbers.computeIfAbsent(leaf, this::added)));
            }
        }
    }

    private int added(JsonNode leaf) {
        leaves.add(leaf);
        return leaves.size() - 1;
    }
}
