package rwkvms.sidecar.validation;

import java.util.OptionalLong;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;

/** Every required key is there, has its type and belongs to this format version; unknown keys are reported. */
final class KeyRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        for (SidecarKey key : SidecarKey.values()) {
            file.entry(key).ifPresentOrElse(entry -> present(key, entry, file, findings),
                    () -> absent(key, file, findings));
        }
        for (GgufEntry entry : file.gguf().entries()) {
            if (SidecarKey.of(entry.key()).isEmpty()) {
                findings.add(FindingCode.KEY_UNKNOWN, "key " + Quote.of(entry.key()), entry.keyOffset(),
                        "a key of the sidecar format", entry.value().type().label() + " " + entry.value());
            }
        }
    }

    private static void present(SidecarKey key, GgufEntry entry, SidecarFile file, Findings findings) {
        if (entry.value().type() != key.type()) {
            findings.add(FindingCode.KEY_TYPE, file, key, key.type().label(),
                    entry.value().type().label() + " " + entry.value());
        }
        if (key.presence() == SidecarKey.Presence.VERSION_2 && isVersion(file, 1)) {
            findings.add(FindingCode.KEY_VERSION, file, key, "no such key in format version 1", "" + entry.value());
        }
    }

    private static void absent(SidecarKey key, SidecarFile file, Findings findings) {
        boolean required = switch (key.presence()) {
            case REQUIRED -> true;
            case OPTIONAL -> false;
            case VERSION_2 -> isVersion(file, 2);
        };
        if (required) {
            findings.add(FindingCode.KEY_MISSING, file, key, "a " + key.type().label(), "no such key");
        }
    }

    private static boolean isVersion(SidecarFile file, int version) {
        OptionalLong found = file.formatVersion();
        return found.isPresent() && found.getAsLong() == version;
    }
}
