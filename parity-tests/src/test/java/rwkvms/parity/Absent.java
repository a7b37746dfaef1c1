package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DynamicTest;

/** Files that this machine does not have: reported by a test of their own whose name says so. */
final class Absent {
    private Absent() {
    }

    static DynamicTest test(String what, Path where) {
        return DynamicTest.dynamicTest(what + ": NOT EVALUATED, not on this machine",
                () -> assertThat(where).doesNotExist());
    }
}
