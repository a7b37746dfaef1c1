package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.child.Child;
import rwkvms.nativeruntime.NativeRuntime;

/** The compiler's command of docs/add-a-runtime.md, run as it stands by an author who has no header of ggml's. */
final class AuthorLineTests {
    static final String COMMAND = "mkdir -p build && g++ ";

    /** An author's own names, outside any namespace. */
    private static final String AUTHOR = """
            #include "../src/library.h"
            using namespace rwkv_ms;
            struct Model {};
            struct Memory {};
            class Library : public RuntimeLibrary {
            public:
                std::string build_info() const override { return R"({"library":"yours"})"; }
                std::unique_ptr<RuntimeModel> open(const std::string &path, const std::string &) const override {
                    fail(RWKV_MS_E_UNSUPPORTED, path, ": opened by nobody");
                }
                void scan(const rwkv_ms_config &, const rwkv_ms_scan_input &, rwkv_ms_scan_output &) const override {}
            };
            std::unique_ptr<RuntimeLibrary> rwkv_ms::make_library(const rwkv_ms_runtime_params &) {
                return std::make_unique<Library>();
            }
            const char *rwkv_ms::library_version() { return "1.2.3"; }
            """;

    @TempDir
    private Path folder = Path.of("");

    /** Returns the line of a page of documentation that begins so. */
    static String line(String page, String beginning) throws IOException {
        List<String> lines = Files.readAllLines(GateRun.ROOT.resolve("docs").resolve(page)).stream()
                .filter(each -> each.startsWith(beginning)).toList();
        assertThat(lines).as(page).hasSize(1);
        return lines.getFirst();
    }

    /** Runs a line as its reader does, in a folder that has the sources as a checkout has them. */
    static GateRun bash(Path folder, String line, Map<String, String> environment)
            throws IOException, InterruptedException {
        return GateRun.ofProcess(new Child(List.of("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line),
                folder, environment, GateRun.LIMIT));
    }

    @Test
    void theLineNeedsNoHeaderOfGgmlAndTakesAClassNamedLibrary() throws Exception {
        Path headers = Files.createDirectory(folder.resolve("headers"));
        for (String header : List.of("ggml.h", "ggml-backend.h", "gguf.h", "llama.h")) {
            Files.writeString(headers.resolve(header), "#error of ggml's\n");
        }
        Files.createSymbolicLink(folder.resolve("native"), GateRun.ROOT.resolve("native"));
        Files.writeString(folder.resolve("yours.cpp"), AUTHOR);

        GateRun run = bash(folder, line("add-a-runtime.md", COMMAND), Map.of("CPATH", headers.toString()));

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        try (NativeRuntime yours = NativeRuntime.open("yours", folder.resolve("build/libyours.so"), Optional.empty(),
                1)) {
            assertThat(yours.buildInfo()).isEqualTo("{\"library\":\"yours\"}");
            assertThat(yours.tryOpen(Path.of("a.gguf"), Optional.empty()))
                    .isEqualTo(new NativeRuntime.Opening("RWKV_MS_E_UNSUPPORTED", "a.gguf: opened by nobody"));
        }
    }
}
