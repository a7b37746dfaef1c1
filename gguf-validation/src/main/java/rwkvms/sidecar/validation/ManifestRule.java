package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.TensorTypes;

/**
 * {@code tensor_manifest_json} lists exactly the tensors of the file, and describes each correctly, down to the hash of
 * its payload.
 */
final class ManifestRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        JsonNode manifest = file.json(SidecarKey.TENSOR_MANIFEST);
        if (!manifest.isArray()) {
            return;
        }
        Map<String, JsonNode> entries = new HashMap<>();
        for (JsonNode entry : manifest) {
            String name = Json.text(entry, "name");
            if (entries.putIfAbsent(name, entry) != null) {
                findings.add(FindingCode.MANIFEST_CONTRADICTS, place(name), offset(file), "one entry of that name",
                        "another");
            }
        }
        Set<String> names = new HashSet<>();
        for (NamedTensor tensor : file.tensors()) {
            String name = tensor.info().name();
            JsonNode entry = entries.get(name);
            if (entry == null) {
                findings.add(FindingCode.MANIFEST_MISSING, tensor.place(), tensor.info().infoOffset(),
                        "an entry in " + SidecarKey.TENSOR_MANIFEST.key(), "none");
            } else if (names.add(name)) { // of duplicates, one entry can only describe the first
                fields(entry, tensor, file, findings);
                payload(entry, tensor.info(), file, findings);
            }
        }
        entries.keySet().stream().filter(name -> !names.contains(name)).sorted().forEach(name -> findings
                .add(FindingCode.MANIFEST_UNKNOWN, place(name), offset(file), "a tensor of that name", "none"));
    }

    private static void fields(JsonNode entry, NamedTensor tensor, SidecarFile file, Findings findings) {
        GgufTensorInfo info = tensor.info();
        ArrayNode shape = JsonNodeFactory.instance.arrayNode();
        info.ne().reversed().forEach(shape::add);
        tensor.ref().ifPresent(ref -> field(entry, "source_name", PythonJson.quoted(ref.source()), file, findings));
        field(entry, "shape", PythonJson.shown(shape), file, findings);
        info.type().flatMap(TensorTypes::dtype).ifPresent(
                type -> field(entry, "torch_dtype", PythonJson.quoted(type.label()), file, findings));
        info.type().map(GgmlType::name)
                .ifPresent(type -> field(entry, "gguf_type", PythonJson.quoted(type), file, findings));
        number(entry, "numel", info.count(), file, findings);
        number(entry, "bytes", info.byteSize(), file, findings);
    }

    private static void number(JsonNode entry, String name, OptionalLong value, SidecarFile file,
            Findings findings) {
        value.ifPresent(number -> field(entry, name, "" + number, file, findings));
    }

    /** Compares JSON texts, so that 8 is not 8.0 and not "8". */
    private static void field(JsonNode entry, String name, String expected, SidecarFile file, Findings findings) {
        String stated = PythonJson.shown(entry.path(name));
        if (!stated.equals(expected)) {
            findings.add(FindingCode.MANIFEST_CONTRADICTS, place(Json.text(entry, "name")) + ", " + name,
                    offset(file), expected, stated);
        }
    }

    private static void payload(JsonNode entry, GgufTensorInfo info, SidecarFile file, Findings findings) {
        GgufFile gguf = file.gguf();
        try {
            String actual = Sha256.of(gguf.data(info));
            String stated = PythonJson.shown(entry.path("sha256_raw"));
            if (!stated.equals(PythonJson.quoted(actual))) {
                findings.add(FindingCode.MANIFEST_SHA256, place(info.name()) + ", sha256_raw",
                        gguf.dataStart() + info.dataOffset(), PythonJson.quoted(actual), stated);
            }
        } catch (GgufException outside) {
            return; // no payload to compare: ContainerRule or TensorTypeRule reports why
        }
    }

    private static String place(String name) {
        return "manifest entry " + PythonJson.quoted(name);
    }

    private static long offset(SidecarFile file) {
        return file.offset(SidecarKey.TENSOR_MANIFEST);
    }
}
