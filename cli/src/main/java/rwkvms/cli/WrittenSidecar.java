package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import rwkvms.file.Sha256;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.validation.Finding;

/** Writes and describes the sidecar of {@code export} and {@code synthesize}. */
final class WrittenSidecar {
    private WrittenSidecar() {
    }

    static int write(Path target, SidecarDraft draft, GateCommand command)
            throws IOException {
        List<Finding> findings = OutputFile.write(target, draft);
        long tensors = draft.layers().values().stream().mapToLong(layer -> layer.tensors().size()).sum();
        long values = draft.layers().values().stream().flatMap(layer -> layer.tensors().values().stream())
                .mapToLong(tensor -> tensor.count()).sum();
        ObjectNode written = JsonNodeFactory.instance.objectNode().put("file", target.toString())
                .put("bytes", Files.size(target)).put("sha256", Sha256.of(target))
                .put("format_version", draft.formatVersion()).put("tensors", tensors).put("values", values)
                .put("base_gguf_sha256", draft.origin().baseSha256());
        ArrayNode notes = written.putArray("findings");
        findings.forEach(finding -> notes.add(finding.toString()));
        return command.tellDone(target, (json, whole) -> json.setAll(written), (verdict, out) -> {
            findings.forEach(finding -> out.println(finding.severity() + " " + finding));
            out.println(target + ": written, " + written.path("bytes") + " bytes, " + tensors + " tensors, "
                    + values + " values, SHA-256 " + written.path("sha256").textValue());
        });
    }
}
