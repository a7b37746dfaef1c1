// The hook against a llama.cpp made for this test: what a real one does not do on demand, such as graphs without a node,
// computations that stop halfway, and states that are refused. The library finds these functions as it finds the real ones.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "../../main/cpp/src/error.h"
#include "../../main/cpp/src/node_layout.h"
#include "check.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "handles.h"

using namespace test;

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
    bool keeps = false;   // takes a state without positions and keeps its own, as llama.cpp before v0.4.0 does
    bool forgets = false; // takes a state and holds no position after it
};

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
void llama_set_abort_callback(llama_context *c, bool (*abort)(void *),
                                                                     void *data) {
    c->abort = abort;
    c->abort_data = data;
}
int32_t llama_model_meta_val_str(const llama_model *m, const char *key,
                                                                        char *text, size_t size) {
    const std::string name = key;
    const std::string value = name == "general.architecture"                  ? m->architecture
                              : name == "gemma4.attention.shared_kv_layers" ? m->shared
                                                                            : "";
    return value.empty() ? -1 : std::snprintf(text, size, "%s", value.c_str());
}
size_t llama_state_get_size(llama_context *c) { return c->no_state ? 0 : 8; }
size_t llama_state_get_data(llama_context *c, uint8_t *data, size_t size) {
    if (c->no_state || size < 8) return 0;
    const int64_t positions = c->memory.positions;
    std::memcpy(data, &positions, 8);
    return 8;
}
size_t llama_state_set_data(llama_context *c, const uint8_t *data,
                                                                   size_t size) {
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

namespace {

using Bytes = std::vector<uint8_t>;

Settings settings() {
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
std::vector<Node> gemma4(const Settings &s) {
    std::vector<Node> nodes;
    for (int layer = 0; layer < 6; ++layer) {
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

// Index of the node of that name and, if given, that operation.
size_t place(const std::vector<Node> &nodes, const std::string &name, ggml_op op = GGML_OP_NONE) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node &node) {
        return node.name == name && (op == GGML_OP_NONE || node.op == op);
    });
    if (found == nodes.end()) throw std::runtime_error("no node " + name);
    return static_cast<size_t>(found - nodes.begin());
}

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

    explicit Live(const Settings &of = settings(), const rwkv_ms_hook_params *params = nullptr)
        : s(of), sidecar(open_bound(of)), context(test::context(sidecar.get())), graph(gemma4(of)) {
        rwkv_ms_hook *made = nullptr;
        expect_ok(rwkv_ms_hook_create(context.get(), params, &made), "hook_create");
        hook.reset(made);
        user_data = made;
    }

    std::string attach() { return status_text(rwkv_ms_hook_attach(hook.get(), &llama, nullptr)); }
    Live &attached() {
        expect_ok(rwkv_ms_hook_attach(hook.get(), &llama, nullptr), error());
        return *this;
    }
    std::string error() const { return last_error(rwkv_ms_hook_error, static_cast<const rwkv_ms_hook *>(hook.get())); }
    std::string check() { return status_text(rwkv_ms_hook_check(hook.get())); }

    // What ggml's scheduler and llama_decode do: 0, or 2 if the computation was stopped. stop_at: the host's own
    // reason to stop before that node.
    int decode(int32_t n_tokens, size_t stop_at = SIZE_MAX) {
        llama.memory.positions += n_tokens;
        const std::unique_ptr<ggml_context, FreeContext> memory(ggml_init({size_t{1} << 22, nullptr, false}));
        const std::unique_ptr<ggml_backend_buffer, FreeBuffer> buffer(
            ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), 64));
        asked = 0;
        for (size_t i = 0; i < graph.size(); ++i) {
            ggml_tensor *tensor = make(memory.get(), graph[i], n_tokens);
            if (cpu) tensor->buffer = buffer.get();
            const bool wanted = rwkv_ms_hook_eval(tensor, true, user_data);
            if ((llama.abort != nullptr && llama.abort(llama.abort_data)) || i == stop_at) {
                llama.memory.positions -= n_tokens;
                return 2;
            }
            if (!wanted) continue;
            ++asked;
            CHECK(rwkv_ms_hook_eval(tensor, false, user_data));
        }
        const bool stopped = llama.abort != nullptr && llama.abort(llama.abort_data);
        if (stopped) llama.memory.positions -= n_tokens;
        return stopped ? 2 : 0;
    }

    Bytes save() {
        Bytes out(1 << 16);
        size_t written = 0;
        expect_ok(rwkv_ms_state_save(context.get(), out.data(), out.size(), &written),
                  last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context.get())));
        out.resize(written);
        return out;
    }
    Bytes save_session() {
        size_t size = 0;
        expect_ok(rwkv_ms_session_size(hook.get(), 0, &size), "session_size");
        Bytes out(size);
        expect_ok(rwkv_ms_session_save(hook.get(), nullptr, 0, out.data(), size, nullptr), error());
        return out;
    }
    std::string load_session(const Bytes &session) {
        return status_text(rwkv_ms_session_load(hook.get(), session.data(), session.size(), nullptr, 0, nullptr));
    }
    rwkv_ms_hook_counts counts(int32_t layer) {
        rwkv_ms_hook_counts out{};
        expect_ok(rwkv_ms_hook_counters(hook.get(), layer, &out), error());
        return out;
    }
    std::vector<float> captured(int32_t layer, const std::string &name) {
        int64_t n = 0, width = 0;
        expect_ok(rwkv_ms_hook_captured(hook.get(), layer, name.c_str(), nullptr, 0, &n, &width), error());
        std::vector<float> out(static_cast<size_t>(n * width) + 1);
        expect_ok(rwkv_ms_hook_captured(hook.get(), layer, name.c_str(), out.data(), out.size(), &n, &width), error());
        out.pop_back();
        return out;
    }

