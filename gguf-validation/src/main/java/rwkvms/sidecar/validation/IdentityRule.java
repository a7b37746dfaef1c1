package rwkvms.sidecar.validation;

import rwkvms.gguf.GgufWriter;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSchema;

/** The file says that it is a sidecar, of a format version that exists, and says so consistently. */
final class IdentityRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        fixed(FindingCode.ARCHITECTURE, SidecarKey.ARCHITECTURE, SidecarSchema.ARCHITECTURE, file, findings);
        fixed(FindingCode.NAME_FORMAT, SidecarKey.NAME_FORMAT, SidecarSchema.NAME_FORMAT, file, findings);
        fixed(FindingCode.STATE_DTYPE, SidecarKey.STATE_DTYPE, SidecarSchema.STATE_DTYPE, file, findings);
        file.integer(SidecarKey.ALIGNMENT).ifPresent(alignment -> {
            if (alignment != GgufWriter.ALIGNMENT) {
                findings.add(FindingCode.ALIGNMENT, file, SidecarKey.ALIGNMENT, "" + GgufWriter.ALIGNMENT,
                        "" + alignment);
            }
        });
        file.integer(SidecarKey.FORMAT_VERSION).ifPresent(version -> {
            if (file.formatVersion().isEmpty()) {
                findings.add(FindingCode.FORMAT_VERSION, file, SidecarKey.FORMAT_VERSION, "1 or 2", "" + version);
            }
        });
        file.text(SidecarKey.SCHEMA).ifPresent(schema -> schema(schema, file, findings));
    }

    private static void schema(String schema, SidecarFile file, Findings findings) {
        if (SidecarSchema.ofName(schema).isEmpty()) {
            findings.add(FindingCode.SCHEMA, file, SidecarKey.SCHEMA,
                    String.join(" or ", SidecarSchema.names().stream().map(Quote::of).toList()), Quote.of(schema));
        } else if (file.formatVersion().isPresent()) {
            int version = (int) file.formatVersion().getAsLong();
            String expected = SidecarSchema.of(version).schema();
            if (!schema.equals(expected)) {
                findings.add(FindingCode.SCHEMA, file, SidecarKey.SCHEMA,
                        Quote.of(expected) + " for format version " + version, Quote.of(schema));
            }
        }
    }

    private static void fixed(FindingCode code, SidecarKey key, String expected, SidecarFile file,
            Findings findings) {
        file.text(key).filter(text -> !text.equals(expected)).ifPresent(
                text -> findings.add(code, file, key, Quote.of(expected), Quote.of(text)));
    }
}
