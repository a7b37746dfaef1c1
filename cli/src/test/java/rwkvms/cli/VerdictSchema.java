package rwkvms.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Checks JSON by docs/verdict.schema.json. It knows the keywords of that schema, and refuses others. */
final class VerdictSchema {
    private static final Set<String> NOTES = Set.of("$schema", "$defs", "title", "description", "then", "else");
    private static final JsonNode SCHEMA = read();

    private final List<String> problems = new ArrayList<>();

    private VerdictSchema() {
    }

    private static JsonNode read() {
        try {
            return new ObjectMapper().readTree(GateRun.ROOT.resolve("docs/verdict.schema.json").toFile());
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The suites that it knows. */
    static List<String> suites() {
        List<String> suites = new ArrayList<>();
        SCHEMA.at("/properties/suite/enum").forEach(suite -> suites.add(suite.textValue()));
        return suites;
    }

    /** What is wrong with the JSON; empty if it is valid. */
    static List<String> problems(JsonNode json) {
        return problems(SCHEMA, json, "");
    }

    private static List<String> problems(JsonNode schema, JsonNode json, String place) {
        VerdictSchema one = new VerdictSchema();
        schema.properties().forEach(keyword -> one.hold(schema, keyword, json, place));
        return one.problems;
    }

    private void hold(JsonNode schema, Map.Entry<String, JsonNode> keyword, JsonNode json, String place) {
        JsonNode value = keyword.getValue();
        switch (keyword.getKey()) {
            case "type" -> require(types(value).stream().anyMatch(type -> is(json, type)), place, keyword);
            case "const" -> require(json.equals(value), place, keyword);
            case "enum" -> require(contains(value, json), place, keyword);
            case "minimum" -> require(json.doubleValue() >= value.doubleValue(), place, keyword);
            case "minItems" -> require(json.size() >= value.intValue(), place, keyword);
            case "maxItems" -> require(json.size() <= value.intValue(), place, keyword);
            case "required" -> value.forEach(name -> require(!json.isObject() || json.has(name.textValue()),
                    place + "/" + name.textValue(), keyword));
            case "dependentRequired" -> value.properties().stream().filter(each -> json.has(each.getKey()))
                    .forEach(each -> each.getValue().forEach(name -> require(json.has(name.textValue()), place, each)));
            case "properties" -> value.properties().stream().filter(each -> json.has(each.getKey())).forEach(
                    each -> add(each.getValue(), json.path(each.getKey()), place + "/" + each.getKey()));
            case "additionalProperties" -> json.properties().stream()
                    .filter(each -> !schema.path("properties").has(each.getKey()))
                    .forEach(each -> add(value, each.getValue(), place + "/" + each.getKey()));
            case "items" -> json.forEach(item -> add(value, item, place + "/-"));
            case "allOf" -> value.forEach(each -> add(each, json, place));
            case "$ref" -> add(SCHEMA.at(value.textValue().substring(1)), json, place);
            case "if" -> add(schema.path(problems(value, json, place).isEmpty() ? "then" : "else"), json, place);
            default -> require(NOTES.contains(keyword.getKey()), place, keyword);
        }
    }

    private void add(JsonNode schema, JsonNode json, String place) {
        problems.addAll(problems(schema, json, place));
    }

    private void require(boolean holds, String place, Map.Entry<String, JsonNode> keyword) {
        if (!holds) {
            problems.add(place + ": " + keyword);
        }
    }

    private static List<String> types(JsonNode type) {
        List<String> types = new ArrayList<>();
        (type.isArray() ? type : List.of(type)).forEach(each -> types.add(each.asText()));
        return types;
    }

    private static boolean contains(JsonNode values, JsonNode json) {
        for (JsonNode value : values) {
            if (value.equals(json)) {
                return true;
            }
        }
        return false;
    }

    private static boolean is(JsonNode json, String type) {
        return switch (type) {
            case "integer" -> json.isIntegralNumber();
            case "number" -> json.isNumber();
            default -> json.getNodeType().toString().toLowerCase(java.util.Locale.ROOT).equals(type);
        };
    }
}
