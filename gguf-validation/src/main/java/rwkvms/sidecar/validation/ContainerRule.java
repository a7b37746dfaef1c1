package rwkvms.sidecar.validation;

import rwkvms.gguf.GgufFile;
import rwkvms.sidecar.SidecarFile;

/** The file has GGUF version 3, and the reader met no fault, not even one that did not stop it. */
final class ContainerRule implements SidecarRule {
    private static final int VERSION = 3;
    private static final long VERSION_OFFSET = 4;

    @Override
    public void check(SidecarFile file, Findings findings) {
        GgufFile gguf = file.gguf();
        if (gguf.version() != VERSION) {
            findings.add(FindingCode.CONTAINER_VERSION, "version", VERSION_OFFSET, "" + VERSION,
                    "" + gguf.version());
        }
        gguf.problems().forEach(problem -> findings.add(Finding.of(problem)));
    }
}
