package rwkvms.cli;

import java.io.IOException;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/** Payloads of saved states. */
final class StateSlots {
    private StateSlots() {
    }

    /** The payload of a new session with a golden case's sidecar. */
    static byte[] of(String name) throws IOException {
        try (Sidecar sidecar = SidecarReader.open(EditedFixture.sidecar(name));
                MemorySession session = new ReferenceRuntime().load(MemoryModel.of(sidecar)).newSession()) {
            return session.saveState();
        }
    }
}