private:
    // A sidecar that was opened with its base: a file of one letter.
    static SidecarHandle open_bound(Settings of) {
        const std::string base = "base-" + temporary_file();
        write_file(base, "a");
        of.base_sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        SidecarHandle out;
        const int32_t status = try_open(Sidecar(of).bytes(), out, base.c_str());
        std::remove(base.c_str());
        expect_ok(status, last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())));
        return out;
    }

    static ggml_tensor *make(ggml_context *memory, const Node &node, int32_t n_tokens) {
        ggml_tensor *tensor = ggml_new_tensor_2d(memory, GGML_TYPE_F32, node.width, n_tokens);
        ggml_set_name(tensor, node.name.c_str());
        tensor->op = node.op;
        if (!node.weight.empty()) {
            tensor->src[0] = ggml_new_tensor_1d(memory, GGML_TYPE_F32, 1);
            ggml_set_name(tensor->src[0], node.weight.c_str());
        }
        const std::vector<float> values = random_values(static_cast<size_t>(node.width * n_tokens), 1,
                                                        static_cast<unsigned>(node.name[node.name.size() - 1]));
        std::copy(values.begin(), values.end(), static_cast<float *>(tensor->data));
        return tensor;
    }
};

// Spoils the graph of the second microbatch, and sees that it was stopped with that text and left no trace.
void spoiled(const std::string &text, const std::function<void(std::vector<Node> &)> &spoil) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    const Bytes before = live.save();
    spoil(live.graph);
    CHECK_EQUAL(live.decode(2), 2);
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
    CHECK_EQUAL(live.error(), text);
    CHECK_EQUAL(live.counts(1).ubatches, int64_t{1});
    live.graph = gemma4(live.s);
    CHECK_EQUAL(live.decode(2), 2); // stays stopped
    CHECK_EQUAL(live.llama.memory.positions, 3);
    expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.decode(3), 0);
    CHECK(live.save() == before);
}

