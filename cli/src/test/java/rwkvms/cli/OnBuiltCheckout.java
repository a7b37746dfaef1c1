package rwkvms.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A checkout that is built: once for a class of tests, each of which works on a copy. */
abstract class OnBuiltCheckout {
    private static BuiltCheckout built;

    @TempDir
    Path folder = Path.of("");
    BuiltCheckout checkout;

    @BeforeAll
    static void build(@TempDir Path folder) throws Exception {
        built = BuiltCheckout.in(folder);
    }

    @BeforeEach
    void copy() throws Exception {
        checkout = built.copyTo(folder);
    }
}
