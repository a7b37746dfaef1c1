package rwkvms.sidecar.validation;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import rwkvms.gguf.CText;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufLimits;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.Quote;
import rwkvms.gguf.Ruling;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;

/**
 * Names of keys and tensors: none empty, none twice, none with a NUL, none longer than allowed (GGUF specification;
 * llama-cpp.md, "GGUF reader").
 */
final class NameRule implements SidecarRule {
    private static final Pattern KEY = Pattern.compile("[a-z0-9_]++(\\.[a-z0-9_]++)*+");
    private static final String KEY_FORM = "segments of a-z, 0-9 and _ between dots, at most "
            + GgufLimits.MAX_KEY_BYTES + " bytes";

    @Override
    public void check(SidecarFile file, Findings findings) {
        keys(file, findings);
        tensors(file, findings);
    }

    private static void keys(SidecarFile file, Findings findings) {
        Map<String, Long> firsts = new HashMap<>();
        for (GgufEntry entry : file.gguf().entries()) {
            String key = entry.key();
            String place = "key " + Quote.of(key);
            if (key.isEmpty()) {
                findings.add(FindingCode.EMPTY_KEY, place, entry.keyOffset(), "a key", "an empty one");
            } else if (key.indexOf('\0') >= 0) {
                findings.add(new Finding(FindingCode.NAME_NUL, place, entry.keyOffset(), "no NUL", "one",
                        Rulings.GGUF_ONLY));
            } else if (isWellFormed(key) && (!KEY.matcher(key).matches()
                    || key.length() > GgufLimits.MAX_KEY_BYTES)) {
                findings.add(FindingCode.KEY_NAME, place, entry.keyOffset(), KEY_FORM, "another form");
            }
            Long first = firsts.putIfAbsent(key, entry.keyOffset());
            if (first != null) {
                findings.add(FindingCode.DUPLICATE_KEY, place, entry.keyOffset(), "each key once",
                        "it at byte " + first + " already");
            }
        }
    }

    /** Whether the text holds no escape of a malformed byte, which has its own finding. */
    private static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(point -> Character.getType(point) == Character.SURROGATE);
    }

    private static void tensors(SidecarFile file, Findings findings) {
        Map<String, GgufTensorInfo> firsts = new HashMap<>();
        for (NamedTensor tensor : file.tensors()) {
            GgufTensorInfo info = tensor.info();
            form(tensor, findings);
            GgufTensorInfo first = firsts.putIfAbsent(CText.of(info.name()), info);
            if (first != null) {
                boolean same = first.name().equals(info.name());
                findings.add(same ? FindingCode.DUPLICATE_TENSOR : FindingCode.NAME_CLASH, tensor.place(),
                        info.infoOffset(), same ? "each name once" : "a name of its own up to the first NUL",
                        (same ? "it" : Quote.of(first.name())) + " at byte " + first.infoOffset() + " already");
            }
        }
    }

    private static void form(NamedTensor tensor, Findings findings) {
        GgufTensorInfo info = tensor.info();
        int length = info.nameBytes();
        if (length == 0) {
            findings.add(FindingCode.EMPTY_TENSOR_NAME, tensor.place(), info.infoOffset(), "a name", "an empty one");
        }
        if (info.name().indexOf('\0') >= 0) {
            findings.add(new Finding(FindingCode.NAME_NUL, tensor.place(), info.infoOffset(), "no NUL", "one",
                    Rulings.NONE));
        }
        if (length > GgufLimits.MAX_TENSOR_NAME_BYTES) {
            Ruling gguf = length > GgufLimits.MAX_SPECIFIED_NAME_BYTES ? Ruling.REFUSES : Ruling.TAKES;
            findings.add(new Finding(FindingCode.TENSOR_NAME, tensor.place(), info.infoOffset(),
                    "at most " + GgufLimits.MAX_TENSOR_NAME_BYTES + " bytes", "" + length,
                    new Rulings(gguf, Ruling.REFUSES)));
        }
    }
}