void erase(std::vector<Node> &nodes, const std::string &name, ggml_op op = GGML_OP_NONE) {
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(place(nodes, name, op)));
}

} // namespace

TEST(asks_for_the_needed_nodes_and_adds_once) {
    Live live;
    CHECK_EQUAL(live.decode(2), 0); // not attached: watches nothing
    CHECK_EQUAL(live.asked, int64_t{0});
    live.llama.memory.positions = 0;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 5), "capture");
    for (const int32_t n : {3, 1, 4}) CHECK_EQUAL(live.decode(n), 0);
    CHECK_EQUAL(live.asked, int64_t{6}); // of two layers attn_norm, q and o
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    for (const int32_t layer : {1, 3}) {
        const rwkv_ms_hook_counts counts = live.counts(layer);
        CHECK_EQUAL(counts.ubatches, int64_t{3});
        CHECK_EQUAL(counts.tokens, int64_t{8});
        CHECK_EQUAL(counts.injected_q, int64_t{8});
        CHECK_EQUAL(counts.injected_k, int64_t{0});
        CHECK_EQUAL(counts.injected_v, int64_t{0});
        CHECK_EQUAL(counts.injected_o, int64_t{8});
        for (const std::string head : {"q", "o"}) {
            const std::vector<float> before = live.captured(layer, "before_" + head),
                                     delta = live.captured(layer, "delta_" + head),
                                     after = live.captured(layer, "after_" + head);
            CHECK_EQUAL(delta.size(), size_t{5} * (head == "q" ? live.s.q_out : live.s.o_out)); // the capacity
            for (size_t i = 0; i < delta.size(); ++i) CHECK(after[i] == before[i] + delta[i]);
            CHECK(std::any_of(delta.begin(), delta.end(), [](float value) { return value != 0; }));
        }
        CHECK_EQUAL(live.captured(layer, "hidden").size(), size_t{5} * live.s.hidden);
        CHECK_EQUAL(status_text(rwkv_ms_hook_captured(live.hook.get(), layer, "delta_k", nullptr, 0, nullptr, nullptr)),
                    "RWKV_MS_E_NO_TAP");
    }
}

TEST(graphs_that_lack_something_are_stopped) {
    for (const char *layer : {"1", "3"}) {
        const std::string l = layer;
        spoiled("node Qcur-" + l + " of layer " + l + ": expected once, after attn_norm-" + l,
                [&](auto &nodes) { erase(nodes, "attn_norm-" + l); });
        spoiled("the graph has no node attn_norm-" + l, [&](auto &nodes) {
            erase(nodes, "attn_norm-" + l);
            erase(nodes, "Qcur-" + l, GGML_OP_MUL_MAT);
            erase(nodes, "node_7" + l);
        });
    }
    spoiled("layer 1: the graph has no node for the delta of q before that of o",
            [](auto &nodes) { erase(nodes, "Qcur-1", GGML_OP_MUL_MAT); });
    spoiled("layer 1: the graph has no node for the delta of o", [](auto &nodes) { erase(nodes, "node_71"); });
    spoiled("layer 3: the graph has no node for the delta of o", [](auto &nodes) { erase(nodes, "node_73"); });
    spoiled("layer 3: the graph has no node for the delta of q before that of o",
            [](auto &nodes) { nodes[place(nodes, "Qcur-3")].op = GGML_OP_ADD; }); // as with a LoRA adapter
    spoiled("node Qcur-1 of layer 1: expected once, after attn_norm-1", [](auto &nodes) {
        const size_t at = place(nodes, "Qcur-1");
        nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(at), nodes[at]);
    });
    spoiled("node Qcur-1 of layer 1: expected once, after attn_norm-1",
            [](auto &nodes) { std::swap(nodes[place(nodes, "Qcur-1")], nodes[place(nodes, "attn_norm-1")]); });
    spoiled("node attn_norm-3: expected shape (ggml order) [64, 2], found [65, 2, 1, 1]",
            [](auto &nodes) { nodes[place(nodes, "attn_norm-3")].width = 65; });
    spoiled("node Qcur-1: expected shape (ggml order) [96, 2], found [95, 2, 1, 1]",
            [](auto &nodes) { nodes[place(nodes, "Qcur-1")].width = 95; });
}

