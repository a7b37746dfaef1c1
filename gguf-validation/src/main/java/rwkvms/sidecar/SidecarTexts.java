package rwkvms.sidecar;

/**
 * Texts of an opened sidecar as they are stored.
 *
 * @param baseGguf {@code base_gguf}, empty where the key is absent
 * @param baseSha256 {@code base_gguf_sha256}
 * @param configJson {@code config_json}
 * @param metadataJson {@code adapter_metadata_json}
 * @param manifestJson {@code tensor_manifest_json}
 */
record SidecarTexts(String baseGguf, String baseSha256, String configJson, String metadataJson, String manifestJson) {
}
