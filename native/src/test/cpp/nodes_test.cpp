// What a host's graph may hold: nodes that are no plain matrices, other names, ten layers and more, and memory that the
// processor does not reach.
#include <atomic>
#include <cstring>
#include <map>
#include <numeric>

#include <dlfcn.h>
#include <sys/mman.h>

#include "fake_llama.h"

using namespace test;

// Memory of a device: the program has the functions that ggml reaches it by. Where a node's values would be is a page that nobody
// may touch.
namespace {

struct DeviceMemory {
    bool on = false;
    std::map<const void *, std::vector<char>> values; // by the address that a node has
    int64_t reads = 0, writes = 0;
} device;

// What ggml keeps for the hook on a device while it adds there.
std::atomic<int64_t> streams{0}, graphs{0};

// Two devices, each with a type of memory. The streams of both are ggml's for the processor, and do their work when they are waited
// for: what is not waited for is not done.
struct Devices {
    ggml_backend_buffer_type_t memories[2] = {};
    bool apart = false; // the second type is of the second device, else of none that computes in it
    bool adds = true, streams = true; // whether the second can add, and gives a stream
    bool fine = true; // whether it takes values from every 256th byte, else from every 512th
    std::map<ggml_backend_t, ggml_backend_dev_t> of_streams;
    std::map<ggml_backend_t, std::vector<std::function<void()>>> waiting;
} devices;

ggml_backend_dev_t first_device() { return ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU); }
ggml_backend_dev_t second_device() {
    static char anchor;
    return reinterpret_cast<ggml_backend_dev_t>(&anchor);
}
ggml_backend_dev_t processor(ggml_backend_dev_t of) { return of == second_device() ? first_device() : of; }