TEST(a_stopped_computation_leaves_both_sides_as_they_were) {
    const size_t nodes = gemma4(settings()).size();
    Live whole;
    whole.attached();
    for (const int32_t n : {3, 2, 1}) CHECK_EQUAL(whole.decode(n), 0);
    for (size_t stop = 0; stop < nodes; ++stop) {
        Live live;
        live.attached();
        CHECK_EQUAL(live.decode(3), 0);
        CHECK_EQUAL(live.decode(2, stop), 2);
        if (stop % 2 == 0) CHECK_EQUAL(live.check(), "RWKV_MS_OK"); // with and without a look in between
        CHECK_EQUAL(live.decode(2), 0);
        CHECK_EQUAL(live.decode(1), 0);
        CHECK(live.save() == whole.save());
        CHECK_EQUAL(live.counts(3).tokens, int64_t{6});
    }
}

TEST(positions_that_do_not_follow_are_stopped) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    live.llama.memory.positions = 5;
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_STEP");
    CHECK_EQUAL(live.error(), "llama.cpp's memory: expected 3 positions as the context has, found 5");
    CHECK_EQUAL(live.decode(1), 2);
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_STEP");
    CHECK_EQUAL(live.error(), "microbatch of 1 tokens: expected it to begin at position 3, where the context stands, "
                              "found 5 in llama.cpp's memory");
}

TEST(the_hosts_own_abort_callback_is_asked) {
    bool stop = false;
    const rwkv_ms_hook_params params{[](void *data) { return *static_cast<bool *>(data); }, &stop, 0, 0};
    Live live(settings(), &params);
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    stop = true;
    CHECK_EQUAL(live.decode(3), 2);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    stop = false;
    CHECK_EQUAL(live.decode(3), 0);
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    CHECK(live.llama.abort == params.abort_callback && live.llama.abort_data == &stop);
    CHECK_EQUAL(Layer(live.context.get(), live.s, 3).state().position, int64_t{6}); // the last one was kept
    CHECK_EQUAL(live.check(), "RWKV_MS_E_ATTACHED");
}

TEST(what_does_not_fit_is_refused_at_attach) {
    const auto refused = [](const std::string &code, const std::string &text, const auto &spoil) {
        Live live;
        spoil(live);
        CHECK_EQUAL(live.attach(), code);
        CHECK_EQUAL(live.error(), text);
        CHECK(live.llama.abort == nullptr);
        CHECK_EQUAL(live.check(), "RWKV_MS_E_ATTACHED");
    };
    refused("RWKV_MS_E_HOST_ARCHITECTURE", "model: general.architecture: expected gemma4, found 'gemma3'",
            [](Live &live) { live.llama.model.architecture = "gemma3"; });
    refused("RWKV_MS_E_HOST_HIDDEN_SIZE", "model: hidden size: expected 64 as the sidecar has, found 65",
            [](Live &live) { live.llama.model.n_embd = 65; });
    refused("RWKV_MS_E_HOST_LAYERS", "model: expected more than 3 layers as the sidecar's target layers need, found 3",
            [](Live &live) { live.llama.model.n_layer = 3; });
    refused("RWKV_MS_E_HOST_LAYERS",
            "model: layer 3: expected a layer with keys and values of its own, found one of the last 3 of 6, which share "
            "them (gemma4.attention.shared_kv_layers)",
            [](Live &live) { live.llama.model.shared = "3"; });
    refused("RWKV_MS_E_HOST_LAYERS",
            "model: key gemma4.attention.shared_kv_layers: expected a count of layers, found '-1'",
            [](Live &live) { live.llama.model.shared = "-1"; });
    refused("RWKV_MS_E_SEQUENCES", "llama_context: n_seq_max: expected 1, found 2: the memory holds one sequence",
            [](Live &live) { live.llama.n_seq_max = 2; });
    refused("RWKV_MS_E_HOST_STEP", "llama.cpp's memory: expected 0 positions as the context has, found 4",
            [](Live &live) { live.llama.memory.positions = 4; });
    Live live;
    CHECK_EQUAL(status_text(rwkv_ms_hook_attach(live.hook.get(), &live.llama, "no-such-file")),
                "RWKV_MS_E_BASE_UNREADABLE");
    live.attached();
    CHECK_EQUAL(live.attach(), "RWKV_MS_E_ATTACHED");
}

