// A context inside llama.cpp's computation: semantics.md, "The hook". The state after a microbatch is kept
// apart until llama.cpp's memory shows that it kept the microbatch: a decode that is stopped anywhere leaves both sides
// as they were.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "capture.h"
#include "context.h"
#include "device_rows.h"
#include "error.h"
#include "graph_nodes.h"
#include "llama_api.h"
#include "tensor_rows.h"

namespace rwkv_ms {

// Keeps a llama_context for one hook: with two, each would take the microbatches of the other for its own.
class Claim {
public:
    Claim() = default;
    explicit Claim(llama_context *llama);
    ~Claim() { release(); }
    Claim(const Claim &) = delete;
    Claim &operator=(const Claim &) = delete;

    void take(Claim &other);
    void release() noexcept;

private:
    llama_context *llama_ = nullptr;
};

class Hook : public Host {
public:
    Hook(Context &context, const rwkv_ms_hook_params &params);
    ~Hook() override;
    Hook(const Hook &) = delete;
    Hook &operator=(const Hook &) = delete;

    // abort and its data become the host's abort callback, and ask must_abort as long as this hook is alive.
    void attach(llama_context *llama, const char *base_path, bool (*abort)(void *), void *abort_data);
    void detach();
    bool attached() const { return llama_ != nullptr; }

    bool must_abort() const;

    // The eval callback.
    bool eval(ggml_tensor *node, bool ask) noexcept;

    void settle() override;
    void resolve() override;
    int64_t positions() const override;
    void forget() override;
    void clear() override;

    Context &context() { return context_; }
    const LlamaApi &api() const { return *api_; }
    llama_context *llama() const { return llama_; }

    // Counts of the microbatches that llama.cpp kept; call resolve first.
    const rwkv_ms_hook_counts &counts(int32_t layer) const;
    // The text of rwkv_ms_hook_places.
    std::string places(int32_t layer) const;
    void capture(int64_t capacity);
    const Capture &captured(int32_t layer) const;

private:
    // One target layer.
    struct Layer {
        LayerState next; // after the microbatch
        rwkv_ms_hook_counts counts{}, next_counts{};
        std::optional<Capture> capture;
        std::array<std::vector<std::string>, 5> places; // of the hidden states, q, k, v, o: buffer types since attach
        std::array<std::vector<std::string>, 4> adders; // of q, k, v, o: the devices that added the deltas since attach
    };

    int32_t index(int32_t layer) const;
    bool wanted(const GraphNode &node, const ggml_tensor &tensor);
    void computed(const GraphNode &node, ggml_tensor &tensor);
    DeviceRows *device_of(const ggml_tensor &tensor);
    void enter(int32_t layer);
    void require_done_before(int32_t layer) const;
    void begin(int64_t n_tokens);
    float *read(size_t index, const ggml_tensor &tensor, const ggml_tensor *with = nullptr);
    float *read_late(size_t index, size_t head, const ggml_tensor &tensor);
    void add(size_t index, size_t head, ggml_tensor &tensor, float *values);
    bool add_on_device(DeviceRows &device, size_t index, size_t head, const ggml_tensor &tensor);
    bool reads_late(const ggml_tensor &input);
    size_t place_deltas(const DeltaWidths &widths, int64_t n_tokens);
    void finish_layer();
    void keep();
    void fault(rwkv_ms_status status, const char *text) noexcept;

    Context &context_;
    const Config &config_;
    const rwkv_ms_hook_params params_;
    const LlamaApi *api_ = nullptr;
    llama_context *llama_ = nullptr;
    Claim claim_;
    std::vector<int32_t> index_of_; // by layer of the model; kNoTarget for other layers

    std::vector<Layer> layers_; // in the order of the configuration's
    bool undecided_ = false;    // layers_ hold a whole microbatch of n_tokens_ that may or may not stand
    int64_t n_tokens_ = 0;
    int32_t last_input_ = -1; // the layer of the last attn_norm seen in this graph
    size_t next_ = 0;         // index of the target layer that comes next, or is being corrected
    const ggml_tensor *input_ = nullptr; // of layer next_, if it is read with the first projection of it
    int awaited_ = 0;         // RWKV_MS_HEAD_* of layer next_ that are still to come; 0: it has not been read
    std::vector<float> deltas_;            // of all heads that are active, at the places that a device can take them from
    std::array<size_t, 4> delta_of_ = {};  // where each head's begin
    size_t n_deltas_ = 0;
    TensorRows rows_;
    std::vector<std::unique_ptr<DeviceRows>> devices_; // that nodes were on
    const DeviceRows *uploaded_to_ = nullptr;          // the device that has the deltas of layer next_

    std::atomic<bool> stopped_{false}; // read by ggml's threads
    rwkv_ms_status fault_status_ = RWKV_MS_OK;
    ErrorText fault_text_;
};

} // namespace rwkv_ms
