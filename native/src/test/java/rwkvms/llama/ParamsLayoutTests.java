package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.ggml.StructList;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;

/** A library with other structs (fields moved, missing or added) is recognised by its defaults. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class ParamsLayoutTests {
    private static final Path FILE = Path.of("known-layouts.txt");

    private Libraries libraries;
    private StructList fitting;
    private ParamsLayout model;
    private ParamsLayout context;

    @BeforeAll
    void open() {
        libraries = Ggml.open().libraries().and(LibraryList.Role.LLAMA);
        LlamaLayouts layouts = LlamaLayouts.of(libraries);
        fitting = layouts.list();
        model = layouts.modelParams();
        context = layouts.contextParams();
    }

    private static ParamsLayout with(ParamsLayout layout, long size, UnaryOperator<Struct.Field> change) {
        Struct struct = layout.struct();
        return new ParamsLayout(
                new Struct(struct.name(), size, struct.fields().stream().map(change).toList()),
                layout.defaultsFunction());
    }

    private static ParamsLayout with(ParamsLayout layout, String field, long offset, long defaultBits) {
        return with(layout, layout.struct().size(), each -> each.name().equals(field)
                ? new Struct.Field(field, offset, each.size(), OptionalLong.of(defaultBits))
                : each);
    }

    private StructList renamed(String release, ParamsLayout... changed) {
        Map<String, Struct> structs = new HashMap<>(fitting.structs());
        List.of(changed).forEach(each -> structs.put(each.struct().name(), each.struct()));
        return new StructList(release, "a test", List.of(), structs);
    }

    private LlamaLayouts chosen(StructList... lists) {
        return LlamaLayouts.of(libraries, new StructList.Choice(FILE, List.of(lists), "sh make-known 1.2.3"));
    }

    @Test
    void structsOfThisLibraryPass() {
        assertThat(model.difference(libraries)).isEmpty();
        assertThat(context.difference(libraries)).isEmpty();
        assertThat(context.defaults(libraries, Arena.global()).byteSize()).isEqualTo(context.struct().size());
        assertThat(model.struct().fields()).hasSizeGreaterThan(10);
        assertThat(context.struct().fields()).hasSizeGreaterThan(20);
    }

    @Test
    void fieldThatHasMovedIsFound() {
        assertThat(with(context, "n_ubatch", 12, 512).difference(libraries)).contains(
                "struct llama_context_params.n_ubatch at byte 12: expected the default 0x00000200, found 0x00000001");
    }

    @Test
    void structThatHasGrownIsFound() {
        long size = context.struct().size();
        assertThat(with(context, size - 8, each -> each).difference(libraries))
                .contains("struct llama_context_params: expected " + (size - 8) + " bytes, found at least " + size);
    }

    @Test
    void structThatHasShrunkIsFound() {
        Struct struct = model.struct();
        List<Struct.Field> more = new ArrayList<>(struct.fields());
        more.add(new Struct.Field("new_pointer", struct.size(), 8, OptionalLong.of(0)));
        assertThat(new ParamsLayout(new Struct(struct.name(), struct.size() + 8, more), model.defaultsFunction())
                .difference(libraries)).contains("struct llama_model_params.new_pointer at byte " + struct.size()
                        + ": expected the default 0x0000000000000000, found 0xa5a5a5a5a5a5a5a5");
    }

    @Test
    void fieldOfAnotherDefaultIsFound() {
        long offset = model.struct().offset("n_gpu_layers");
        assertThat(with(model, "n_gpu_layers", offset, 0).difference(libraries))
                .contains("struct llama_model_params.n_gpu_layers at byte " + offset
                        + ": expected the default 0x00000000, found 0xffffffff");
    }

    /** A default that is unknown, as of a fork's own field, contradicts nothing. */
    @Test
    void fieldWithoutADefaultIsNotCompared() {
        assertThat(with(model, model.struct().size(),
                each -> new Struct.Field(each.name(), each.offset(), each.size(), OptionalLong.empty()))
                .difference(libraries)).isEmpty();
    }

    @Test
    void theFirstListThatFitsIsTaken() {
        StructList other = renamed("b1", with(context, "n_ubatch", 12, 512));
        assertThat(chosen(other, renamed("b2"), renamed("b3")).list().release()).isEqualTo("b2");
    }

    /** Two releases may have the same structs. */
    @Test
    void theListOfTheLibrarysNameComesFirst() {
        String name = LibraryList.of(libraries.folder()).one(LibraryList.Role.LLAMA).getFileName().toString();
        String release = name.replaceFirst("libllama\\.", "").replaceFirst("\\.?[^.]*$", "");
        assertThat(chosen(renamed("b2"), renamed(release.isEmpty() ? "so" : release)).list().release())
                .isEqualTo(release.isEmpty() ? "b2" : release);
    }

    @Test
    void anUnknownLibraryIsRefusedWithTheLineThatMakesItKnown() {
        Path library = LibraryList.of(libraries.folder()).one(LibraryList.Role.LLAMA);
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> chosen(renamed("b1", with(model, "n_gpu_layers", 16, 0)),
                        renamed("b2", with(context, "n_ubatch", 12, 512))))
                .withMessage(libraries.folder() + ": struct llama_context_params.n_ubatch at byte 12: expected the"
                        + " default 0x00000200, found 0x00000001, by the structs of b2; " + library.getFileName()
                        + " has those of no release that this suite knows (b1, b2); this line makes them known to the"
                        + " next build: sh make-known 1.2.3");
    }

    @Test
    void aLibraryThatIsNotTheMeasuredOneIsRefused() {
        Path library = LibraryList.of(libraries.folder()).one(LibraryList.Role.LLAMA);
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> LlamaLayouts.of(libraries, new StructList.Choice(FILE,
                        List.of(renamed("its own", with(context, "n_ubatch", 12, 512))), "")))
                .withMessage(libraries.folder() + ": struct llama_context_params.n_ubatch at byte 12: expected the"
                        + " default 0x00000200, found 0x00000001; " + library.getFileName()
                        + " is not the library that the build measured: build it again");
    }
}
