package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/**
 * Reads the settings of a sidecar, with the defaults for absent ones (sidecar.md, "Defaults of absent settings").
 *
 * <p>Values of the wrong type or range count as absent here; the validator reports them.
 */
public final class SidecarSettings {
    public static final String NORMALIZE_QK = "normalize_qk";
    public static final String COUPLE_LAMBDA = "couple_lambda";
    public static final String RANKWISE_GATES = "rankwise_gates";
    public static final String UPDATE_MODE = "state_update_mode";
    public static final String ERASE_GATE = "rwkv_ms_erase_gate";
    public static final String READ_TOP_K = "rwkv_ms_read_top_k";
    public static final String TRAINABLE_DELTA_SCALE = "trainable_delta_scale";
    static final int DEFAULT_HEADS = 1;
    public static final int DEFAULT_SEMANTICS = 1;

    private SidecarSettings() {
    }

    /** The configuration of a file without findings that stop the reference. */
    public static MemoryConfig config(SidecarFile file) {
        return new MemoryConfig((int) LayerSizes.of(file).hiddenSize(), integer(file, SidecarKey.RANK), heads(file),
                integer(file, SidecarKey.NUM_STATES), integer(file, SidecarKey.CHUNK_SIZE),
                file.real(SidecarKey.ALPHA).orElseThrow(), file.setting(ERASE_GATE).asDouble(1),
                file.setting(READ_TOP_K).asInt(0),
                (int) file.integer(SidecarKey.SEMANTICS_VERSION).orElse(DEFAULT_SEMANTICS), updateMode(file),
                deltaHeads(file), flag(file, NORMALIZE_QK), flag(file, COUPLE_LAMBDA), flag(file, RANKWISE_GATES));
    }

    /** N: the value of the key, or the default for the 0 of a configuration that lacks it. */
    static int heads(SidecarFile file) {
        int heads = integer(file, SidecarKey.NUM_STATE_HEADS);
        return heads == 0 ? DEFAULT_HEADS : heads;
    }

    /** The first {@link SidecarSchema#MAX_LAYERS} layer numbers of {@code target_layers_json}, in its order. */
    public static List<Integer> targetLayers(SidecarFile file) {
        List<Integer> layers = new ArrayList<>();
        for (JsonNode layer : file.json(SidecarKey.TARGET_LAYERS)) {
            if (layers.size() < SidecarSchema.MAX_LAYERS && layer.isInt() && layer.intValue() >= 0) {
                layers.add(layer.intValue());
            }
        }
        return layers;
    }

    private static Set<DeltaHead> deltaHeads(SidecarFile file) {
        EnumSet<DeltaHead> heads = EnumSet.noneOf(DeltaHead.class);
        for (JsonNode head : file.json(SidecarKey.DELTA_HEADS)) {
            DeltaHead.ofLabel(head.asText()).ifPresent(heads::add);
        }
        return heads;
    }

    private static UpdateMode updateMode(SidecarFile file) {
        return UpdateMode.ofLabel(file.setting(UPDATE_MODE).asText()).orElse(UpdateMode.STANDARD);
    }

    public static boolean flag(SidecarFile file, String name) {
        return file.setting(name).asBoolean(true);
    }

    /** A u32 as an int; 0 if it is absent or does not fit, which the validator refuses. */
    private static int integer(SidecarFile file, SidecarKey key) {
        long value = file.integer(key).orElse(0);
        return value <= Integer.MAX_VALUE ? (int) value : 0;
    }
}
