// The hook against a llama.cpp made for this test: what a real one does not do on demand, such as graphs without a node,
// computations that stop halfway, and states that are refused.
#include <array>
#include <functional>
#include <optional>

#include "../../main/cpp/src/error.h"
#include "../../main/cpp/src/node_layout.h"
#include "allocations.h"
#include "fake_llama.h"

using namespace test;

namespace {

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

// Where no layer comes after the last target, the end of the graph tells what it lacks.
TEST(a_last_layer_that_lacks_something_is_stopped) {
    for (const std::string lacking : {"Qcur-3", "node_73"}) {
        Live live;
        live.llama.model.n_layer = 4;
        live.llama.model.shared = "0";
        live.graph = gemma4(live.s, 4);
        live.attached();
        CHECK_EQUAL(live.decode(3), 0);
        erase(live.graph, lacking, GGML_OP_MUL_MAT);
        CHECK_EQUAL(live.decode(2), 2);
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
        CHECK_EQUAL(live.llama.memory.positions, 3);
    }
}

TEST(a_stopped_computation_leaves_both_sides_as_they_were) {
    for (const int32_t first : {1, 0}) { // of the model, where a new graph begins with the layer that was stopped
        Settings s = hook_settings();
        s.layers = {first, 3};
        const size_t nodes = first == 1 ? gemma4(s).size() : 6;
        Live whole(s);
        whole.attached();
        for (const int32_t n : {3, 2, 1}) CHECK_EQUAL(whole.decode(n), 0);
        for (size_t stop = 0; stop < nodes; ++stop) {
            Live live(s);
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

// A context of which a layer was advanced alone: the highest position is the context's, and no layer may stand behind it.
TEST(layers_that_are_out_of_step) {
    for (const auto &[ahead, behind] : {std::pair{1, 3}, {3, 1}}) {
        Live live;
        Layer(live.context.get(), live.s, ahead).forward(random_values(2 * live.s.hidden, 1));
        CHECK_EQUAL(live.attach(), "RWKV_MS_E_HOST_STEP");
        CHECK_EQUAL(live.error(), "llama.cpp's memory: expected 2 positions as the context has, found 0");
        live.llama.memory.positions = 2;
        live.attached();
        CHECK_EQUAL(live.decode(3), 2);
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_STEP");
        CHECK_EQUAL(live.error(), "layer " + std::to_string(behind) +
                                      ": expected to stand at position 5 after the microbatch as the others, found 3");
        CHECK_EQUAL(live.llama.memory.positions, 2);
    }
}

// A removal looks at the microbatch that is not decided yet, and hides no fault.
TEST(removals_beside_a_decode) {
    Live live;
    live.attached();
    const auto removed = [&](int64_t p0, int64_t p1) {
        return status_text(rwkv_ms_memory_seq_rm(live.context.get(), 0, p0, p1));
    };
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.decode(2), 0); // the context is still at 3
    CHECK_EQUAL(removed(0, 3), "RWKV_MS_E_MUTATION");
    CHECK_EQUAL(live.llama.memory.positions, 5);
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(removed(5, -1), "RWKV_MS_E_MUTATION");
    CHECK_EQUAL(removed(7, -1), "RWKV_MS_OK");
    const Bytes before = live.save();
    erase(live.graph, "attn_norm-1");
    CHECK_EQUAL(live.decode(1), 2);
    const std::string why = "node Qcur-1 of layer 1: expected once, after attn_norm-1";
    for (const auto &[p0, p1] : {std::pair{7, -1}, {3, 3}, {2, 5}}) {
        CHECK_EQUAL(removed(p0, p1), "RWKV_MS_E_HOST_NODE");
        CHECK_EQUAL(last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(live.context.get())), why);
    }
    for (int look = 0; look < 3; ++look) { // as often as it is asked for
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
        CHECK_EQUAL(live.error(), why);
    }
    CHECK_EQUAL(removed(0, -1), "RWKV_MS_OK");
    CHECK_EQUAL(live.llama.memory.positions, 0);
    CHECK(live.save() != before);
}

TEST(the_hosts_own_abort_callback_is_asked) {
    bool stop = false;
    const rwkv_ms_hook_params params{[](void *data) { return *static_cast<bool *>(data); }, &stop, 0, 0};
    Live live(hook_settings(), &params);
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
    for (const std::string other : {"", "gemma", "gemma4n", "gemma4_text", "gemma4 ", "gemma44", "Gemma4", "xgemma4", "emma4"})
        refused("RWKV_MS_E_HOST_ARCHITECTURE", "model: general.architecture: expected gemma4, found '" + other + "'",
                [&](Live &live) { live.llama.model.architecture = other; });
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

// A sidecar may name any layer: a hook takes no memory for the layers of a model that there is not.
TEST(a_layer_beyond_any_model) {
    Settings s = hook_settings();
    s.layers = {1, 9999999};
    largest_allocation();
    Live live(s);
    CHECK_EQUAL(live.attach(), "RWKV_MS_E_HOST_LAYERS");
    CHECK_EQUAL(live.error(), "model: expected more than 9999999 layers as the sidecar's target layers need, found 6");
    CHECK(largest_allocation() < size_t{16} << 20);
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

// A hook that is destroyed while it is attached: its context is as one that never had a hook.
TEST(a_context_after_its_hook) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    const Bytes before = live.save();
    const auto abort = live.llama.abort;
    void *const data = live.llama.abort_data;
    live.hook.reset();
    CHECK(!abort(data));
    CHECK(live.save() == before);
    Layer layer(live.context.get(), live.s, 1);
    layer.forward(random_values(live.s.hidden, 1));
    CHECK_EQUAL(layer.state().position, int64_t{3});
    expect_ok(rwkv_ms_context_reset(live.context.get()), "reset");
    CHECK(!abort(data));
    rwkv_ms_hook *second = nullptr;
    expect_ok(rwkv_ms_hook_create(live.context.get(), nullptr, &second), "hook_create");
    CHECK(!abort(data));
    live.user_data = second;
    live.llama.memory.positions = 0;
    expect_ok(rwkv_ms_hook_attach(second, &live.llama, nullptr), "attach"); // the first gave the llama_context free
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(status_text(rwkv_ms_hook_check(second)), "RWKV_MS_OK");
    rwkv_ms_hook_destroy(second);
}

// At once: also if the thread that llama.cpp called the hook on does not ask for another one afterwards.
TEST(a_hook_is_gone_when_it_is_destroyed) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(2), 0);
    live.hook.reset();
    CHECK_EQUAL(status_text(rwkv_ms_context_reset(live.context.get())), "RWKV_MS_OK");
    rwkv_ms_hook *second = nullptr;
    CHECK_EQUAL(status_text(rwkv_ms_hook_create(live.context.get(), nullptr, &second)), "RWKV_MS_OK");
    rwkv_ms_hook_destroy(second);
}

// The sidecar needs it for every context that it makes.
TEST(a_runtime_that_is_destroyed_first) {
    const Settings s;
    rwkv_ms_runtime *made = nullptr;
    const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
    expect_ok(rwkv_ms_runtime_create(&params, &made, nullptr, 0), "runtime");
    write_file(temporary_file(), Sidecar(s).bytes());
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(made, temporary_file().c_str(), nullptr, 0, &opened);
    std::remove(temporary_file().c_str());
    rwkv_ms_runtime_destroy(made);
    expect_ok(status, "open");
    const SidecarHandle sidecar(opened);
    const std::vector<float> hidden = random_values(3 * s.hidden, 1);
    OwnLayer expected(s);
    expected.forward(hidden);
    const ContextHandle handle = context(opened);
    Layer layer(handle.get(), s);
    layer.forward(hidden);
    CHECK(layer.q == expected.q && layer.state() == expected.state());
}

// What a call was given may change or go when the call has ended.
TEST(arguments_are_not_kept) {
    bool stop = false;
    rwkv_ms_hook_params params{[](void *data) { return *static_cast<bool *>(data); }, &stop, 0, 0};
    Live live(hook_settings(), &params);
    params = {[](void *) { return true; }, nullptr, 0, 0};
    live.attached();
    CHECK_EQUAL(live.decode(2), 0);
    stop = true;
    CHECK_EQUAL(live.decode(2), 2);
    stop = false;
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
}

TEST(the_longest_recording) {
    Settings s = hook_settings();
    s.layers = {1};
    Live live(s);
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 1 << 20), live.error());
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.captured(1, "hidden").size(), size_t{3} * live.s.hidden);
    CHECK_EQUAL(status_text(rwkv_ms_hook_capture(live.hook.get(), (1 << 20) + 1)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(live.error(), "capacity: expected 0 to 1048576, found 1048577");
}

TEST(a_short_recording_buffer_is_left_alone) {
    Live live;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 4), live.error());
    CHECK_EQUAL(live.decode(3), 0);
    std::vector<float> out(3 * live.s.hidden, -7);
    const std::vector<float> untouched = out;
    CHECK_EQUAL(status_text(rwkv_ms_hook_captured(live.hook.get(), 1, "hidden", out.data(), out.size() - 1, nullptr, nullptr)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK(out == untouched);
}

// Counters and recordings have the last microbatch without a check before, and none of an attachment before.
TEST(counts_follow_the_calls) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.counts(1).tokens, int64_t{3});
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.counts(3).ubatches, int64_t{2});
    CHECK_EQUAL(live.decode(4), 0);
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 8), live.error()); // begins with the next token
    CHECK_EQUAL(live.captured(1, "hidden").size(), size_t{0});
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.captured(1, "hidden").size(), size_t{live.s.hidden});
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.captured(3, "delta_o").size(), size_t{3 * live.s.o_out});
    CHECK_EQUAL(live.counts(1).injected_q, int64_t{12});
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    CHECK_EQUAL(live.counts(1).tokens, int64_t{12}); // still to be read
    live.attached();
    for (const int32_t layer : {1, 3}) {
        const rwkv_ms_hook_counts counts = live.counts(layer);
        CHECK(counts.ubatches == 0 && counts.tokens == 0 && counts.injected_q == 0 && counts.injected_o == 0);
    }
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.counts(3).tokens, int64_t{2});
}