template <typename Function> Function *real(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {
bool ggml_backend_buffer_is_host(ggml_backend_buffer_t buffer) {
    static const auto next = real<bool(ggml_backend_buffer_t)>("ggml_backend_buffer_is_host");
    return !device.on && next(buffer);
}
// ggml's buffers for the processor name no device: here they are those of one.
ggml_backend_dev_t ggml_backend_buft_get_device(ggml_backend_buffer_type_t type) {
    static const auto next = real<ggml_backend_dev_t(ggml_backend_buffer_type_t)>("ggml_backend_buft_get_device");
    if (!device.on || (type != ggml_backend_cpu_buffer_type() && type != devices.memories[1])) return next(type);
    return type == devices.memories[1] && devices.apart ? second_device() : first_device();
}
size_t ggml_backend_buffer_get_alignment(ggml_backend_buffer_t buffer) {
    static const auto next = real<size_t(ggml_backend_buffer_t)>("ggml_backend_buffer_get_alignment");
    return !devices.fine && ggml_backend_buffer_get_type(buffer) == devices.memories[1] ? 512 : next(buffer);
}
ggml_backend_buffer_type_t ggml_backend_dev_buffer_type(ggml_backend_dev_t of) {
    static const auto next = real<ggml_backend_buffer_type_t(ggml_backend_dev_t)>("ggml_backend_dev_buffer_type");
    return of == second_device() ? devices.memories[1] : next(of);
}
ggml_backend_buffer_type_t ggml_backend_dev_host_buffer_type(ggml_backend_dev_t of) {
    return real<ggml_backend_buffer_type_t(ggml_backend_dev_t)>("ggml_backend_dev_host_buffer_type")(processor(of));
}
const char *ggml_backend_dev_name(ggml_backend_dev_t of) {
    return of == second_device() ? "SECOND" : real<const char *(ggml_backend_dev_t)>("ggml_backend_dev_name")(of);
}
bool ggml_backend_dev_supports_op(ggml_backend_dev_t of, const ggml_tensor *node) {
    if (of == second_device() && !devices.adds && node->op == GGML_OP_ADD) return false;
    return real<bool(ggml_backend_dev_t, const ggml_tensor *)>("ggml_backend_dev_supports_op")(processor(of), node);
}
void ggml_backend_tensor_get_async(ggml_backend_t stream, const ggml_tensor *tensor, void *data, size_t offset, size_t size) {
    static const auto next =
        real<void(ggml_backend_t, const ggml_tensor *, void *, size_t, size_t)>("ggml_backend_tensor_get_async");
    if (!device.on) return next(stream, tensor, data, offset, size);
    CHECK(ggml_backend_buft_get_device(ggml_backend_buffer_get_type(tensor->buffer)) == devices.of_streams.at(stream));
    devices.waiting[stream].push_back([=] { next(stream, tensor, data, offset, size); });
}
ggml_status ggml_backend_graph_compute_async(ggml_backend_t stream, ggml_cgraph *graph) {
    static const auto next = real<ggml_status(ggml_backend_t, ggml_cgraph *)>("ggml_backend_graph_compute_async");
    if (!device.on) return next(stream, graph);
    devices.waiting[stream].push_back([=] { next(stream, graph); });
    return GGML_STATUS_SUCCESS;
}
void ggml_backend_synchronize(ggml_backend_t stream) {
    static const auto next = real<void(ggml_backend_t)>("ggml_backend_synchronize");
    for (const std::function<void()> &work : std::exchange(devices.waiting[stream], {})) work();
    next(stream);
}
ggml_backend_t ggml_backend_dev_init(ggml_backend_dev_t of, const char *params) {
    static const auto next = real<ggml_backend_t(ggml_backend_dev_t, const char *)>("ggml_backend_dev_init");
    if (of == second_device() && !devices.streams) return nullptr;
    ++streams;
    const ggml_backend_t made = next(processor(of), params);
    // A device has no threads of the processor; four of them, which is ggml's number, would wait for each other at every node.
    static const auto set_n_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(ggml_backend_reg_get_proc_address(
        ggml_backend_dev_backend_reg(first_device()), "ggml_backend_set_n_threads"));
    set_n_threads(made, 1);
    devices.of_streams[made] = of;
    return made;
}
void ggml_backend_free(ggml_backend_t stream) {
    --streams;
    devices.of_streams.erase(stream);
    devices.waiting.erase(stream);
    real<void(ggml_backend_t)>("ggml_backend_free")(stream);
}
ggml_cgraph *ggml_new_graph_custom(ggml_context *context, size_t size, bool grads) {
    static const auto next = real<ggml_cgraph *(ggml_context *, size_t, bool)>("ggml_new_graph_custom");
    ++graphs;
    return next(context, size, grads);
}
// A device may ask for more than the processor does.
ggml_status ggml_backend_tensor_alloc(ggml_backend_buffer_t memory, ggml_tensor *tensor, void *at) {
    static const auto next = real<ggml_status(ggml_backend_buffer_t, ggml_tensor *, void *)>("ggml_backend_tensor_alloc");
    if (device.on && device.values.empty()) {
        const char *const base = static_cast<const char *>(ggml_backend_buffer_get_base(memory));
        CHECK_EQUAL((static_cast<const char *>(at) - base) % 256, std::ptrdiff_t{0});
    }
    return next(memory, tensor, at);
}
void ggml_backend_tensor_get(const ggml_tensor *tensor, void *data, size_t offset, size_t size) {
    static const auto next = real<void(const ggml_tensor *, void *, size_t, size_t)>("ggml_backend_tensor_get");
    const auto found = device.values.find(tensor->data);
    if (found == device.values.end()) return next(tensor, data, offset, size);
    ++device.reads;
    std::memcpy(data, &found->second.at(offset), size);
}
void ggml_backend_tensor_set(ggml_tensor *tensor, const void *data, size_t offset, size_t size) {
    static const auto next = real<void(ggml_tensor *, const void *, size_t, size_t)>("ggml_backend_tensor_set");
    const auto found = device.values.find(tensor->data);
    if (found == device.values.end()) return next(tensor, data, offset, size);
    ++device.writes;
    std::memcpy(&found->second.at(offset), data, size);
}
}

namespace {

// Spoils nodes of the second microbatch, and sees that it was stopped with that text and left no trace.
void stopped(const std::string &text, const std::string &name, ggml_op op,
             const std::function<void(ggml_tensor &)> &spoil) {
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    const Bytes before = live.save();
    live.made = [&](ggml_tensor &tensor) {
        if (tensor.name == name && tensor.op == op) spoil(tensor);
    };
    CHECK_EQUAL(live.decode(2), 2);
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
    CHECK_EQUAL(live.error(), text);
    live.made = nullptr;
    expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
    CHECK_EQUAL(live.decode(3), 0);
    CHECK(live.save() == before);
}

// The deltas of a layer are those that the layer's weights make of the hidden states that stood in its node.
void of_its_own(Live &live, int32_t layer, const std::vector<float> &hidden) {
    CHECK(live.captured(layer, "hidden") == hidden);
    const ContextHandle alone = context(live.sidecar.get());
    Layer expected(alone.get(), live.s, layer);
    expected.forward(hidden);
    CHECK(live.captured(layer, "delta_q") == expected.q);
    CHECK(live.captured(layer, "delta_o") == expected.o);
}

std::vector<float> values_of(const ggml_tensor &tensor) {
    const float *const first = static_cast<const float *>(tensor.data);
    return {first, first + ggml_nelements(&tensor)};
}

} // namespace

TEST(nodes_that_are_no_plain_matrices_are_stopped) {
    const struct {
        const char *name;
        ggml_op op;
        const char *shape;
    } nodes[] = {{"attn_norm-1", GGML_OP_MUL, "[64, its tokens]"}, {"attn_norm-3", GGML_OP_MUL, "[64, 2]"},
                 {"Qcur-1", GGML_OP_MUL_MAT, "[96, 2]"}, {"node_73", GGML_OP_MUL_MAT, "[64, 2]"}};
    for (const auto &[name, op, shape] : nodes) {
        const std::string node = std::string("node ") + name + ": expected ";
        for (const ggml_type type : {GGML_TYPE_F16, GGML_TYPE_BF16, GGML_TYPE_I32}) {
            stopped(node + "contiguous f32, found " + ggml_type_name(type), name, op,
                    [&](ggml_tensor &t) {
                        t.type = type;
                        t.nb[0] = ggml_type_size(type);
                        t.nb[1] = t.nb[0] * static_cast<size_t>(t.ne[0]);
                        t.nb[2] = t.nb[3] = t.nb[1] * static_cast<size_t>(t.ne[1]);
                    });
        }
        stopped(node + "contiguous f32, found f32 with gaps", name, op, [](ggml_tensor &t) { t.nb[1] += 128; });
        stopped(node + "contiguous f32, found f32 with gaps", name, op, [](ggml_tensor &t) {
            t.nb[0] = t.nb[1];
            t.nb[1] = sizeof(float);
        });
        stopped(node + "contiguous f32, found f32 without memory", name, op, [](ggml_tensor &t) { t.data = nullptr; });
        const std::string width = std::string(shape).substr(1, 2);
        stopped(node + "shape (ggml order) " + shape + ", found [" + width + ", 2, 2, 1]", name, op,
                [](ggml_tensor &t) { t.ne[2] = 2; });
        stopped(node + "shape (ggml order) " + shape + ", found [" + width + ", 2, 1, 2]", name, op,
                [](ggml_tensor &t) { t.ne[3] = 2; });
    }
    stopped("node attn_norm-1: expected shape (ggml order) [64, its tokens], found [64, 0, 1, 1]", "attn_norm-1", GGML_OP_MUL,
            [](ggml_tensor &t) { t.ne[1] = 0; });
    for (const auto &[name, op, width] : {std::tuple{"Qcur-1", GGML_OP_MUL_MAT, "96"}, {"attn_norm-3", GGML_OP_MUL, "64"},
                                          {"node_73", GGML_OP_MUL_MAT, "64"}}) {
        const std::string node = std::string("node ") + name + ": expected shape (ggml order) [" + width + ", 2], found [";
        stopped(node + width + ", 1, 1, 1]", name, op, [](ggml_tensor &t) { t.ne[1] = 1; });
    }
}

TEST(layers_of_two_digits) {
    Settings s;
    s.layers = {0, 1, 2, 10, 11, 17, 33, 40};
    Live live(s);
    live.llama.model.n_layer = 42;
    live.graph = gemma4(s, 42);
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 5), live.error());
    std::map<std::string, std::vector<float>> hidden;
    live.made = [&](ggml_tensor &tensor) {
        if (tensor.op == GGML_OP_MUL) {
            std::vector<float> &all = hidden[tensor.name];
            const std::vector<float> more = values_of(tensor);
            all.insert(all.end(), more.begin(), more.end());
        }
    };
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    for (const int layer : s.layers) {
        CHECK_EQUAL(live.counts(layer).injected_o, int64_t{5});
        of_its_own(live, layer, hidden["attn_norm-" + std::to_string(layer)]);
    }
    const Bytes payload = live.save();
    const ContextHandle other = context(live.sidecar.get());
    expect_ok(rwkv_ms_state_load(other.get(), payload.data(), payload.size()), "load");
    for (const int layer : s.layers)
        CHECK(Layer(other.get(), s, layer).state() == Layer(live.context.get(), s, layer).state());
}

