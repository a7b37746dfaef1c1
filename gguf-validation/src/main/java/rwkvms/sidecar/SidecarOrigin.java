package rwkvms.sidecar;

/**
 * Where a sidecar comes from and what it belongs to. Any text may be empty; its key is then not written.
 *
 * @param sourceRepo address of the training code
 * @param baseGguf the base model's file as the exporter saw it: a hint, never a binding
 * @param baseSha256 the binding: SHA-256 of the base model's file, 64 lowercase hexadecimal digits
 * @param mmprojGguf the multimodal projector's file, likewise
 */
public record SidecarOrigin(String status, String checkpointRepo, String sourceRepo, String baseGguf,
        String baseSha256, String mmprojGguf, String mmprojSha256) {
    /** The same, bound to another base model's file. */
    public SidecarOrigin withBase(String gguf, String sha256) {
        return new SidecarOrigin(status, checkpointRepo, sourceRepo, gguf, sha256, mmprojGguf, mmprojSha256);
    }

    static SidecarOrigin of(SidecarFile file) {
        return new SidecarOrigin(file.textOrEmpty(SidecarKey.STATUS), file.textOrEmpty(SidecarKey.CHECKPOINT_REPO),
                file.textOrEmpty(SidecarKey.REPO_URL), file.textOrEmpty(SidecarKey.BASE_GGUF),
                file.textOrEmpty(SidecarKey.BASE_SHA256), file.textOrEmpty(SidecarKey.MMPROJ_GGUF),
                file.textOrEmpty(SidecarKey.MMPROJ_SHA256));
    }
}