// A callback whose user data is no hook watches nothing, and the attached hook reports it.
TEST(user_data_that_is_no_hook_of_this_context) {
    Live other;
    const auto told = [](void *user_data) {
        Live live;
        live.attached();
        live.user_data = user_data;
        CHECK_EQUAL(live.decode(3), 0);
        CHECK_EQUAL(live.asked, int64_t{0});
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_STEP");
        CHECK_EQUAL(live.error(), "llama.cpp's memory: expected 0 positions as the context has, found 3: nothing has reached "
                                  "this hook since it was attached: expected cb_eval to be rwkv_ms_hook_eval, and "
                                  "cb_eval_user_data this hook");
        expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
        live.user_data = live.hook.get();
        CHECK_EQUAL(live.decode(3), 0);
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    };
    told(nullptr);
    told(other.hook.get()); // of another context, not attached
    told(other.context.get());
    told(&other.llama);
    other.hook.reset();
    rwkv_ms_hook *gone = nullptr;
    expect_ok(rwkv_ms_hook_create(other.context.get(), nullptr, &gone), "hook_create");
    rwkv_ms_hook_destroy(gone);
    told(gone);
    CHECK(rwkv_ms_hook_eval(nullptr, false, nullptr));
    CHECK(!rwkv_ms_hook_eval(nullptr, true, nullptr));
}

// A llama_context whose user data is a hook that is attached elsewhere: that one sees nodes that are not its own.
TEST(user_data_that_is_a_hook_attached_elsewhere) {
    Live live, other;
    live.attached();
    other.attached();
    live.user_data = other.hook.get();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_STEP");
    CHECK_EQUAL(other.check(), "RWKV_MS_E_HOST_STEP");
}

TEST(one_hook_a_context_and_one_a_llama_context) {
    Live live, other;
    rwkv_ms_hook *second = live.hook.get();
    CHECK_EQUAL(status_text(rwkv_ms_hook_create(live.context.get(), nullptr, &second)), "RWKV_MS_E_ATTACHED");
    CHECK(second == nullptr);
    CHECK_EQUAL(last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(live.context.get())),
                "rwkv_ms_hook_create: expected a context without a hook, found one that has one already");
    live.attached();
    CHECK_EQUAL(status_text(rwkv_ms_hook_attach(other.hook.get(), &live.llama, nullptr)), "RWKV_MS_E_ATTACHED");
    CHECK_EQUAL(other.error(), "rwkv_ms_hook_attach: expected a llama_context without a hook, found one that another hook "
                               "is attached to");
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    live.llama.memory.positions = 0;
    CHECK_EQUAL(status_text(rwkv_ms_hook_attach(other.hook.get(), &live.llama, nullptr)), "RWKV_MS_OK");
    expect_ok(rwkv_ms_hook_detach(other.hook.get()), "detach");
    live.llama.memory.positions = 2;
    live.attached(); // a refused attachment keeps none
    live.hook.reset();
    CHECK_EQUAL(status_text(rwkv_ms_hook_create(live.context.get(), nullptr, &second)), "RWKV_MS_OK");
    rwkv_ms_hook_destroy(second);
}