// The widths of each layer's projections are compared with its own tensors of the base.
TEST(the_base_of_a_model_of_twelve_layers) {
    Settings s;
    s.layers = {1, 10, 11};
    const auto base = [&](int other, uint64_t width) {
        Sidecar file;
        file.keys = {{"general.architecture", text("gemma4")}};
        file.tensors.clear();
        for (int layer = 0; layer < 12; ++layer) {
            const std::string blk = "blk." + std::to_string(layer) + ".";
            const bool target = std::find(s.layers.begin(), s.layers.end(), layer) != s.layers.end();
            const uint64_t rows = layer == other ? width : target ? s.q_out : 8;
            file.tensors.push_back({blk + "attn_q.weight", {32, rows}, kF32, std::string(32 * rows * 4, '\0')});
            file.tensors.push_back({blk + "attn_output.weight", {32, s.o_out}, kF32, std::string(32 * s.o_out * 4, '\0')});
        }
        return file.bytes();
    };
    const auto attach = [&](const std::string &bytes, std::string &text) {
        Live live(s, nullptr, bytes);
        live.llama.model.n_layer = 12;
        live.llama.model.shared = "0";
        const std::string path = "model-" + temporary_file();
        write_file(path, bytes);
        const std::string status = status_text(rwkv_ms_hook_attach(live.hook.get(), &live.llama, path.c_str()));
        std::remove(path.c_str());
        text = live.error();
        return status;
    };
    std::string text;
    CHECK_EQUAL(attach(base(0, 8), text), "RWKV_MS_OK");
    for (const int layer : {1, 10, 11}) {
        CHECK_EQUAL(attach(base(layer, 97), text), "RWKV_MS_E_HOST_WIDTH");
        CHECK(text.find("tensor 'blk." + std::to_string(layer) + ".attn_q.weight': expected 96 rows as the sidecar's delta "
                        "has, found 97") != std::string::npos);
    }
}