// Whoever asks for a recording before the hook is attached gets the first token.
TEST(a_recording_that_was_asked_for_before_attach) {
    Live live;
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 8), live.error());
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.captured(3, "hidden").size(), size_t{3} * live.s.hidden);
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    live.attached(); // goes on after the rows that there are
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.captured(1, "after_o").size(), size_t{5} * live.s.o_out);
}

TEST(names_that_nothing_is_recorded_under) {
    Live live;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 8), live.error());
    CHECK_EQUAL(live.decode(3), 0);
    for (const char *const name : {"", "hidde", "hiddens", "hidden_q", "delta", "delta_", "delta_x", "delta_qo", "xdelta_q", "before_k",
                                   "after_v", "AFTER_o"}) {
        const std::string found = status_text(rwkv_ms_hook_captured(live.hook.get(), 1, name, nullptr, 0, nullptr, nullptr));
        CHECK_EQUAL(name + (": " + found), name + std::string(": RWKV_MS_E_NO_TAP"));
    }
    CHECK_EQUAL(live.error(), "captured 'AFTER_o': nothing of that name was recorded");
}

// A microbatch that was stopped after its last target layer is not recorded.
TEST(a_recording_has_what_stands) {
    Live live;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 8), live.error());
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.decode(2, place(live.graph, "result_norm")), 2);
    CHECK_EQUAL(live.captured(1, "hidden").size(), size_t{3} * live.s.hidden);
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.captured(3, "after_o").size(), size_t{4} * live.s.o_out);
}

