package rwkvms.parity.sidecar;

import java.nio.file.Path;
import java.util.Optional;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.validation.FindingCode;

/**
 * A file that every reader gets.
 *
 * @param name the corpus's class, or the change that made it
 * @param file may be absent
 * @param base beside it, may be absent
 * @param malformed the corpus's class, if it is one
 */
record SidecarCase(String name, Path file, Optional<Path> base, Optional<MalformedClass> malformed) {
    /** Of the matrix by class: the corpus's own code, or that it is a change. */
    String group() {
        return malformed.map(MalformedClass::code).map(FindingCode::name).orElse("(valid and random changes)");
    }
}
