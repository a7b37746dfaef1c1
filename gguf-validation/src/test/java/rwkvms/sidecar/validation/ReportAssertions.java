package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufReader;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.SidecarFile;

/** The whole report on a sidecar that is wrong in one place, word for word. */
final class ReportAssertions {
    private ReportAssertions() {
    }

    static void finds(SidecarBytes sidecar, FindingCode code, String message) {
        assertThat(messages(sidecar)).containsExactly(message);
        assertThat(codes(sidecar)).containsExactly(code);
    }

    static List<String> messages(SidecarBytes sidecar) {
        return sidecar.report().findings().stream().map(Finding::message).toList();
    }

    static List<FindingCode> codes(SidecarBytes sidecar) {
        return sidecar.report().findings().stream().map(Finding::code).toList();
    }

    static ValidationReport report(byte[] bytes) {
        try {
            return SidecarValidator.check(Path.of("test.gguf"),
                    new SidecarFile(GgufReader.read(MemorySegment.ofArray(bytes)), null));
        } catch (GgufException unreadable) {
            return SidecarValidator.unreadable(Path.of("test.gguf"), unreadable);
        }
    }

    static JsonNode parsed(String json) {
        try {
            return Json.parse(json);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static void shape(ObjectNode entry, long... dims) {
        ArrayNode shape = entry.putArray("shape");
        for (long dim : dims) {
            shape.add(dim);
        }
    }
}