// Also where the memory is emptied, or another state comes, right after a decode.
TEST(counts_of_what_was_cleared_or_replaced) {
    Live live, other;
    live.attached();
    other.attached();
    CHECK_EQUAL(other.decode(2), 0);
    const Bytes session = other.save_session(), payload = other.save();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 16), live.error());
    int64_t tokens = 0;
    const auto counted = [&](const char *what) {
        const std::string of = std::string(" tokens with those before ") + what;
        CHECK_EQUAL(std::to_string(live.counts(3).tokens) + of, std::to_string(tokens) + of);
        CHECK_EQUAL(live.captured(3, "hidden").size(), static_cast<size_t>(tokens) * live.s.hidden);
    };
    const auto decode = [&](int32_t n_tokens) {
        CHECK_EQUAL(live.decode(n_tokens), 0);
        tokens += n_tokens;
    };
    decode(3);
    expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
    counted("a clear");
    decode(1);
    expect_ok(rwkv_ms_memory_seq_rm(live.context.get(), 0, 0, -1), "seq_rm");
    counted("a removal");
    decode(2);
    expect_ok(rwkv_ms_state_load(live.context.get(), payload.data(), payload.size()), "load");
    counted("a payload");
    decode(4);
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_OK");
    counted("a session");
    CHECK(live.save() == payload);
    decode(1);
    counted("the end");
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
}