TEST(nodes_of_similar_names_are_left_alone) {
    Live plain, live;
    live.graph = gemma4(live.s);
    const auto add = [&](const std::string &before, const Node &node) {
        live.graph.insert(live.graph.begin() + static_cast<std::ptrdiff_t>(place(live.graph, before)), node);
    };
    for (const std::string l : {"1", "3"}) {
        const std::string blk = "blk." + l + ".";
        for (const std::string ending : {"_b", " (view)", ".1", "-1", "a"}) {
            add("attn_norm-" + l, {"attn_norm-" + l + ending, GGML_OP_MUL, 64, ""});
            add("attn_norm-" + l, {"Qcur-" + l + ending, GGML_OP_MUL_MAT, 96, blk + "attn_q.weight"});
            add("attn_norm-" + l, {"node_8" + l, GGML_OP_MUL_MAT, 64, blk + "attn_output.weight" + ending});
        }
        for (const std::string &name :
             std::vector<std::string>{"attn_norm", "attn_norm-", "attn_norm--" + l, "attn_norm-" + l + "99999999999",
                                      "attn_norm-" + std::to_string((int64_t{1} << 32) + std::stoi(l)),
                                      "norm-" + l, "result_norm_b", "result_norm-" + l, "xQcur-" + l})
            add("attn_norm-" + l, {name, GGML_OP_MUL, 64, ""});
        add("attn_norm-" + l, {"Qcur-" + l, GGML_OP_ADD, 96, ""});
        for (const std::string weight : {"attn_output_gate.weight", "attn_output_norm.weight", "attn_output.bias"})
            add("attn_norm-" + l, {"node_9" + l, GGML_OP_MUL_MAT, 64, blk + weight});
        add("attn_norm-" + l, {"node_9" + l, GGML_OP_MUL_MAT, 64, "x" + blk + "attn_output.weight"});
    }
    for (Live *each : {&plain, &live}) {
        each->attached();
        for (const int32_t n : {3, 1}) CHECK_EQUAL(each->decode(n), 0);
        CHECK_EQUAL(each->check(), "RWKV_MS_OK");
        CHECK_EQUAL(each->asked, int64_t{6});
    }
    CHECK(live.save() == plain.save());
}

