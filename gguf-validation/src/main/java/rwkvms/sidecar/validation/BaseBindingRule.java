package rwkvms.sidecar.validation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import rwkvms.file.FileHash;
import rwkvms.file.Sha256;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;

/**
 * The sidecar names its base model by SHA-256, and a given base file has that hash. The projector's hash is optional, but must
 * be well-formed.
 */
final class BaseBindingRule implements SidecarRule {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{" + Sha256.HEX_LENGTH + "}");
    private static final String FORM = Sha256.HEX_LENGTH + " lowercase hexadecimal digits";

    @Override
    public void check(SidecarFile file, Findings findings) {
        file.text(SidecarKey.MMPROJ_SHA256).filter(hash -> !HASH.matcher(hash).matches()).ifPresent(
                hash -> findings.add(FindingCode.MMPROJ_SHA256, file, SidecarKey.MMPROJ_SHA256, FORM, Quote.of(hash)));
        if (file.entry(SidecarKey.BASE_SHA256).isPresent() && file.text(SidecarKey.BASE_SHA256).isEmpty()) {
            return; // of the wrong type, which KeyRule reports
        }
        String bound = file.textOrEmpty(SidecarKey.BASE_SHA256);
        if (bound.isEmpty()) {
            findings.add(FindingCode.BASE_SHA256_MISSING, file, SidecarKey.BASE_SHA256, FORM, "none");
        } else if (!HASH.matcher(bound).matches()) {
            findings.add(FindingCode.BASE_SHA256_FORM, file, SidecarKey.BASE_SHA256, FORM, Quote.of(bound));
        } else {
            file.base().ifPresent(base -> compare(base, bound, file, findings));
        }
    }

    private static void compare(Path base, String bound, SidecarFile file, Findings findings) {
        try {
            FileHash actual = FileHash.of(base, file.progress());
            findings.base(actual);
            if (!actual.hex().equals(bound)) {
                findings.add(FindingCode.BASE_SHA256_DIFFERS, file, SidecarKey.BASE_SHA256,
                        actual.hex() + " (the SHA-256 of " + base + ")", bound);
            } else {
                BaseLayersRule.check(base, file, findings);
            }
        } catch (IOException unreadable) {
            findings.add(FindingCode.BASE_UNREADABLE, "base " + base, Finding.NOWHERE, "a readable file",
                    SidecarValidator.describe(unreadable));
        }
    }
}
