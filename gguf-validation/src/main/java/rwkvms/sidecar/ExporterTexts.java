package rwkvms.sidecar;

/**
 * The free texts of an exporter, carried over unchanged when a sidecar is rewritten (sidecar.md).
 *
 * @param name {@code general.name}
 * @param description {@code general.description}
 * @param runtimeHooksJson {@code required_runtime_hooks_json}: a JSON array of texts
 */
public record ExporterTexts(String name, String description, String runtimeHooksJson) {
    /** For a new sidecar. */
    public static final ExporterTexts OWN = new ExporterTexts("RWKV-MS memory sidecar",
            "Weights of the RWKV-MS online memory beside an unmodified base model",
            "[\"read the hidden states that enter self-attention\",\"keep recurrent memory state per sequence\","
                    + "\"read before write\",\"add the deltas of the active heads\"]");

    static ExporterTexts of(SidecarFile file) {
        return new ExporterTexts(file.textOrEmpty(SidecarKey.NAME), file.textOrEmpty(SidecarKey.DESCRIPTION),
                file.textOrEmpty(SidecarKey.RUNTIME_HOOKS));
    }
}