// What an attachment before has counted and recorded stays until another one stands.
TEST(a_refused_attachment_changes_nothing) {
    Live live;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 4), live.error());
    CHECK_EQUAL(live.decode(3), 0);
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    const std::vector<float> hidden = live.captured(3, "hidden");
    const Bytes before = live.save();
    live.llama.memory.positions = 9;
    CHECK_EQUAL(live.attach(), "RWKV_MS_E_HOST_STEP");
    live.llama.memory.positions = 3;
    live.llama.n_seq_max = 4;
    CHECK_EQUAL(live.attach(), "RWKV_MS_E_SEQUENCES");
    live.llama.n_seq_max = 1;
    CHECK_EQUAL(live.counts(1).tokens, int64_t{3});
    CHECK(live.captured(3, "hidden") == hidden);
    CHECK(live.save() == before);
    Live other;
    other.llama.memory.positions = 3;
    live.attached(); // none of the refusals has kept it
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.counts(1).tokens, int64_t{1});
}

// What is destroyed first, second and so on: what is left works, or refuses.
TEST(every_order_of_destroying) {
    std::array<int, 4> order = {0, 1, 2, 3};
    do {
        Live live;
        live.attached();
        CHECK_EQUAL(live.decode(2), 0);
        rwkv_ms_context *const context = live.context.get();
        rwkv_ms_hook *const hook = live.hook.get();
        bool gone[4] = {};
        for (const int next : order) {
            gone[next] = true;
            if (next == 0) live.sidecar.reset();
            if (next == 1) live.context.reset();
            if (next == 2) live.hook.reset();
            if (next == 3) expect_ok(rwkv_ms_hook_detach(hook) == RWKV_MS_E_ARGUMENT ? 0 : rwkv_ms_hook_detach(hook), "detach");
            if (!gone[2]) live.user_data = hook;
            CHECK_EQUAL(live.decode(1), 0);
            CHECK_EQUAL(live.asked, int64_t{gone[2] || gone[3] ? 0 : 6});
            int64_t position = 0;
            CHECK_EQUAL(status_text(rwkv_ms_state_get(context, 1, nullptr, 0, nullptr, 0, &position)),
                        gone[1] ? "RWKV_MS_E_ARGUMENT" : "RWKV_MS_OK");
            CHECK_EQUAL(status_text(rwkv_ms_hook_check(hook)), gone[2]   ? "RWKV_MS_E_ARGUMENT"
                                                               : gone[3] ? "RWKV_MS_E_ATTACHED"
                                                                         : "RWKV_MS_OK");
        }
    } while (std::next_permutation(order.begin(), order.end()));
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

// Memory that runs out anywhere within a layer stops the decode, and is no mistake of the library.
TEST(decodes_without_memory) {
    for (long left = 0;; ++left) {
        Live live;
        live.attached();
        for (const int32_t layer : live.s.layers) // so that ggml's graphs are made: where memory runs out there, ggml loses some
            Layer(live.context.get(), live.s, layer).forward(random_values(2 * live.s.hidden, 1), {}, RWKV_MS_FORWARD_READ_ONLY);
        std::optional<ScarceMemory> scarce;
        live.made = [&](ggml_tensor &tensor) {
            if (std::string(tensor.name) == "attn_norm-1") scarce.emplace(left);
        };
        live.changed = [&](ggml_tensor &) { scarce.reset(); };
        const bool enough = live.decode(2) == 0;
        CHECK_EQUAL(live.check(), enough ? "RWKV_MS_OK" : "RWKV_MS_E_MEMORY");
        if (!enough) CHECK_EQUAL(live.error(), "out of memory");
        CHECK_EQUAL(live.llama.memory.positions, enough ? 2 : 0);
        if (!enough) continue;
        CHECK(left > 0);
        break;
    }
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

// What is refused right after a decode keeps its last microbatch, and hides no fault of it.
TEST(refused_states_beside_a_decode) {
    Live live, other, whole;
    for (Live *each : {&live, &other, &whole}) each->attached();
    other.decode(4);
    const Bytes session = other.save_session(), payload = other.save();
    const auto session_refused = [&] {
        live.llama.refusals = 1;
        CHECK_EQUAL(live.load_session(session), "RWKV_MS_E_HOST_STATE");
    };
    const auto payload_refused = [&] {
        CHECK_EQUAL(status_text(rwkv_ms_state_load(live.context.get(), payload.data(), payload.size())), "RWKV_MS_E_HOST_STEP");
    };
    for (const auto &refused : {std::function<void()>(session_refused), std::function<void()>(payload_refused)}) {
        for (Live *each : {&live, &whole}) {
            expect_ok(rwkv_ms_memory_clear(each->context.get()), "clear");
            CHECK_EQUAL(each->decode(3), 0);
        }
        refused();
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
        CHECK(live.save() == whole.save());
        erase(live.graph, "node_71");
        CHECK_EQUAL(live.decode(1), 2);
        live.graph = gemma4(live.s);
        refused();
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
        CHECK_EQUAL(live.error(), "layer 1: the graph has no node for the delta of o");
        CHECK_EQUAL(live.decode(1), 2);
    }
}

// As a session does: what stopped the decodes is over.
TEST(a_payload_after_a_stop) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    const Bytes payload = live.save();
    erase(live.graph, "node_71");
    CHECK_EQUAL(live.decode(1), 2);
    live.graph = gemma4(live.s);
    CHECK_EQUAL(status_text(rwkv_ms_state_load(live.context.get(), payload.data(), payload.size())), "RWKV_MS_OK");
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(live.counts(3).tokens, int64_t{4});
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

TEST(parameters_that_do_not_exist) {
    Live live;
    live.hook.reset();
    const auto refused = [&](const rwkv_ms_hook_params &params, const std::string &text) {
        rwkv_ms_hook *made = reinterpret_cast<rwkv_ms_hook *>(&live); // must be overwritten
        CHECK_EQUAL(status_text(rwkv_ms_hook_create(live.context.get(), &params, &made)), "RWKV_MS_E_ARGUMENT");
        CHECK_EQUAL(last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(live.context.get())), text);
        CHECK(made == nullptr);
    };
    refused({nullptr, nullptr, 0, 1}, "reserved: expected 0, found 1");
    for (const uint32_t flags : {1u, 4u, 1u << 31})
        refused({nullptr, nullptr, flags, 0}, "flags: expected a combination of 2, found " + std::to_string(flags));
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
