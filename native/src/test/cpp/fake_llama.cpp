// The llama.cpp of the tests, compiled once for all programs that are their own, and optimised: they decode thousands of times.
#include "fake_llama.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

extern "C" {
const llama_model *llama_get_model(const llama_context *c) { return &c->model; }
int32_t llama_model_n_embd(const llama_model *m) { return m->n_embd; }
int32_t llama_model_n_layer(const llama_model *m) { return m->n_layer; }
uint32_t llama_n_seq_max(const llama_context *c) { return c->n_seq_max; }
uint32_t llama_n_ubatch(const llama_context *) { return 4; }
llama_memory_i *llama_get_memory(const llama_context *c) {
    return const_cast<llama_memory_i *>(&c->memory);
}
void llama_memory_clear(llama_memory_i *m, bool) { m->positions = 0; }
int32_t llama_memory_seq_pos_max(llama_memory_i *m, int32_t) {
    return m->positions - 1;
}
void llama_set_abort_callback(llama_context *c, bool (*abort)(void *), void *data) {
    c->abort = abort;
    c->abort_data = data;
}
int32_t llama_model_meta_val_str(const llama_model *m, const char *key, char *text, size_t size) {
    const std::string name = key;
    const std::string value = name == "general.architecture"                  ? m->architecture
                              : name == "gemma4.attention.shared_kv_layers" ? m->shared
                                                                            : "";
    return value.empty() ? -1 : std::snprintf(text, size, "%s", value.c_str());
}
size_t llama_state_get_size(llama_context *c) { return c->no_state ? 0 : 8; }
size_t llama_state_get_data(llama_context *c, uint8_t *data, size_t size) {
    if (const std::function<void()> gives = std::exchange(c->gives, nullptr)) gives();
    if (c->no_state || size < 8) return 0;
    const int64_t positions = c->memory.positions;
    std::memcpy(data, &positions, c->stops_halfway ? 4 : 8);
    return c->stops_halfway ? 4 : 8;
}
size_t llama_state_set_data(llama_context *c, const uint8_t *data, size_t size) {
    int64_t positions = 0;
    if (size != 8 || c->refusals > 0) {
        --c->refusals;
        c->memory.positions = 0;
        return 0;
    }
    std::memcpy(&positions, data, 8);
    if (c->keeps && positions == 0) return 8;
    c->memory.positions = c->forgets ? 0 : static_cast<int32_t>(positions);
    return 8;
}
}

namespace test {

std::vector<Node> gemma4(const Settings &s, int layers) {
    std::vector<Node> nodes;
    for (int layer = 0; layer < layers; ++layer) {
        const std::string l = std::to_string(layer), blk = "blk." + l + ".";
        nodes.push_back({"attn_norm-" + l, GGML_OP_MUL, s.hidden, ""});
        nodes.push_back({"Qcur-" + l, GGML_OP_MUL_MAT, s.q_out, blk + "attn_q.weight"});
        nodes.push_back({"Qcur-" + l, GGML_OP_RESHAPE, s.q_out, ""});
        nodes.push_back({"Kcur-" + l, GGML_OP_MUL_MAT, s.k_out, blk + "attn_k.weight"});
        nodes.push_back({"node_7" + l, GGML_OP_MUL_MAT, s.o_out, blk + "attn_output.weight"});
        nodes.push_back({"ffn_out-" + l, GGML_OP_MUL_MAT, s.o_out, blk + "ffn_down.weight"});
    }
    nodes.push_back({"result_norm", GGML_OP_MUL, s.hidden, ""});
    nodes.push_back({"result_output", GGML_OP_MUL_MAT, 8, "token_embd.weight"});
    return nodes;
}

size_t place(const std::vector<Node> &nodes, const std::string &name, ggml_op op) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node &node) {
        return node.name == name && (op == GGML_OP_NONE || node.op == op);
    });
    if (found == nodes.end()) throw std::runtime_error("no node " + name);
    return static_cast<size_t>(found - nodes.begin());
}