TEST(every_head_has_its_projection) {
    Settings s = hook_settings();
    s.heads = R"(["q","k","v","o"])";
    Live live(s);
    for (const std::string l : {"1", "3"}) {
        const auto after = live.graph.begin() + static_cast<std::ptrdiff_t>(place(live.graph, "Kcur-" + l)) + 1;
        live.graph.insert(after, {"Vcur-" + l, GGML_OP_MUL_MAT, s.v_out, "blk." + l + ".attn_v.weight"});
    }
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    for (const int32_t layer : s.layers) {
        const rwkv_ms_hook_counts counts = live.counts(layer);
        for (const int64_t injected : {counts.injected_q, counts.injected_k, counts.injected_v, counts.injected_o})
            CHECK_EQUAL(injected, int64_t{3});
    }
}

TEST(as_many_layers_as_a_large_model_has) {
    constexpr int kLayers = 260;
    Settings s;
    s.hidden = s.q_out = s.k_out = s.v_out = s.o_out = s.rank = s.states = 1;
    s.layers.resize(kLayers);
    std::iota(s.layers.begin(), s.layers.end(), 0);
    Live live(s);
    live.llama.model.n_embd = 1;
    live.llama.model.n_layer = kLayers + 1; // the last shares its keys and values
    live.graph = gemma4(s, kLayers + 1);
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    for (const int32_t layer : s.layers) CHECK_EQUAL(live.counts(layer).injected_o, int64_t{3});
}