// Every order of destroying: nothing is read that is gone, and the host goes on without the memory.
TEST(what_is_destroyed_before_what_uses_it) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(2), 0);
    live.sidecar.reset();
    live.context.reset(); // the hook keeps it
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.counts(1).tokens, int64_t{3});
    rwkv_ms_hook *const gone = live.hook.get();
    live.hook.reset(); // attached, and not detached
    live.user_data = gone;
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.asked, int64_t{0});
    size_t size = 0;
    int64_t n = 0;
    char text[8];
    rwkv_ms_hook_counts counts{};
    rwkv_ms_hook_destroy(gone);
    for (const int32_t status :
         {rwkv_ms_hook_error(gone, text, sizeof text, &size), rwkv_ms_hook_attach(gone, &live.llama, nullptr),
          rwkv_ms_hook_detach(gone), rwkv_ms_hook_check(gone), rwkv_ms_hook_counters(gone, 1, &counts),
          rwkv_ms_hook_capture(gone, 1), rwkv_ms_hook_captured(gone, 1, "hidden", nullptr, 0, &n, &n),
          rwkv_ms_session_size(gone, 0, &size), rwkv_ms_session_save(gone, nullptr, 0, &size, 8, nullptr),
          rwkv_ms_session_load(gone, &size, 8, nullptr, 0, nullptr), rwkv_ms_session_save_file(gone, "x", nullptr, 0),
          rwkv_ms_session_load_file(gone, "x", nullptr, 0, nullptr)})
        CHECK_EQUAL(status_text(status), "RWKV_MS_E_ARGUMENT");
    Live again; // the hook of a llama_context that an earlier one was destroyed on
    again.llama.abort = live.llama.abort;
    again.llama.abort_data = live.llama.abort_data;
    CHECK_EQUAL(again.attached().decode(1), 0);
    CHECK_EQUAL(again.check(), "RWKV_MS_OK");
}

TEST(calls_beside_an_attachment) {
    Live live;
    size_t size = 0;
    for (int round = 0; round < 2; ++round) {
        expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach of what is not attached");
        CHECK_EQUAL(live.check(), "RWKV_MS_E_ATTACHED");
        CHECK_EQUAL(live.load_session(Bytes(64)), "RWKV_MS_E_ATTACHED");
        CHECK_EQUAL(status_text(rwkv_ms_session_save(live.hook.get(), nullptr, 0, &size, 8, nullptr)),
                    "RWKV_MS_E_ATTACHED");
        live.attached();
        CHECK_EQUAL(live.attach(), "RWKV_MS_E_ATTACHED");
        CHECK_EQUAL(live.decode(2), 0);
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
        expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
        CHECK_EQUAL(live.decode(1), 0); // without the memory
        live.llama.memory.positions = 0;
        expect_ok(rwkv_ms_context_reset(live.context.get()), "reset");
    }
}

TEST(refused_sessions_are_rolled_back) {
    Live live, other;
    live.attached();
    other.attached();
    live.decode(3);
    other.decode(2);
    const Bytes session = other.save_session(), before = live.save_session();
    live.llama.refusals = 1; // and lost its memory
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_E_HOST_STATE");
    CHECK_EQUAL(live.error(), "session: llama.cpp's state: expected 8 bytes taken, found 0; its log says why; nothing "
                              "has changed");
    CHECK(live.save_session() == before);
    live.llama.no_state = true;
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_E_HOST_STATE");
    live.llama.no_state = false;
    CHECK(live.save_session() == before);
    live.llama.refusals = 2; // its own state from before too
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_E_HOST_ROLLBACK");
    CHECK_EQUAL(live.llama.memory.positions, 0);
    CHECK_EQUAL(Layer(live.context.get(), live.s, 1).state().position, int64_t{0});
    CHECK_EQUAL(live.decode(3), 0);
    CHECK(live.save_session() == before);
    live.llama.refusals = 1;
    live.llama.forgets = true; // accepts its own former state, and is then at another position
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_E_HOST_ROLLBACK");
    CHECK_EQUAL(Layer(live.context.get(), live.s, 1).state().position, int64_t{0});
    live.llama.forgets = false;
    CHECK_EQUAL(live.decode(3), 0);
    CHECK(live.save_session() == before);
    live.llama.memory.positions = 9; // out of step, and a load puts it right
    CHECK_EQUAL(live.decode(1), 2);
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_OK");
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.llama.memory.positions, 3);
}

