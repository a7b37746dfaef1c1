package rwkvms.sidecar;

/**
 * The free texts of an exporter, carried over unchanged when a sidecar is rewritten (sidecar.md).
 *
 * @param name {@code general.name}
 * @param description {@code general.description}
 * @param runtimeHooksJson {@code required_runtime_hooks_json}: a JSON array of texts
 */
public record ExporterTexts(String name, String description, String runtimeHooksJson) {
    /** The texts of a new sidecar. */
    public static final ExporterTexts OWN = new ExporterTexts("RWKV-MS memory sidecar",
            "Weights of the RWKV-MS online memory beside an unmodified base model",
            "[\"read the hidden states that enter self-attention\",\"keep recurrent memory state per sequence\","
                    + "\"read before write\",\"add the deltas of the active heads\"]");

    /**
     * The texts of a synthetic sidecar, each as long as the published exporter's, so that a synthetic sidecar of the published
     * manifest has the published size.
     */
    public static final ExporterTexts SYNTHETIC = new ExporterTexts("RWKV-MS memory sidecar of synthetic weights",
            "RWKV-MS online memory with weights drawn from a seed: sound in form, trained on nothing. "
                    + "For tests of files and runtimes.",
            "[\"attention inputs of every wrapped layer\",\"recurrent memory state per layer and sequence\",\"read before write, one token after the other\",\"d"
                    + "eltas of the active heads added to the projections\",\"memory state that follows the KV cache\",\"a memory state that is saved, restored and reset\"]");

    static ExporterTexts of(SidecarFile file) {
        return new ExporterTexts(file.textOrEmpty(SidecarKey.NAME), file.textOrEmpty(SidecarKey.DESCRIPTION),
                file.textOrEmpty(SidecarKey.RUNTIME_HOOKS));
    }
}
