package rwkvms.parity.sidecar;

import java.nio.file.Path;
import java.util.Optional;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.validation.FindingCode;

/**
 * A sidecar file that every reader opens.
 *
 * @param name      the class of the corpus, or the change that made the file
 * @param file      path of a file that may be missing
 * @param malformed the class of the corpus, if it is one
 */
record SidecarCase(String name, Path file, Optional<Path> base, Optional<MalformedClass> malformed) {
    /** The row of the matrix: the code that the corpus expects, or one row for all other files. */
    String group() {
        return malformed.map(MalformedClass::code).map(FindingCode::name).orElse("(valid and random changes)");
    }
}
