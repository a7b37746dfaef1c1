package rwkvms.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarOrigin;

/**
 * The facts of a sidecar that its checkpoint does not have: format version, the exporter's texts, base binding and the
 * summary behind its keys. A materialised checkpoint keeps it as the metadata of its safetensors file, under the names of
 * the sidecar's keys, so that exporting it again gives the sidecar back byte for byte.
 */
final class SidecarNotes {
    static final String SUMMARY = "delta_mem.summary";

    private SidecarNotes() {
    }

    static Map<String, String> of(SidecarDraft draft) {
        Map<String, String> notes = new LinkedHashMap<>();
        notes.put(SidecarKey.FORMAT_VERSION.key(), "" + draft.formatVersion());
        notes.put(SidecarKey.NAME.key(), draft.texts().name());
        notes.put(SidecarKey.DESCRIPTION.key(), draft.texts().description());
        notes.put(SidecarKey.RUNTIME_HOOKS.key(), draft.texts().runtimeHooksJson());
        SidecarOrigin origin = draft.origin();
        notes.put(SidecarKey.STATUS.key(), origin.status());
        notes.put(SidecarKey.CHECKPOINT_REPO.key(), origin.checkpointRepo());
        notes.put(SidecarKey.REPO_URL.key(), origin.sourceRepo());
        notes.put(SidecarKey.BASE_GGUF.key(), origin.baseGguf());
        notes.put(SidecarKey.BASE_SHA256.key(), origin.baseSha256());
        notes.put(SidecarKey.MMPROJ_GGUF.key(), origin.mmprojGguf());
        notes.put(SidecarKey.MMPROJ_SHA256.key(), origin.mmprojSha256());
        notes.put(SUMMARY, PythonJson.compact(draft.summary(), PythonJson.Keys.SORTED));
        return notes;
    }

    /** The notes among the texts of a safetensors file; empty if no sidecar left any. */
    static Map<String, String> among(Map<String, String> texts) {
        Map<String, String> notes = new LinkedHashMap<>(texts);
        notes.keySet().removeIf(key -> !key.startsWith("delta_mem.") && !key.startsWith("general."));
        return isPresent(notes) ? notes : Map.of();
    }

    /** Whether these are a sidecar's notes, and not those of some other safetensors file. */
    static boolean isPresent(Map<String, String> notes) {
        return notes.containsKey(SidecarKey.FORMAT_VERSION.key());
    }

    static int formatVersion(Map<String, String> notes) {
        String version = text(notes, SidecarKey.FORMAT_VERSION);
        return switch (version) {
            case "1" -> 1;
            case "2" -> 2;
            default -> throw new IllegalArgumentException(
                    SidecarKey.FORMAT_VERSION.key() + ": expected 1 or 2, found " + PythonJson.quoted(version));
        };
    }

    static ExporterTexts texts(Map<String, String> notes) {
        return new ExporterTexts(text(notes, SidecarKey.NAME), text(notes, SidecarKey.DESCRIPTION),
                text(notes, SidecarKey.RUNTIME_HOOKS));
    }

    static SidecarOrigin origin(Map<String, String> notes) {
        return new SidecarOrigin(text(notes, SidecarKey.STATUS), text(notes, SidecarKey.CHECKPOINT_REPO),
                text(notes, SidecarKey.REPO_URL), text(notes, SidecarKey.BASE_GGUF),
                text(notes, SidecarKey.BASE_SHA256), text(notes, SidecarKey.MMPROJ_GGUF),
                text(notes, SidecarKey.MMPROJ_SHA256));
    }

    static JsonNode summary(Map<String, String> notes) throws JsonProcessingException {
        return Json.parse(notes.getOrDefault(SUMMARY, "{}"));
    }

    private static String text(Map<String, String> notes, SidecarKey key) {
        return notes.getOrDefault(key.key(), "");
    }
}