namespace {

// A sidecar that was opened with its base.
SidecarHandle open_bound(Settings of, const std::string &bytes) {
    const std::string base = "base-" + temporary_file();
    write_file(base, bytes);
    of.base_sha256 = sha256(bytes);
    SidecarHandle out;
    const int32_t status = try_open(Sidecar(of).bytes(), out, base.c_str());
    std::remove(base.c_str());
    expect_ok(status, last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())));
    return out;
}

ggml_tensor *make(ggml_context *memory, const Node &node, int32_t n_tokens) {
    ggml_tensor *tensor = ggml_new_tensor_2d(memory, GGML_TYPE_F32, node.width, n_tokens);
    ggml_set_name(tensor, node.name.c_str());
    tensor->op = node.op;
    if (!node.weight.empty()) {
        tensor->src[0] = ggml_new_tensor_1d(memory, GGML_TYPE_F32, 1);
        ggml_set_name(tensor->src[0], node.weight.c_str());
    }
    unsigned seed = 0;
    for (const char c : node.name) seed = 31 * seed + static_cast<unsigned char>(c);
    const std::vector<float> values = random_values(static_cast<size_t>(node.width * n_tokens), 1, seed);
    std::copy(values.begin(), values.end(), static_cast<float *>(tensor->data));
    return tensor;
}

} // namespace

Live::Live(const Settings &of, const rwkv_ms_hook_params *params, const std::string &base)
    : s(of), sidecar(open_bound(of, base)), context(test::context(sidecar.get())), graph(gemma4(of)) {
    rwkv_ms_hook *made = nullptr;
    expect_ok(rwkv_ms_hook_create(context.get(), params, &made), "hook_create");
    hook.reset(made);
    user_data = made;
}

Live &Live::attached() {
    expect_ok(rwkv_ms_hook_attach(hook.get(), &llama, nullptr), error());
    return *this;
}

int Live::decode(int32_t n_tokens, size_t stop_at) {
    llama.memory.positions += n_tokens;
    const std::unique_ptr<ggml_context, FreeContext> memory(ggml_init({size_t{1} << 22, nullptr, false}));
    const std::unique_ptr<ggml_backend_buffer, FreeBuffer> buffer(
        ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), 64));
    asked = 0;
    for (size_t i = 0; i < graph.size(); ++i) {
        ggml_tensor *tensor = make(memory.get(), graph[i], n_tokens);
        if (cpu) tensor->buffer = buffer.get();
        if (made) made(*tensor);
        const bool wanted = rwkv_ms_hook_eval(tensor, true, user_data);
        if ((llama.abort != nullptr && llama.abort(llama.abort_data)) || i == stop_at) {
            llama.memory.positions -= n_tokens;
            return 2;
        }
        if (!wanted) continue;
        ++asked;
        CHECK(rwkv_ms_hook_eval(tensor, false, user_data));
        if (changed) changed(*tensor);
    }
    const bool stopped = llama.abort != nullptr && llama.abort(llama.abort_data);
    if (stopped) llama.memory.positions -= n_tokens;
    return stopped ? 2 : 0;
}

Bytes Live::save() {
    Bytes out(1 << 16);
    size_t written = 0;
    expect_ok(rwkv_ms_state_save(context.get(), out.data(), out.size(), &written),
              last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context.get())));
    out.resize(written);
    return out;
}

Bytes Live::save_session() {
    size_t size = 0;
    expect_ok(rwkv_ms_session_size(hook.get(), 0, &size), "session_size");
    Bytes out(size);
    expect_ok(rwkv_ms_session_save(hook.get(), nullptr, 0, out.data(), size, nullptr), error());
    return out;
}

rwkv_ms_hook_counts Live::counts(int32_t layer) {
    rwkv_ms_hook_counts out{};
    expect_ok(rwkv_ms_hook_counters(hook.get(), layer, &out), error());
    return out;
}

std::vector<float> Live::captured(int32_t layer, const std::string &name) {
    int64_t n = 0, width = 0;
    expect_ok(rwkv_ms_hook_captured(hook.get(), layer, name.c_str(), nullptr, 0, &n, &width), error());
    std::vector<float> out(static_cast<size_t>(n * width) + 1);
    expect_ok(rwkv_ms_hook_captured(hook.get(), layer, name.c_str(), out.data(), out.size(), &n, &width), error());
    out.pop_back();
    return out;
}

} // namespace test
