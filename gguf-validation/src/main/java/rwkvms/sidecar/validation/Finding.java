package rwkvms.sidecar.validation;

import rwkvms.gguf.GgufProblem;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.validation.FindingCode.Kind;
import rwkvms.sidecar.validation.FindingCode.Severity;

/**
 * One finding of the validator.
 *
 * @param place key, tensor or file it is about
 * @param byteOffset of what was found, or {@link #NOWHERE} for what is absent or concerns the whole file
 * @param rulings how the container profiles rule on it
 */
public record Finding(FindingCode code, String place, long byteOffset, String expected, String found,
        Rulings rulings) {
    /** No place in the file. */
    public static final long NOWHERE = SidecarFile.NOWHERE;

    static Finding of(GgufProblem problem) {
        return new Finding(FindingCode.of(problem.fault()), problem.place(), problem.offset(), problem.expected(),
                problem.found(), problem.rulings());
    }

    public Severity severity() {
        return code.severity();
    }

    public Kind kind() {
        return code.kind();
    }

    /** One sentence with place, meaning, expected and found. */
    public String message() {
        String at = byteOffset == NOWHERE ? "" : " at byte " + byteOffset;
        return place + at + ": " + code.description() + ": expected " + expected + ", found " + found;
    }

    @Override
    public String toString() {
        return code + " " + message();
    }
}
