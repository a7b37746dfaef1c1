package rwkvms.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/** The lists of structs: those that are shipped, and what is refused. */
final class StructListTests {
    private static final String CURE = "; build it with mvn -DskipTests package -pl native -am";

    @TempDir
    private Path folder = Path.of("");

    /** Of the releases of npm's package that have Gemma4, each with its source. */
    @Test
    void knownReleases() {
        StructList.Choice known = StructList.known(NativeFiles.folder());
        assertThat(known.lists()).extracting(StructList::release).startsWith("b9842", "b10068", "b10361", "v0.4.0",
                "v0.5.0");
        assertThat(known.lists()).allSatisfy(list -> {
            assertThat(list.source()).startsWith("npm node-llama-cpp@" + list.npm().getLast() + ": headers of ");
            assertThat(list.structs()).containsOnlyKeys("llama_model_params", "llama_context_params",
                    "llama_model_quantize_params", "llama_batch", "ggml_init_params", "ggml_tensor");
        });
        assertThat(known.cure()).startsWith("native/src/main/sh/known-layout ");
    }

    /** As llama-cpp.md has them, measured on the library without any header. */
    @Test
    void structsOfTheNewestAreAsMeasured() {
        StructList newest = StructList.known(NativeFiles.folder()).lists().stream()
                .filter(each -> each.release().equals("v0.5.0")).findFirst().orElseThrow();
        assertThat(newest.struct("llama_model_params").size()).isEqualTo(80);
        assertThat(newest.struct("llama_model_params").offset("lazy_mode")).isEqualTo(28);
        assertThat(newest.struct("llama_context_params").size()).isEqualTo(160);
        assertThat(newest.struct("llama_context_params").offset("n_outputs_max_per_seq")).isEqualTo(24);
        assertThat(newest.struct("llama_context_params").offset("cb_eval")).isEqualTo(88);
        assertThat(newest.struct("llama_batch").size()).isEqualTo(56);
        assertThat(newest.struct("ggml_tensor").size()).isEqualTo(336);
        assertThat(newest.struct("ggml_tensor").offset("name")).isEqualTo(256);
    }

    @Test
    void ownHeadersAreBeforeKnownReleases() throws Exception {
        Files.writeString(folder.resolve(StructList.KNOWN),
                "cure make it known\nrelease b1\nsource a book\nnpm 1.0 1.1\n"
                        + "s - 16\ns.f 8 4 0xfffffffe\ns.g 12 4\nrelease b2\nsource another\n");
        StructList.Choice known = StructList.of(folder);
        assertThat(known.cure()).isEqualTo("make it known");
        assertThat(known.lists()).hasSize(2);
        assertThat(known.lists().getFirst().npm()).containsExactly("1.0", "1.1");
        assertThat(known.lists().getFirst().struct("s")).isEqualTo(new Struct("s", 16,
                List.of(new Struct.Field("f", 8, 4, OptionalLong.of(0xffff_fffeL)),
                        new Struct.Field("g", 12, 4, OptionalLong.empty()))));
        assertThat(known.lists().getLast().npm()).isEmpty();

        Files.writeString(folder.resolve(StructList.OWN), "release its own\nsource a header\n");
        assertThat(StructList.of(folder).lists()).extracting(StructList::release).containsExactly("its own");
        assertThat(StructList.known(folder).lists()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"release", "s 16", "s - 15", "s.f 0 4", "t - 16\ns - 8\nt.f 14 4", "s - 8\ns - 8",
            "s - 8\ns.f 0 4 0xff", "s - 8\ns.f 6 4", "anything else"})
    void aWrongLineIsRefused(String lines) throws Exception {
        Path file = Files.writeString(folder.resolve(StructList.KNOWN), "release b1\n" + lines + "\n");
        int number = 1 + (int) lines.lines().count();
        String last = lines.substring(lines.lastIndexOf('\n') + 1);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> StructList.of(folder))
                .withMessage(file + ": line " + number + ": expected 'release NAME', 'source TEXT', 'npm VERSIONS',"
                        + " 'STRUCT - SIZE' or 'STRUCT.FIELD OFFSET SIZE [0xDEFAULT]' within its struct, found '" + last
                        + "'" + CURE);
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        Path file = folder.resolve(StructList.KNOWN);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> StructList.of(folder))
                .withMessage(file + ": expected the list of the structs of llama.cpp, found no such file" + CURE);
        Files.writeString(file, "cure none\n");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> StructList.of(folder))
                .withMessage(file + ": expected a line 'release NAME', found none" + CURE);
        Files.writeString(file, "release b1\ns - 8\n");
        StructList list = StructList.of(folder).lists().getFirst();
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> list.struct("t"))
                .withMessage("b1: expected a struct t, found none" + CURE);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> list.struct("s").offset("f"))
                .withMessage("struct s of this llama.cpp: expected a field f, found none");
    }
}