TEST(payloads_and_raw_state_keep_the_position_of_the_host) {
    Live live, other;
    live.attached();
    other.attached();
    live.decode(3);
    other.decode(4);
    const Bytes four = other.save(), three = live.save();
    const auto load = [&](const Bytes &payload) {
        return status_text(rwkv_ms_state_load(live.context.get(), payload.data(), payload.size()));
    };
    CHECK_EQUAL(load(four), "RWKV_MS_E_HOST_STEP");
    CHECK(live.save() == three);
    live.decode(1); // undecided when the load replaces it
    CHECK_EQUAL(load(four), "RWKV_MS_OK");
    CHECK(live.save() == four);
    const int64_t position = 4;
    CHECK_EQUAL(status_text(rwkv_ms_state_set(live.context.get(), 1, nullptr, 0, nullptr, 0, &position)),
                "RWKV_MS_E_ATTACHED");
    CHECK_EQUAL(status_text(rwkv_ms_context_reset(live.context.get())), "RWKV_MS_E_ATTACHED");
    const std::vector<float> hidden(live.s.hidden, 1);
    rwkv_ms_deltas none{};
    CHECK_EQUAL(status_text(rwkv_ms_forward(live.context.get(), 1, hidden.data(), hidden.size(), nullptr, 1, 0, &none)),
                "RWKV_MS_E_ATTACHED");
    CHECK_EQUAL(status_text(rwkv_ms_forward(live.context.get(), 1, hidden.data(), hidden.size(), nullptr, 1,
                                            RWKV_MS_FORWARD_READ_ONLY, &none)),
                "RWKV_MS_OK");
    CHECK(live.save() == four);
}