// What is added to a node in the memory of a device is in that memory afterwards. The processor adds it.
TEST(memory_that_the_processor_does_not_reach) {
    const rwkv_ms_hook_params params{nullptr, nullptr, RWKV_MS_HOOK_PROCESSOR_ADDS, 0};
    Live live(hook_settings(), &params);
    live.cpu = true;
    live.attached();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 16), live.error());
    const size_t page = 1 << 16;
    char *const nowhere = static_cast<char *>(mmap(nullptr, 64 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(nowhere != MAP_FAILED);
    char *next = nowhere;
    std::map<std::string, std::vector<float>> before, after;
    live.made = [&](ggml_tensor &tensor) {
        before[tensor.name] = values_of(tensor);
        const char *const bytes = static_cast<const char *>(tensor.data);
        device.values[next] = {bytes, bytes + ggml_nbytes(&tensor)};
        tensor.data = next;
        next += page;
    };
    live.changed = [&](ggml_tensor &tensor) {
        const std::vector<char> &bytes = device.values.at(tensor.data);
        std::vector<float> &values = after[tensor.name];
        values.resize(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
    };
    for (const int32_t n : {3, 1}) {
        device = {};
        device.on = true;
        next = nowhere;
        CHECK_EQUAL(live.decode(n), 0);
        device.on = false;
        CHECK_EQUAL(device.writes, int64_t{4});
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
        for (const int32_t layer : {1, 3}) {
            for (const std::string head : {"q", "o"}) {
                const std::string name = head == "q" ? "Qcur-" + std::to_string(layer) : "node_7" + std::to_string(layer);
                const std::vector<float> delta = live.captured(layer, "delta_" + head);
                const std::vector<float> &was = before.at(name), &is = after.at(name);
                const size_t first = delta.size() - was.size();
                for (size_t i = 0; i < was.size(); ++i) CHECK(is[i] == was[i] + delta[first + i]);
            }
            CHECK(after.at("attn_norm-" + std::to_string(layer)) == before.at("attn_norm-" + std::to_string(layer)));
        }
    }
    munmap(nowhere, 64 * page);
}

namespace {

// A llama.cpp whose nodes are in the memory of a device, which is ggml's code for the processor.
struct OnDevice : Live {
    static constexpr size_t kPage = 1 << 14;
    std::map<std::string, std::vector<float>> before, after;
    std::function<void(ggml_tensor &)> spoil;

    std::string in_second; // nodes of that name are in the second type of memory; "*": all

    explicit OnDevice(const Settings &of = hook_settings(), int layers = 6) : Live(of) {
        llama.model.n_layer = layers;
        graph = gemma4(of, layers);
        devices.memories[0] = ggml_backend_cpu_buffer_type();
        devices.memories[1] = ggml_backend_buffer_get_type(second_.get());
        attached();
        made = [this](ggml_tensor &tensor) {
            before[tensor.name] = values_of(tensor);
            ggml_backend_buffer *const memory = (in_second == tensor.name || in_second == "*" ? second_ : memory_).get();
            char *const to = static_cast<char *>(ggml_backend_buffer_get_base(memory)) + kPage * next_++;
            std::memcpy(to, tensor.data, ggml_nbytes(&tensor));
            tensor.data = to;
            tensor.buffer = memory;
            if (std::strncmp(tensor.name, "attn_norm-", 10) == 0) input_ = &tensor;
            if (tensor.op == GGML_OP_MUL_MAT) tensor.src[1] = input_;
            if (spoil) spoil(tensor);
        };
        changed = [this](ggml_tensor &tensor) { after[tensor.name] = values_of(tensor); };
        for (const int32_t layer : s.layers) { // so that its own graphs are made
            rwkv_ms_deltas none{};
            for (int32_t n = 1; n <= 4; ++n) {
                const std::vector<float> zeros(static_cast<size_t>(n) * s.hidden);
                expect_ok(rwkv_ms_forward(context.get(), layer, zeros.data(), zeros.size(), nullptr, n, RWKV_MS_FORWARD_READ_ONLY,
                                          &none),
                          "forward");
            }
        }
    }
    int decode(int32_t n_tokens, size_t stop_at = SIZE_MAX) {
        device = {};
        device.on = true;
        next_ = 0;
        const int code = Live::decode(n_tokens, stop_at);
        device.on = false;
        return code;
    }
    std::string places(int32_t layer) {
        char text[512] = "";
        expect_ok(rwkv_ms_hook_places(hook.get(), layer, text, sizeof text, nullptr), error());
        return text;
    }
    // The second memory is another one of the same place, as where llama.cpp makes its buffers anew.
    void make_second_anew() { second_.reset(over_the_room()); }

private:
    static constexpr size_t kPages = 128;
    ggml_backend_buffer *over_the_room() {
        return ggml_backend_cpu_buffer_from_ptr(
            reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(room_.data()) + 255) / 256 * 256), kPages * kPage);
    }
    const std::unique_ptr<ggml_backend_buffer, FreeBuffer> memory_{
        ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), kPages * kPage)};
    // ggml gives memory of the caller's a type of its own.
    std::vector<char> room_ = std::vector<char>(kPages * kPage + 256);
    std::unique_ptr<ggml_backend_buffer, FreeBuffer> second_{over_the_room()};
    size_t next_ = 0;
    ggml_tensor *input_ = nullptr;
};

} // namespace

