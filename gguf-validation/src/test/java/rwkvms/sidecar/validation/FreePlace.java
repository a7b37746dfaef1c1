package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSettings;
import rwkvms.sidecar.testing.GgufParts;

/**
 * A place of a valid sidecar that may change without a finding, because nothing else in the file says the same. The list is
 * complete; a test makes each example and checks that the file stays valid.
 *
 * @param place pattern of the place in {@link SidecarContent}
 * @param change how it may change
 * @param why the reason why nothing can notice the change
 * @param example such a change of the corpus's valid sidecar
 */
record FreePlace(Pattern place, Change change, String why, Consumer<GgufParts> example) {
    /** How a place may change. */
    enum Change {
        /** It may get any value that its rules allow. */
        ANY,
        /** It may go, because a default holds or a key says it. */
        REMOVED,
        /** It may appear, as a file may say more than the format asks for. */
        ADDED,
        /** It may get any value if rank is 1, so that D and N are equal. */
        AT_RANK_1
    }

    /** Members of the metadata that a key repeats. */
    private static final List<String> STATED_TWICE = List.of("memory_type", "memory_backend", "base_model", "rank",
            "alpha", "rwkv_ms_num_states", "rwkv_ms_chunk_size", "delta_heads", "wrapped_layers");

    static final List<FreePlace> ALL = List.of(
            text(SidecarKey.NAME, "free text of the exporter"),
            text(SidecarKey.DESCRIPTION, "free text of the exporter"),
            text(SidecarKey.REPO_URL, "where the training code is; stated once"),
            text(SidecarKey.STATUS, "free text of the exporter"),
            text(SidecarKey.CHECKPOINT_REPO, "where the checkpoint is; stated once"),
            text(SidecarKey.BASE_GGUF, "a hint; the binding is the SHA-256"),
            text(SidecarKey.MMPROJ_GGUF, "a hint; the binding is the SHA-256"),
            key(SidecarKey.MMPROJ_SHA256, Change.ANY, "of a file that is not at hand",
                    parts -> parts.add(SidecarKey.MMPROJ_SHA256.key()).text("f".repeat(64))),
            key(SidecarKey.BASE_SHA256, Change.ANY, "of the base file: whoever gives that, has it compared",
                    parts -> parts.key(SidecarKey.BASE_SHA256).text("f".repeat(64))),
            text(SidecarKey.MEMORY_READOUT_MODE, "a name of the readout, where the configuration is silent"),
            silent(SidecarKey.MEMORY_TYPE),
            silent(SidecarKey.MEMORY_BACKEND),
            silent(SidecarKey.BASE_MODEL),
            key(SidecarKey.BOUNDARY_MODE, Change.REMOVED, "fixed_chunk is the default",
                    parts -> parts.remove(SidecarKey.BOUNDARY_MODE)),
            members(SidecarKey.RUNTIME_HOOKS, ".*", Change.ANY, "free text of the exporter",
                    parts -> parts.key(SidecarKey.RUNTIME_HOOKS).text("[{\"a\":[0]}]")),
            members(SidecarKey.METADATA, "(?!(" + String.join("|", STATED_TWICE) + ")$).*", Change.ANY,
                    "free text of the exporter, where no key says the same",
                    parts -> parts.key(SidecarKey.METADATA).json(
                            metadata -> ((ObjectNode) metadata).put("note", 0).putArray("more").add("x"))),
            members(SidecarKey.METADATA, ".*", Change.REMOVED, "a key says it",
                    parts -> parts.key(SidecarKey.METADATA).text("{}")),
            config(".*", Change.ADDED, "checkpoints have settings that the memory does not read",
                    config -> config.put("dropout", 0.5).putObject("optimiser").put("name", "x")),
            config(".*", Change.REMOVED, "a key says it, or a default holds", config -> config.remove("rank")),
            config(SidecarSettings.NORMALIZE_QK, Change.ANY, "stated once",
                    config -> config.put("normalize_qk", false)),
            config(SidecarSettings.UPDATE_MODE, Change.ANY, "stated once",
                    config -> config.put("state_update_mode", "no_lambda")),
            config(SidecarSettings.ERASE_GATE, Change.ANY, "stated once",
                    config -> config.put("rwkv_ms_erase_gate", -3)),
            config(SidecarSettings.READ_TOP_K, Change.ANY, "stated once",
                    config -> config.put("rwkv_ms_read_top_k", 1)),
            config(SidecarSettings.RANKWISE_GATES, Change.AT_RANK_1, "one gate row either way",
                    config -> config.put("rankwise_gates", false)),
            members(SidecarKey.TENSOR_MANIFEST, "[^/]*/[^/]*(/.*)?", Change.ADDED, "an entry may say more",
                    parts -> parts.firstEntry(entry -> entry.put("x", 1).putArray("y").add(1))),
            members(SidecarKey.PER_LAYER_ATTENTION, "layer [0-9]+/.*", Change.ADDED, "an entry may say more",
                    parts -> parts.key(SidecarKey.PER_LAYER_ATTENTION)
                            .json(entries -> ((ObjectNode) entries.get(0)).put("window", 512))));

    private static FreePlace silent(SidecarKey key) {
        return key(key, Change.REMOVED, "an embedded document says it, or it has one value only",
                parts -> parts.remove(key));
    }

    private static FreePlace key(SidecarKey key, Change change, String why, Consumer<GgufParts> example) {
        return new FreePlace(Pattern.compile(Pattern.quote(key.key())), change, why, example);
    }

    private static FreePlace members(SidecarKey key, String members, Change change, String why,
            Consumer<GgufParts> example) {
        return new FreePlace(Pattern.compile(Pattern.quote(key.key()) + "/?" + members), change, why, example);
    }

    private static FreePlace config(String member, Change change, String why, Consumer<ObjectNode> example) {
        return members(SidecarKey.CONFIG, member, change, why, parts -> parts.config(example));
    }

    private static FreePlace text(SidecarKey key, String why) {
        return new FreePlace(Pattern.compile(Pattern.quote(key.key())), Change.ANY, why, parts -> {
            parts.remove(key);
            parts.add(key.key()).text("another");
        });
    }

    static boolean isFree(String place, SidecarContent before, SidecarContent after) {
        return ALL.stream().anyMatch(free -> free.place.matcher(place).matches() && switch (free.change) {
            case ANY -> true;
            case REMOVED -> after.at(place).isEmpty();
            case ADDED -> before.at(place).isEmpty();
            case AT_RANK_1 -> before.at(SidecarKey.RANK.key()).equals("UINT32 1");
        });
    }
}