TEST(places_of_the_nodes) {
    Live live;
    const auto places = [&](int32_t layer) {
        char text[256] = "";
        expect_ok(rwkv_ms_hook_places(live.hook.get(), layer, text, sizeof text, nullptr), live.error());
        return std::string(text);
    };
    live.attached();
    CHECK_EQUAL(places(1), "");
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(places(1), "hidden none\nq none\no none\n");
    live.cpu = true;
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(places(3), "hidden none\nhidden CPU\nq none\nq CPU\no none\no CPU\n");
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    live.attached();
    CHECK_EQUAL(places(3), "");
    char text[8] = "before";
    CHECK_EQUAL(live.decode(1), 0);
    size_t needed = 0;
    CHECK_EQUAL(status_text(rwkv_ms_hook_places(live.hook.get(), 3, text, sizeof text, &needed)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(needed, places(3).size() + 1);
    CHECK_EQUAL(std::string(text), "before");
    CHECK_EQUAL(status_text(rwkv_ms_hook_places(live.hook.get(), 2, text, sizeof text, &needed)), "RWKV_MS_E_NO_LAYER");
    CHECK_EQUAL(status_text(rwkv_ms_hook_places(nullptr, 3, text, sizeof text, &needed)), "RWKV_MS_E_ARGUMENT");
}

TEST(handles_and_buffers) {
    Live live;
    size_t size = 0;
    int64_t n = 0;
    rwkv_ms_hook *made = nullptr;
    rwkv_ms_hook_counts counts{};
    for (const int32_t status :
         {rwkv_ms_hook_create(nullptr, nullptr, &made), rwkv_ms_hook_attach(nullptr, &live.llama, nullptr),
          rwkv_ms_hook_attach(live.hook.get(), nullptr, nullptr), rwkv_ms_hook_detach(nullptr),
          rwkv_ms_hook_check(nullptr), rwkv_ms_hook_counters(nullptr, 1, &counts),
          rwkv_ms_hook_counters(live.hook.get(), 1, nullptr), rwkv_ms_hook_capture(live.hook.get(), -1),
          rwkv_ms_hook_captured(nullptr, 1, "hidden", nullptr, 0, &n, &n), rwkv_ms_session_size(nullptr, 0, &size),
          rwkv_ms_session_save(nullptr, nullptr, 0, &size, 8, nullptr), rwkv_ms_session_save_file(nullptr, "x", nullptr, 0),
          rwkv_ms_session_load(nullptr, &size, 8, nullptr, 0, nullptr),
          rwkv_ms_session_load_file(nullptr, "x", nullptr, 0, nullptr)})
        CHECK_EQUAL(status_text(status), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_session_size(live.hook.get(), 0, &size)), "RWKV_MS_E_ATTACHED");
    CHECK_EQUAL(status_text(rwkv_ms_hook_captured(live.hook.get(), 1, "hidden", nullptr, 0, &n, &n)),
                "RWKV_MS_E_NO_TAP");
    live.attached();
    live.decode(2);
    const Bytes session = live.save_session();
    Bytes small(session.size() - 1, 0x5a);
    CHECK_EQUAL(status_text(rwkv_ms_session_save(live.hook.get(), nullptr, 0, small.data(), small.size(), nullptr)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK(small == Bytes(session.size() - 1, 0x5a));
    rwkv_ms_hook_destroy(nullptr);
}

TEST(state_without_positions_empties_the_memory) {
    Live live;
    live.attached();
    live.llama.keeps = true;
    const Bytes empty = live.save_session();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.load_session(empty), "RWKV_MS_OK");
    CHECK_EQUAL(live.llama.memory.positions, 0);
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
}

// The headers that the hook was compiled with may be of another release than the libggml of the process.
TEST(nodes_of_another_ggml_are_refused) {
    rwkv_ms::check_node_layout();
    ggml_tensor weight{}, product{};
    weight.ne[1] = 5;
    std::snprintf(weight.name, sizeof weight.name, "weight");
    product.op = GGML_OP_MUL_MAT;
    product.src[0] = &weight;
    const size_t overhead = sizeof(ggml_tensor) + 32;
    const auto refusal = [&](size_t size) -> std::string {
        try {
            rwkv_ms::check_product(product, weight, size);
        } catch (const rwkv_ms::Error &e) {
            CHECK_EQUAL(status_text(e.status()), "RWKV_MS_E_HOST_LIBRARY");
            return e.what();
        }
        return "none";
    };
    CHECK_EQUAL(refusal(overhead), "none");
    CHECK_EQUAL(refusal(overhead + 8), "libggml: sizeof(ggml_tensor): expected 336 as its headers at the build have it, "
                                       "found 344");
    product.op = GGML_OP_ADD;
    CHECK_EQUAL(refusal(overhead), "libggml: ggml_tensor.op of a product: expected " + std::to_string(GGML_OP_MUL_MAT) +
                                       " as its headers at the build have it, found " + std::to_string(GGML_OP_ADD));
    product.op = GGML_OP_MUL_MAT;
    weight.name[0] = 'W';
    CHECK_EQUAL(refusal(overhead), "libggml: ggml_tensor.name: expected weight as its headers at the build have it, found "
                                   "Weight");
    weight.ne[1] = 3;
    CHECK_EQUAL(refusal(overhead), "libggml: ggml_tensor.ne[1]: expected 5 as its headers at the build have it, found 3");
}

int main() { return run_all(); }
