package rwkvms.llama;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.ggml.StructList;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;

/** The structs of llama.cpp that cross the boundary: those of the list that the library's defaults bear out. */
record LlamaLayouts(StructList list) {
    ParamsLayout modelParams() {
        return new ParamsLayout(list.struct("llama_model_params"), "llama_model_default_params");
    }

    ParamsLayout contextParams() {
        return new ParamsLayout(list.struct("llama_context_params"), "llama_context_default_params");
    }

    ParamsLayout quantizeParams() {
        return new ParamsLayout(list.struct("llama_model_quantize_params"), "llama_model_quantize_default_params");
    }

    Struct batch() {
        return list.struct("llama_batch");
    }

    /**
     * Those of a library.
     *
     * @throws IncompatibleLibraryException if no list fits, with what would make the library known
     */
    static LlamaLayouts of(Libraries libraries) {
        return of(libraries, StructList.of(libraries.folder()));
    }

    static LlamaLayouts of(Libraries libraries, StructList.Choice choice) {
        String library = String.valueOf(
                LibraryList.of(libraries.folder()).one(LibraryList.Role.LLAMA).getFileName());
        // Two releases may have the same structs: the one of the library's name comes first.
        List<LlamaLayouts> all = choice.lists().stream().map(LlamaLayouts::new)
                .sorted(Comparator.comparing(each -> !library.contains("." + each.list.release() + "."))).toList();
        return all.stream().filter(each -> each.difference(libraries).isEmpty()).findFirst()
                .orElseThrow(() -> all.getLast().refusal(libraries, library, choice));
    }

    private Optional<String> difference(Libraries libraries) {
        return Stream.of(modelParams(), contextParams()).flatMap(each -> each.difference(libraries).stream())
                .findFirst();
    }

    private IncompatibleLibraryException refusal(Libraries libraries, String library, StructList.Choice choice) {
        String difference = libraries.folder() + ": " + difference(libraries).orElseThrow();
        return new IncompatibleLibraryException(choice.cure().isEmpty()
                ? difference + "; " + library + " is not the library that the build measured: build it again"
                : difference + ", by the structs of " + list.release() + "; " + library
                        + " has those of no release that this suite knows ("
                        + choice.lists().stream().map(StructList::release).collect(Collectors.joining(", "))
                        + "); this line makes them known to the next build: " + choice.cure());
    }
}
