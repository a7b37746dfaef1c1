package rwkvms.live.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import rwkvms.ggml.Device;

/** The properties of the server, with the names of a llama-server: {@code /props} and {@code /slots}. */
final class Properties {
    private static final long CHANCE = 0xFFFF_FFFFL;

    private final ServedModel model;
    private final GateServer.Settings settings;
    private final Slot slot;
    private final Turns turns;

    Properties(ServedModel model, GateServer.Settings settings, Slot slot, Turns turns) {
        this.model = model;
        this.settings = settings;
        this.slot = slot;
        this.turns = turns;
    }

    ObjectNode all() {
        ObjectNode json = Answers.object();
        ObjectNode usual = slot();
        usual.set("params", Answers.settings(-1, Requests.usual()).put("seed", CHANCE));
        json.set("default_generation_settings", usual);
        json.put("total_slots", 1).put("model_alias", settings.alias()).put("model_path", model.base().toString());
        json.putObject("modalities").put("vision", false).put("audio", false);
        model.words().beginning().ifPresent(token -> json.put("bos_token",
                new String(model.words().name(token), StandardCharsets.UTF_8)));
        json.put("device", model.model().device().map(Device::name).orElse(Device.PROCESSOR));
        return json.put("build_info", "rwkv-ms-gate").put("is_sleeping", false);
    }

    /** @param free whether the slot must be free */
    ArrayNode slots(boolean free) {
        if (free && turns.taken()) {
            throw new RequestException(RequestException.UNAVAILABLE, "the slot: expected it free, found it taken");
        }
        return JsonNodeFactory.instance.arrayNode().add(slot().put("tokens_cached", slot.count()));
    }

    private ObjectNode slot() {
        return Answers.object().put("id", 0).put("n_ctx", slot.size()).put("speculative", false).put("is_processing",
                turns.taken());
    }
}
