package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.file.WholeFile;
import rwkvms.gguf.GgmlType;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.TinyGemma4;

/** {@code gate model synthesize FILE}: writes a Gemma4 with weights drawn from a seed, which llama.cpp loads. */
@Command(name = "synthesize", description = "Writes a Gemma4 with weights drawn from a seed: it has the parts of a real one, and says nothing sensible.")
final class ModelSynthesize extends GateCommand {
    private static final double GIGA = 1e9;
    /** Keys, and the vocabulary of a real size, are smaller. */
    private static final long HEADER = 32L << 20;

    private static final List<GgmlType> TYPES = List.of(GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0);
    /** The models whose sizes there are, with the type that each has by default. */
    private static final Map<String, Gemma4Sizes> MODELS = Map.of("tiny", Gemma4Sizes.speaking(), "miniature",
            Gemma4Sizes.miniature().withWords(), "e4b", Gemma4Sizes.e4b().withType(GgmlType.Q8_0));

    @Parameters(paramLabel = "FILE", description = "The model to write.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path target;

    @Option(names = "--like", paramLabel = "NAME", description = "tiny (by default, six layers), miniature (every part of E4B in twelve layers) or e4b (its real sizes: 8 GB).")
    private String like = "tiny";

    @Option(names = "--type", paramLabel = "T", description = "F32, BF16 or Q8_0, of the matrices; Q8_0 by default for e4b, else F32.")
    private @Nullable String type;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(names = "--force", description = "Overwrites FILE.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        Gemma4Sizes sizes = sizes();
        OutputFile.requireAbsent(target, force);
        WholeFile.requireFolder(target);
        requireSpace(target, TinyGemma4.byteSize(sizes) + HEADER,
                Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace());
        TinyGemma4.writeSpeaking(target, sizes, seed, HashProgress.onTerminal(spec.commandLine().getErr(), "model"));
        long bytes = Files.size(target);
        return tellDone(target, (json, whole) -> json.put("file", target.toString()).put("bytes", bytes)
                .put("like", like).put("type", sizes.type().name()).put("seed", seed)
                .put("layers", sizes.layers()).put("hidden_size", sizes.hidden())
                .put("vocabulary", sizes.vocabulary()).put("shared_kv_layers", sizes.sharedTail()),
                (verdict, out) -> out.println(target + ": written, " + bytes + " bytes, " + sizes.type() + ", "
                        + sizes.layers() + " layers, hidden size " + sizes.hidden() + ", " + sizes.vocabulary()
                        + " tokens, seed " + seed));
    }

    private Gemma4Sizes sizes() {
        Gemma4Sizes sizes = MODELS.get(like);
        require(sizes != null, "--like: expected tiny, miniature or e4b, found " + like);
        Optional<GgmlType> asked = TYPES.stream().filter(each -> each.name().equals(type)).findFirst();
        require(type == null || asked.isPresent(), "--type: expected F32, BF16 or Q8_0, found " + type);
        return asked.map(Objects.requireNonNull(sizes)::withType).orElse(sizes);
    }

    /** Refuses a disk that is too full, before it is filled. */
    static void requireSpace(Path target, long needed, long free) throws IOException {
        if (free < needed) {
            throw new IOException(String.format(Locale.ROOT,
                    "%s: expected %.2f GB of free space in its folder, found %.2f GB", target, needed / GIGA,
                    free / GIGA));
        }
    }
}
