package rwkvms.sidecar.validation;

import rwkvms.gguf.GgufFile;
import rwkvms.sidecar.SidecarFile;

/** GGUF version 3, and what the reader met on its way without being stopped by it. */
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
