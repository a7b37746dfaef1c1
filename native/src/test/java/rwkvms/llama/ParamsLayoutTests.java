package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.llama.ParamsLayout.Field;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;

/** A library with other structs (fields moved, missing or added) is recognised by its defaults. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class ParamsLayoutTests {
    private static final String KNOWN = "; this suite knows the structs of llama.cpp v0.5.0";

    private Libraries libraries;

    @BeforeAll
    void open() {
        libraries = Ggml.open().libraries().and(LibraryList.Role.LLAMA);
    }

    private static ParamsLayout without(ParamsLayout layout, String field) {
        List<Field> fields = new ArrayList<>(layout.fields());
        fields.removeIf(each -> each.name().equals(field));
        return new ParamsLayout(layout.name(), layout.defaultsFunction(), fields);
    }

    private void assertRefused(ParamsLayout layout, String difference) {
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> layout.checkedDefaults(libraries, Arena.global()))
                .withMessage(libraries.folder() + ": struct " + difference + KNOWN);
    }

    @Test
    void structsOfThisVersionPass() {
        assertThat(LlamaLayouts.MODEL_PARAMS.checkedDefaults(libraries, Arena.global()).byteSize()).isEqualTo(80);
        assertThat(LlamaLayouts.CONTEXT_PARAMS.checkedDefaults(libraries, Arena.global()).byteSize()).isEqualTo(160);
        assertThat(LlamaLayouts.BATCH.byteSize()).isEqualTo(56);
    }

    @Test
    void structOfThePublishedHeaderIsRefused() {
        assertRefused(without(LlamaLayouts.CONTEXT_PARAMS, "n_outputs_max_per_seq"),
                "llama_context_params.n_threads at byte 24: expected the default 0x00000004, found 0x00000001");
    }

    @Test
    void structThatHasGrownIsRefused() {
        assertRefused(without(LlamaLayouts.CONTEXT_PARAMS, "ctx_other"),
                "llama_context_params: expected 152 bytes, found at least 160");
    }

    @Test
    void structThatHasShrunkIsRefused() {
        List<Field> more = new ArrayList<>(LlamaLayouts.MODEL_PARAMS.fields());
        more.add(Field.of(ADDRESS, "new_pointer", 0));
        assertRefused(new ParamsLayout("llama_model_params", "llama_model_default_params", more),
                "llama_model_params.new_pointer at byte 80: expected the default 0x0000000000000000, found "
                        + "0xa5a5a5a5a5a5a5a5");
    }

    @Test
    void fieldOfAnotherDefaultIsRefused() {
        List<Field> other = new ArrayList<>(LlamaLayouts.MODEL_PARAMS.fields());
        other.set(2, Field.of(JAVA_INT, "n_gpu_layers", 0));
        assertRefused(new ParamsLayout("llama_model_params", "llama_model_default_params", other),
                "llama_model_params.n_gpu_layers at byte 16: expected the default 0x00000000, found 0xffffffff");
    }
}
