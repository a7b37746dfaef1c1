package rwkvms.sidecar.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.Locale;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;

/** Every embedded text is one strict JSON document of the container type it should be. */
final class JsonRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        for (SidecarKey key : SidecarKey.values()) {
            if (key.isJson() && file.text(key).isPresent()) {
                file.syntaxError(key).ifPresentOrElse(error -> findings.add(FindingCode.JSON_SYNTAX, file, key,
                        "one JSON document without duplicated keys", describe(error)),
                        () -> form(key, file, findings));
            }
        }
    }

    private static String describe(JsonProcessingException error) {
        String problem = error.getOriginalMessage().lines().findFirst().orElse("a syntax error");
        long character = error.getLocation() == null ? -1 : error.getLocation().getCharOffset();
        return (character < 0 ? "" : "at its character " + character + " ") + Quote.of(problem);
    }

    private static void form(SidecarKey key, SidecarFile file, Findings findings) {
        boolean object = key == SidecarKey.CONFIG || key == SidecarKey.METADATA;
        JsonNodeType expected = object ? JsonNodeType.OBJECT : JsonNodeType.ARRAY;
        JsonNode document = file.json(key);
        if (document.getNodeType() != expected) {
            findings.add(FindingCode.JSON_FORM, file, key, "a JSON " + name(expected),
                    document.isMissingNode() ? "an empty text" : "a JSON " + name(document.getNodeType()));
        }
    }

    private static String name(JsonNodeType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