// The same where the device adds.
TEST(memory_that_a_device_adds_in) {
    Settings s = hook_settings();
    s.q_out = 97; // no multiple of what a device asks for
    for (const bool recorded : {true, false}) {
        OnDevice live(s);
        const ContextHandle alone = context(live.sidecar.get());
        if (recorded) expect_ok(rwkv_ms_hook_capture(live.hook.get(), 32), live.error());
        for (const int32_t n : {3, 1, 4, 2, 4, 1, 3}) {
            CHECK_EQUAL(live.decode(n), 0);
            CHECK_EQUAL(live.check(), "RWKV_MS_OK");
            for (const int32_t layer : s.layers) {
                const std::string number = std::to_string(layer);
                Layer expected(alone.get(), s, layer);
                expected.forward(live.before.at("attn_norm-" + number));
                for (const auto &[name, delta] : {std::pair{"Qcur-" + number, expected.q}, {"node_7" + number, expected.o}}) {
                    std::vector<float> sum = live.before.at(name);
                    for (size_t i = 0; i < sum.size(); ++i) sum[i] += delta.at(i);
                    CHECK(live.after.at(name) == sum);
                }
                if (recorded) {
                    const std::vector<float> after = live.captured(layer, "after_o"), &last = live.after.at("node_7" + number);
                    CHECK(std::equal(last.rbegin(), last.rend(), after.rbegin()));
                }
            }
        }
        CHECK_EQUAL(live.places(1), "hidden CPU\nq CPU\no CPU\nadded_q CPU\nadded_o CPU\n");
    }
}

namespace {

// The sums of each target layer after decodes of many tokens and of one.
void adds_what_it_should(OnDevice &live, const std::string &what) {
    const ContextHandle alone = context(live.sidecar.get());
    for (const int32_t n : {3, 1, 2}) {
        CHECK_EQUAL(live.decode(n), 0);
        CHECK_EQUAL(what + status_text(rwkv_ms_hook_check(live.hook.get())), what + "RWKV_MS_OK");
        for (const int32_t layer : live.s.layers) {
            const std::string number = std::to_string(layer);
            const std::vector<float> &hidden = live.before.at("attn_norm-" + number);
            std::vector<float> q(static_cast<size_t>(n) * live.s.q_out), o(static_cast<size_t>(n) * live.s.o_out);
            const bool of_q = live.s.heads.find('q') != std::string::npos;
            rwkv_ms_deltas deltas{of_q ? q.data() : nullptr, nullptr, nullptr, o.data(), of_q ? q.size() : 0, 0, 0, o.size()};
            expect_ok(rwkv_ms_forward(alone.get(), layer, hidden.data(), hidden.size(), nullptr, n, 0, &deltas), "forward");
            for (const auto &[name, delta] : {std::pair{"Qcur-" + number, q}, {"node_7" + number, o}}) {
                if (live.after.count(name) == 0) continue;
                std::vector<float> sum = live.before.at(name);
                for (size_t i = 0; i < sum.size(); ++i) sum[i] += delta.at(i);
                if (live.after.at(name) != sum) fail_at(__FILE__, __LINE__, what + name + " has another sum");
            }
            CHECK_EQUAL(live.after.count("node_7" + number), size_t{1});
            CHECK_EQUAL(live.after.count("Qcur-" + number), size_t{of_q});
        }
    }
}

} // namespace

// Nodes of one layer on two devices: each reads and adds in its own memory.
TEST(two_devices_of_one_layer) {
    for (const std::string there : {"Qcur-1", "node_71", "attn_norm-1"}) {
        devices.apart = true;
        OnDevice live;
        live.in_second = there;
        adds_what_it_should(live, there + ": ");
        if (there == "node_71") {
            CHECK_EQUAL(live.places(1), "hidden CPU\nq CPU\no CPU_Mapped\nadded_q CPU\nadded_o SECOND\nadded_o CPU\n");
        }
        devices.apart = false;
    }
}

// A device that cannot add, that gives no stream, or that takes no values from where they are put: it is read, and the processor
// adds.
TEST(devices_that_can_do_less) {
    devices.apart = true;
    for (bool *const can : {&devices.adds, &devices.streams, &devices.fine}) {
        *can = false;
        OnDevice live;
        live.in_second = "*";
        adds_what_it_should(live, "");
        CHECK_EQUAL(live.places(1), "hidden CPU_Mapped\nq CPU_Mapped\no CPU_Mapped\nadded_q CPU\nadded_o CPU\n");
        *can = true;
    }
    devices.apart = false;
}

