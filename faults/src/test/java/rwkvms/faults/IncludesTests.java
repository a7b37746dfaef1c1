package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is compiled for a fault in a header. */
final class IncludesTests {
    @Test
    void usersOfAHeaderIncludeItDirectlyOrByAnother(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("a.h"), "#pragma once\n#include \"b.h\"\n");
        Files.writeString(folder.resolve("b.h"), "#pragma once\n#include \"a.h\"\n#include <vector>\n");
        Files.writeString(folder.resolve("direct.cpp"), "#include \"b.h\"\n");
        Files.writeString(folder.resolve("by-another.cpp"), "#include <map>\n#include \"a.h\"\n");
        Files.writeString(folder.resolve("none.cpp"), "// #include \"b.h\"\n");

        Includes includes = Includes.in(folder);

        List<String> files = List.of("direct.cpp", "by-another.cpp", "none.cpp");
        assertThat(includes.users(files, Set.of("b.h"))).containsExactly("by-another.cpp", "direct.cpp");
        assertThat(includes.users(files, Set.of("vector"))).isEmpty();
        assertThat(includes.users(files, Set.of())).isEmpty();
    }

    /** Every source of the runtime has an error to report. */
    @Test
    void theErrorsOfTheRuntimeAreEverywhere() throws IOException {
        assertThat(Includes.in(NativeBuild.SOURCES).users(List.of("session.cpp", "backend.cpp", "libllama_name.cpp"),
                Set.of("rwkv_ms.h"))).contains("session.cpp", "backend.cpp");
    }
}
