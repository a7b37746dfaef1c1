package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;
import rwkvms.ggml.Struct;
import rwkvms.ggml.StructList;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.NativeFiles;

/**
 * Folders as {@code -Dllama.dir} takes them: a fork's source tree as llama.cpp's own build leaves it (libraries with versioned
 * sonames and links), and an install prefix. The libraries are those of this build under other names; the header is written
 * from their structs.
 */
final class ForkTreeTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root")).toAbsolutePath().normalize();
    private static final Path SOURCE = ROOT.resolve("native/src/main/cpp");
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Path GGML = ROOT
            .resolve("native/llama.cpp/headers/node_modules/@fugood/llama.node/src/llama.cpp/ggml/include");
    /** C's types by their sizes. */
    private static final Map<Long, String> TYPES = Map.of(1L, "bool ", 4L, "int ", 8L, "void *");

    @TempDir
    private Path folder = Path.of("");
    private Path tree = Path.of("");
    private Path built = Path.of("");
    private boolean runs;
    private StructList structs = new StructList("", "", List.of(), Map.of());

    @BeforeEach
    void name() {
        tree = folder.resolve("fork");
        built = folder.resolve("lib");
        structs = StructList.of(NativeFiles.folder()).lists().getLast();
    }

    /** The three libraries under the sonames of llama.cpp's own build, with its links; the processors' modules as they are. */
    private void libraries(String under, String modules) throws IOException {
        if (!Files.exists(GGML)) {
            throw new TestAbortedException("NOT EVALUATED: -Dllama.dir gave this build another llama.cpp");
        }
        Path libraries = Files.createDirectories(tree.resolve(under));
        LibraryList list = NativeFiles.libraries();
        Map<Path, String> names = Map.of(list.one(LibraryList.Role.GGML_BASE), "libggml-base.so",
                list.one(LibraryList.Role.GGML), "libggml.so", list.one(LibraryList.Role.LLAMA), "libllama.so");
        for (Map.Entry<Path, String> each : names.entrySet()) {
            String name = each.getValue();
            String text = Files.readString(each.getKey(), StandardCharsets.ISO_8859_1);
            for (Map.Entry<Path, String> other : names.entrySet()) {
                String old = other.getKey().getFileName() + "\0";
                String soname = other.getValue() + (old.length() > other.getValue().length() + 2 ? ".0" : "") + "\0";
                text = text.replace("\0" + old, "\0" + soname + "\0".repeat(old.length() - soname.length()));
            }
            Files.writeString(libraries.resolve(name + ".0.9.7"), text, StandardCharsets.ISO_8859_1);
            Files.createSymbolicLink(libraries.resolve(name + ".0"), Path.of(name + ".0.9.7"));
            Files.createSymbolicLink(libraries.resolve(name), Path.of(name + ".0"));
        }
        Files.createDirectories(tree.resolve(modules));
        for (Path module : processors()) {
            Files.copy(module, tree.resolve(modules).resolve(module.getFileName()),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** One module is enough where none is loaded. */
    private List<Path> processors() {
        List<Path> all = NativeFiles.libraries().all(LibraryList.Role.CPU);
        return all.stream().limit(runs ? all.size() : 1).toList();
    }

    private void headers(String ggml, UnaryOperator<String> change) throws IOException {
        Path own = Files.createDirectories(tree.resolve(ggml));
        for (Path header : filesOf(GGML)) {
            Files.copy(header, own.resolve(header.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createDirectories(tree.resolve("include"));
        Files.writeString(tree.resolve("include/llama.h"), change.apply("#pragma once\n#include \"ggml.h\"\n"
                + Stream.of("llama_model_params", "llama_context_params", "llama_model_quantize_params", "llama_batch")
                        .map(name -> text(structs.struct(name))).collect(Collectors.joining())));
    }

    private static List<Path> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** A struct in C. */
    private static String text(Struct struct) {
        return "struct " + struct.name() + " {\n" + struct.fields().stream()
                .map(field -> "    " + TYPES.get(field.size()) + field.name() + ";\n").collect(Collectors.joining())
                + "};\n";
    }

    /** Runs CMake's search and its look at the structs, and returns what it says as one line. */
    private String configure() throws Exception {
        Path script = Files.writeString(folder.resolve("configure.cmake"),
                "include(${PROJECT_SOURCE_DIR}/cmake/LlamaCpp.cmake)\n"
                        + "include(${PROJECT_SOURCE_DIR}/cmake/Layouts.cmake)\n");
        List<String> command = new ArrayList<>(List.of("cmake", "-DRWKV_MS_LLAMA_DIR=" + tree,
                "-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=" + built, "-DPROJECT_SOURCE_DIR=" + SOURCE,
                "-DCMAKE_CXX_COMPILER=c++", "-DCMAKE_DL_LIBS=dl", "-P", script.toString()));
        return new Child(command, folder, Map.of(), LIMIT).run().err().replaceAll("\\s+", " ");
    }

    /** Loads a model, and decodes two tokens, with the libraries that CMake took. */
    private void runs() throws Exception {
        Child.Run run = ChildJvm.of(ForkTreeRun.class,
                List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + built), List.of(folder.toString()), folder, LIMIT)
                .run();
        assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(new Ending.Exited(0));
        assertThat(run.out().strip()).isEqualTo("its own: 2 tokens");
    }

    /** A fork's own field is no contradiction: sizes and offsets are what the compiler says. */
    @Test
    void aSourceTreeIsTaken() throws Exception {
        runs = true;
        libraries("build/bin", "build/bin");
        headers("ggml/include", text -> text.replace("int n_rs_seq;", "int of_the_fork;"));

        assertThat(configure()).isEmpty();

        StructList found = StructList.of(built).lists().getFirst();
        Struct params = structs.struct("llama_context_params");
        assertThat(found.struct("llama_context_params")).isEqualTo(new Struct(params.name(), params.size(),
                params.fields().stream().filter(field -> !field.name().equals("n_rs_seq")).toList()));
        assertThat(found.struct("llama_model_params")).isEqualTo(structs.struct("llama_model_params"));
        assertThat(found.struct("ggml_tensor")).isEqualTo(structs.struct("ggml_tensor"));
        assertThat(found.source()).isEqualTo(tree + "/include/llama.h, with the defaults of " + tree
                + "/build/bin/libllama.so");
        assertThat(LibraryList.of(built).one(LibraryList.Role.LLAMA).getFileName()).hasToString("libllama.so");
        runs();
    }

    /** ggml installs its modules for processors into bin. */
    @Test
    void anInstallPrefixIsTaken() throws Exception {
        libraries("lib", "bin");
        headers("include", text -> text);

        assertThat(configure()).isEmpty();

        assertThat(StructList.of(built).lists().getFirst().structs()).isEqualTo(structs.structs());
        assertThat(LibraryList.of(built).all(LibraryList.Role.CPU))
                .hasSameSizeAs(processors()).isNotEmpty();
    }

    @Test
    void headersThatContradictTheLibrariesAreRefused() throws Exception {
        libraries("build/bin", "build/bin");
        String both = tree + "/include/llama.h and " + tree + "/build/bin/libllama.so contradict each other: ";
        String cure = ": give the headers that the libraries were built with";

        headers("ggml/include", text -> text.replace("void *ctx_other;", ""));
        long size = structs.struct("llama_context_params").size();
        assertThat(configure()).contains(both + "struct llama_context_params: the header has " + (size - 8)
                + " bytes, the library writes at least " + size + cure);

        headers("ggml/include", text -> text.replace("int n_ctx;", "int a_field_of_the_fork; int n_ctx;"));
        assertThat(configure()).contains(both + "struct llama_context_params.").contains(
                " of the header: the library writes no default there" + cure);

        headers("ggml/include", text -> text);
        Path ggml = tree.resolve("ggml/include/ggml.h");
        Files.writeString(ggml, Files.readString(ggml).replace("GGML_OP_MUL_MAT,",
                "GGML_OP_OF_THE_FORK, GGML_OP_MUL_MAT,"));
        assertThat(configure())
                .contains(both + "GGML_OP_MUL_MAT of the header: the library calls it MUL_MAT_ID" + cure);
        assertThat(built.resolve("layouts.txt")).doesNotExist();
    }

    @Test
    void aHeaderThatIsNoneIsRefused() throws Exception {
        libraries("build/bin", "build/bin");
        headers("ggml/include", text -> text.replace("llama_batch", "llama_bunch"));

        assertThat(configure())
                .contains(tree + "/include/llama.h: expected a header from which C++17 knows the structs of"
                        + " llama.cpp: ")
                .contains("llama_batch");
    }
}
