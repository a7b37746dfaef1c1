#include "base_model.h"

#include <charconv>
#include <cstring>
#include <memory>

#include "error.h"
#include "gguf.h"
#include "sha256.h"

namespace rwkv_ms {

namespace {

constexpr const char *kArchitecture = "gemma4";
constexpr const char *kSharedLayers = "gemma4.attention.shared_kv_layers";
constexpr const char *kProjections[] = {"attn_q", "attn_k", "attn_v", "attn_output"}; // of the heads q, k, v, o

// A metadata value of a loaded model as text; empty if it is absent.
std::string meta(const LlamaApi &api, const llama_model *model, const char *key) {
    char text[256] = "";
    return api.model_meta_val_str(model, key, text, sizeof text) >= 0 ? text : "";
}

int64_t shared_layers(const LlamaApi &api, const llama_model *model) {
    const std::string text = meta(api, model, kSharedLayers);
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    require(text.empty() || (error == std::errc() && end == text.data() + text.size() && count >= 0),
            RWKV_MS_E_HOST_LAYERS, "model: key ", kSharedLayers, ": expected a count of layers, found '", text, "'");
    return count;
}

class BaseHeader {
public:
    explicit BaseHeader(const std::string &path)
        : path_(path), gguf_(nullptr, gguf_free), tensors_(nullptr, ggml_free) {
        ggml_context *tensors = nullptr;
        gguf_.reset(gguf_init_from_file(path.c_str(), {/*no_alloc =*/true, &tensors}));
        tensors_.reset(tensors);
        require(gguf_ != nullptr && tensors_ != nullptr, RWKV_MS_E_GGUF, path, ": not a GGUF file that ggml reads");
    }

    // A projection that a delta is added to must have `width` rows.
    void check(int32_t layer, const char *projection, int64_t width) const {
        const std::string name = "blk." + std::to_string(layer) + "." + projection + ".weight";
        const ggml_tensor *const tensor = ggml_get_tensor(tensors_.get(), name.c_str());
        require(tensor != nullptr, RWKV_MS_E_HOST_WIDTH, path_, ": tensor '", name,
                "': missing, and the sidecar corrects what it gives");
        const int64_t found = tensor->ne[1];
        require(found == width, RWKV_MS_E_HOST_WIDTH, path_, ": tensor '", name, "': expected ", width,
                " rows as the sidecar's delta has, found ", found);
    }

private:
    const std::string &path_;
    std::unique_ptr<gguf_context, void (*)(gguf_context *)> gguf_;
    std::unique_ptr<ggml_context, void (*)(ggml_context *)> tensors_;
};

} // namespace

void check_model(const LlamaApi &api, const llama_model *model, const Config &config) {
    const std::string architecture = meta(api, model, "general.architecture");
    require(architecture == kArchitecture, RWKV_MS_E_HOST_ARCHITECTURE,
            "model: general.architecture: expected ", kArchitecture, ", found '", architecture, "'");
    const int32_t hidden = api.model_n_embd(model);
    require(hidden == config.hidden_size, RWKV_MS_E_HOST_HIDDEN_SIZE, "model: hidden size: expected ",
            config.hidden_size, " as the sidecar has, found ", hidden);
    const int64_t layers = api.model_n_layer(model), shared = shared_layers(api, model);
    for (const int32_t layer : config.layers) {
        require(layer < layers, RWKV_MS_E_HOST_LAYERS, "model: expected more than ", layer,
                " layers as the sidecar's target layers need, found ", layers);
        require(layer < layers - shared, RWKV_MS_E_HOST_LAYERS, "model: layer ", layer,
                ": expected a layer with keys and values of its own, found one of the last ", shared, " of ", layers,
                ", which share them (", kSharedLayers, ")");
    }
}

void check_base_file(const std::string &path, const Description &sidecar) {
    const Config &config = sidecar.config;
    const std::string found = sha256_of_file(path);
    require(found == config.base_sha256, RWKV_MS_E_BASE_SHA256_DIFFERS, path, ": SHA-256: expected ", config.base_sha256,
            " as the sidecar names it, found ", found);
    const BaseHeader header(path);
    for (size_t index = 0; index < config.layers.size(); ++index) {
        for (const size_t head : kEachHead) {
            if ((config.delta_heads >> head & 1) != 0)
                header.check(config.layers[index], kProjections[head], sidecar.widths[index][head]);
        }
    }
}

} // namespace rwkv_ms