// On some devices every buffer begins at the same address: what was made for the former is not used in another.
TEST(another_buffer_at_the_same_place) {
    devices.apart = true;
    OnDevice live;
    live.in_second = "*";
    for (const int32_t n : {3, 3}) CHECK_EQUAL(live.decode(n), 0);
    const int64_t made = graphs;
    live.make_second_anew();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(graphs - made, int64_t{4}); // of two layers q and o
    devices.apart = false;
}

// Memory of a device that its streams do not compute in, such as one that is spread over several: the processor adds.
TEST(memory_that_no_stream_computes_in) {
    OnDevice live;
    live.in_second = "*";
    const int64_t before = streams;
    adds_what_it_should(live, "");
    CHECK_EQUAL(streams - before, int64_t{0});
    CHECK_EQUAL(live.places(3), "hidden CPU_Mapped\nq CPU_Mapped\no CPU_Mapped\n");
}

// Without a projection of the hidden states there is nothing to wait for.
TEST(a_sidecar_of_o_alone_on_a_device) {
    Settings s = hook_settings();
    s.heads = R"(["o"])";
    OnDevice live(s);
    adds_what_it_should(live, "");
    CHECK_EQUAL(live.places(1), "hidden CPU\no CPU\nadded_o CPU\n");
}

TEST(nine_layers_on_a_device) {
    Settings s = hook_settings();
    s.layers = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    OnDevice live(s, 10);
    adds_what_it_should(live, "");
}

// What a device needs to add is made once for each size, and given back when the hook is detached: the host may free the device
// before the hook.
TEST(what_is_kept_on_a_device) {
    OnDevice live;
    const int64_t before = streams;
    for (const int32_t n : {3, 3}) CHECK_EQUAL(live.decode(n), 0);
    CHECK_EQUAL(streams - before, int64_t{1});
    const int64_t made = graphs;
    for (const int32_t n : {3, 3, 3}) CHECK_EQUAL(live.decode(n), 0);
    CHECK_EQUAL(graphs - made, int64_t{0});
    expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
    CHECK_EQUAL(streams - before, int64_t{0});
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(streams - before, int64_t{1});
}

// The hidden states are read when the first product of them has been computed: the product must be of them.
TEST(a_product_of_something_else_on_a_device) {
    OnDevice live;
    ggml_tensor other{};
    std::strcpy(other.name, "other");
    for (ggml_tensor *const factor : {&other, static_cast<ggml_tensor *>(nullptr)}) {
        live.spoil = [&](ggml_tensor &tensor) {
            if (std::strcmp(tensor.name, "Qcur-1") == 0 && tensor.op == GGML_OP_MUL_MAT) tensor.src[1] = factor;
        };
        CHECK_EQUAL(live.decode(3), 2);
        CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
        CHECK_EQUAL(live.error(), std::string("node Qcur-1: expected a product with attn_norm-1, found one with ") +
                                      (factor != nullptr ? "other" : "nothing"));
        live.spoil = nullptr;
        expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
        CHECK_EQUAL(live.decode(3), 0);
        expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
    }
}

TEST(a_layer_without_projections_on_a_device) {
    OnDevice live;
    for (const std::string name : {"Qcur-1", "node_71"})
        live.graph.erase(live.graph.begin() + static_cast<std::ptrdiff_t>(place(live.graph, name, GGML_OP_MUL_MAT)));
    CHECK_EQUAL(live.decode(3), 2);
    CHECK_EQUAL(live.check(), "RWKV_MS_E_HOST_NODE");
    CHECK_EQUAL(live.error(), "layer 1: the graph has no node for the delta of q, o");
}

// Also between the hidden states and the product that they are read with.
TEST(a_stopped_computation_on_a_device) {
    OnDevice live, whole;
    for (const int32_t n : {3, 2}) CHECK_EQUAL(whole.decode(n), 0);
    for (size_t stop = 0; stop < live.graph.size(); ++stop) {
        expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
        CHECK_EQUAL(live.decode(3), 0);
        CHECK_EQUAL(live.decode(2, stop), 2);
        CHECK_EQUAL(live.decode(2), 0);
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
        CHECK(live.save() == whole.save());
    }
}

int main() { return run_all(); }
