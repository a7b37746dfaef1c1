// A llama.cpp made for tests, which must be a part of the program: the library finds its functions as it finds the real ones. It
// does on demand what a real one does not, such as graphs without a node, computations that stop halfway, and states that are
// refused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "handles.h"

struct llama_model {
    std::string architecture = "gemma4", shared = "1";
    int32_t n_embd = 64, n_layer = 6;
};
struct llama_memory_i {
    int32_t positions = 0;
};
struct llama_context {
    llama_model model;
    llama_memory_i memory;
    uint32_t n_seq_max = 1;
    bool (*abort)(void *) = nullptr;
    void *abort_data = nullptr;
    int refusals = 0; // of the next states that are set; each loses what the memory held, as llama.cpp does
    bool no_state = false;
    bool stops_halfway = false; // tells the size of its state, and then gives a part
    bool keeps = false;   // takes a state without positions and keeps its own, as llama.cpp before v0.4.0 does
    bool forgets = false; // takes a state and holds no position after it
    std::function<void()> gives; // called before the next state is given
};

namespace test {

using Bytes = std::vector<uint8_t>;

inline Settings hook_settings() {
    Settings s;
    s.layers = {1, 3};
    return s;
}

struct FreeContext {
    void operator()(ggml_context *context) const { ggml_free(context); }
};

struct FreeBuffer {
    void operator()(ggml_backend_buffer *buffer) const { ggml_backend_buffer_free(buffer); }
};

struct DestroyHook {
    void operator()(rwkv_ms_hook *hook) const { rwkv_ms_hook_destroy(hook); }
};

// One node of a graph that a test may spoil.
struct Node {
    std::string name;
    ggml_op op;
    int64_t width;
    std::string weight;
};

// The nodes of Gemma4's graph that carry a name the hook may look at.
std::vector<Node> gemma4(const Settings &s, int layers = 6);

// Index of the node of that name and, if given, that operation.
size_t place(const std::vector<Node> &nodes, const std::string &name, ggml_op op = GGML_OP_NONE);

class Live {
public:
    const Settings s;
    SidecarHandle sidecar;
    ContextHandle context;
    std::unique_ptr<rwkv_ms_hook, DestroyHook> hook;
    llama_context llama;
    std::vector<Node> graph;
    int64_t asked = 0; // nodes whose values were wanted in the last decode
    void *user_data;   // of the eval callback
    bool cpu = false;  // whether the nodes are in a buffer of ggml's CPU code
    // Called with each node before the hook sees it, and after the hook has changed it.
    std::function<void(ggml_tensor &)> made, changed;

    // base: the bytes of the base file that the sidecar is bound to.
    explicit Live(const Settings &of = hook_settings(), const rwkv_ms_hook_params *params = nullptr,
                  const std::string &base = "a");

    std::string attach() { return status_text(rwkv_ms_hook_attach(hook.get(), &llama, nullptr)); }
    Live &attached();
    std::string error() const { return last_error(rwkv_ms_hook_error, static_cast<const rwkv_ms_hook *>(hook.get())); }
    std::string check() { return status_text(rwkv_ms_hook_check(hook.get())); }

    // What ggml's scheduler and llama_decode do: 0, or 2 if the computation was stopped. stop_at: the host's own
    // reason to stop before that node.
    int decode(int32_t n_tokens, size_t stop_at = SIZE_MAX);
    Bytes save();
    Bytes save_session();
    std::string load_session(const Bytes &session) {
        return status_text(rwkv_ms_session_load(hook.get(), session.data(), session.size(), nullptr, 0, nullptr));
    }
    rwkv_ms_hook_counts counts(int32_t layer);
    std::vector<float> captured(int32_t layer, const std::string &name);
};

} // namespace test
