package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine;
import rwkvms.fixtures.Sha256;
import rwkvms.sidecar.Finding;
import rwkvms.sidecar.SidecarDraft;

/** What {@code export} and {@code synthesize} say of the sidecar that they have written. */
final class WrittenSidecar {
    private WrittenSidecar() {
    }

    static void write(Path target, SidecarDraft draft, String suite, CommandLine command, CommonOptions common)
            throws IOException {
        List<Finding> findings = OutputFile.write(target, draft);
        long tensors = draft.layers().values().stream().mapToLong(layer -> layer.tensors().size()).sum();
        long values = draft.layers().values().stream().flatMap(layer -> layer.tensors().values().stream())
                .mapToLong(tensor -> tensor.count()).sum();
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", true);
        json.putArray("errors");
        json.put("file", target.toString()).put("bytes", Files.size(target)).put("sha256", Sha256.of(target))
                .put("format_version", draft.formatVersion()).put("tensors", tensors).put("values", values)
                .put("base_gguf_sha256", draft.origin().baseSha256());
        ArrayNode notes = json.putArray("findings");
        findings.forEach(finding -> notes.add(finding.toString()));
        if (common.json()) {
            command.getOut().println(json);
        } else {
            findings.forEach(finding -> command.getOut().println(finding.severity() + " " + finding));
            command.getOut().println(target + ": written, " + Files.size(target) + " bytes, " + tensors + " tensors, "
                    + values + " values, SHA-256 " + json.path("sha256").textValue());
        }
        common.leave(suite, Map.of(target.toString(), List.of()), json);
    }
}
