// The interface itself: identity, handles, buffers, misuse, and that a failed call changes nothing.
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstring>
#include <functional>
#include <thread>

#include <dlfcn.h>

#include "allocations.h"
#include "check.h"
#include "handles.h"

using namespace test;

extern "C" int rwkv_ms_header_is_c11(void); // header.c

namespace {

std::string error_of(const ContextHandle &context) {
    return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context.get()));
}
std::string error_of(const SidecarHandle &sidecar) {
    return last_error(rwkv_ms_sidecar_error, static_cast<const rwkv_ms_sidecar *>(sidecar.get()));
}

} // namespace

TEST(identity) {
    CHECK_EQUAL(rwkv_ms_abi_version(), uint32_t{RWKV_MS_ABI_VERSION});
    CHECK_EQUAL(std::string(rwkv_ms_version()), "0.1.0");
    CHECK_EQUAL(status_text(0), "RWKV_MS_OK");
    CHECK_EQUAL(status_text(119), "RWKV_MS_E_TENSOR_SHAPE");
    CHECK_EQUAL(status_text(-1), "unknown");
    CHECK_EQUAL(rwkv_ms_header_is_c11(), 0);
    size_t needed = 0;
    CHECK_EQUAL(status_text(rwkv_ms_build_info(runtime(), nullptr, 0, &needed)), "RWKV_MS_E_SHORT_BUFFER");
    std::string json(needed, 'x');
    CHECK_EQUAL(rwkv_ms_build_info(runtime(), &json[0], json.size(), nullptr), 0);
    for (const char *field : {"{\"library\":\"0.1.0\",\"abi\":2,", "\"ggml_version\":\"", "\"ggml_commit\":\"",
                              "\"cpu_variant\":\"", "\"cpu_features\":\"", "\"compiler\":\"", "\"flags\":\""}) {
        CHECK(json.find(field) != std::string::npos);
    }
}

TEST(layout_names_every_struct_once) {
    size_t needed = 0;
    CHECK_EQUAL(status_text(rwkv_ms_layout(nullptr, 0, &needed)), "RWKV_MS_E_SHORT_BUFFER");
    std::string text(needed, 'x');
    CHECK_EQUAL(status_text(rwkv_ms_layout(&text[0], needed - 1, nullptr)), "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(text, std::string(needed, 'x')); // nothing written
    CHECK_EQUAL(rwkv_ms_layout(&text[0], needed, nullptr), 0);
    CHECK_EQUAL(text[needed - 1], '\0');
    text.pop_back();
    const auto line = [&](const std::string &start, size_t offset, size_t size, bool whole) {
        const std::string wanted =
            "\n" + start + (whole ? " -" : " " + std::to_string(offset)) + " " + std::to_string(size) + "\n";
        CHECK(("\n" + text).find(wanted) != std::string::npos);
    };
    line("rwkv_ms_runtime_params", 0, sizeof(rwkv_ms_runtime_params), true);
    line("rwkv_ms_config", 0, sizeof(rwkv_ms_config), true);
    line("rwkv_ms_config.layer_count", offsetof(rwkv_ms_config, layer_count), 4, false);
    line("rwkv_ms_context_params", 0, sizeof(rwkv_ms_context_params), true);
    line("rwkv_ms_deltas", 0, sizeof(rwkv_ms_deltas), true);
    line("rwkv_ms_tap_info.dims", offsetof(rwkv_ms_tap_info, dims), 64, false);
    line("rwkv_ms_scan_input.position", offsetof(rwkv_ms_scan_input, position), 8, false);
    line("rwkv_ms_scan_output.final_position", offsetof(rwkv_ms_scan_output, final_position), 8, false);
}

// A text is cut to its room, and ended within it.
TEST(texts_that_do_not_fit) {
    const std::string whole = "n_threads: expected 1 to 512, found 0";
    const rwkv_ms_runtime_params none{nullptr, 0, 0};
    for (size_t size = 1; size <= whole.size() + 2; ++size) {
        std::vector<char> error(size + 1, '#');
        rwkv_ms_runtime *made = nullptr;
        CHECK_EQUAL(status_text(rwkv_ms_runtime_create(&none, &made, error.data(), size)), "RWKV_MS_E_ARGUMENT");
        CHECK_EQUAL(std::string(error.data()), whole.substr(0, size - 1));
        CHECK_EQUAL(error[size], '#');
    }
    const OwnLayer layer{Settings{}};
    const auto refusal = [&](size_t length) {
        rwkv_ms_tap(layer.handle.get(), std::string(length, 'x').c_str(), nullptr, nullptr, 0);
        return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(layer.handle.get()));
    };
    const size_t around = refusal(0).size(), kRoom = 4096; // error.h
    for (size_t length = kRoom - 3; length < kRoom + 3; ++length)
        CHECK_EQUAL(refusal(length - around).size(), std::min(length, kRoom - 1));
}

TEST(runtimes_of_rwkv_ms_runtime_create) {
    char error[256] = "";
    rwkv_ms_runtime *made = nullptr;
    const auto create = [&](const rwkv_ms_runtime_params &params) {
        made = reinterpret_cast<rwkv_ms_runtime *>(error); // must be overwritten
        return status_text(rwkv_ms_runtime_create(&params, &made, error, sizeof error));
    };
    runtime();
    CHECK_EQUAL(create({nullptr, 0, 0}), "RWKV_MS_E_ARGUMENT");
    CHECK(made == nullptr);
    CHECK_EQUAL(std::string(error), "n_threads: expected 1 to 512, found 0");
    CHECK_EQUAL(create({nullptr, INT_MAX, 0}), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(create({nullptr, 513, 0}), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(create({nullptr, 512, 0}), "RWKV_MS_OK");
    rwkv_ms_runtime_destroy(made);
    CHECK_EQUAL(create({nullptr, 1, 7}), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(std::string(error), "reserved: expected 0, found 7");
    CHECK_EQUAL(create({"elsewhere/libggml-cpu-other.so", 1, 0}), "RWKV_MS_E_NO_BACKEND");
    CHECK(made == nullptr);
    CHECK(std::string(error).rfind("elsewhere/libggml-cpu-other.so: this process already runs on libggml-cpu", 0) == 0);
    // The same backend, with more threads than one: also such as do not divide the rows or tokens.
    for (const auto &[threads, lengths] : {std::pair{2, std::vector<size_t>(3, 70)}, {3, {20}}, {5, {6}}}) {
        CHECK_EQUAL(create({nullptr, threads, 0}), "RWKV_MS_OK");
        const Settings s;
        write_file(temporary_file(), Sidecar(s).bytes());
        rwkv_ms_sidecar *opened = nullptr;
        expect_ok(rwkv_ms_sidecar_open(made, temporary_file().c_str(), nullptr, 0, &opened), "open");
        std::remove(temporary_file().c_str());
        const SidecarHandle two(opened), one = open(Sidecar(s));
        const ContextHandle first = context(two.get()), second = context(one.get());
        Layer a(first.get(), s), b(second.get(), s);
        for (const size_t tokens : lengths) {
            const std::vector<float> hidden = random_values(tokens * s.hidden, 1);
            a.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
            b.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
            // Each value is computed by one thread. The first tensor that differs says where.
            for (const std::string name : {"memory_v", "beta", "feature_r", "feature_w", "feature_k", "feature_v", "feature_a",
                                           "feature_b", "feature_g", "raw_reads", "reads", "delta_q", "delta_o"}) {
                if (a.tap(name) == b.tap(name)) continue;
                fail_at(__FILE__, __LINE__, name + ": the tap differs with " + std::to_string(threads) + " threads");
                break;
            }
            a.forward(hidden);
            b.forward(hidden);
            CHECK(a.q == b.q && a.o == b.o);
        }
        CHECK(a.state() == b.state());
        rwkv_ms_runtime_destroy(made);
    }
    CHECK_EQUAL(status_text(rwkv_ms_runtime_create(nullptr, &made, error, sizeof error)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(std::string(error), "params: must not be NULL");
    const rwkv_ms_runtime_params good{nullptr, 1, 0};
    CHECK_EQUAL(status_text(rwkv_ms_runtime_create(&good, nullptr, error, sizeof error)), "RWKV_MS_E_ARGUMENT");
    const rwkv_ms_runtime_params bad{nullptr, 0, 0};
    CHECK_EQUAL(status_text(rwkv_ms_runtime_create(&bad, &made, nullptr, 0)), "RWKV_MS_E_ARGUMENT");
    char cut[12] = "";
    CHECK_EQUAL(status_text(rwkv_ms_runtime_create(&bad, &made, cut, sizeof cut)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(std::string(cut), "n_threads: ");
    rwkv_ms_runtime_destroy(nullptr);
}

TEST(sidecar_questions) {
    Settings s;
    s.layers = {3, 5, 9};
    const SidecarHandle sidecar = open(Sidecar(s));
    CHECK_EQUAL(error_of(sidecar), "");
    int32_t layers[3] = {-1, -1, -1}, width = -1;
    size_t needed = 0;
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_layers(sidecar.get(), layers, 2, &needed)), "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(sidecar), "layers: expected room for at least 3 elements, found 2");
    CHECK_EQUAL(needed, size_t{3});
    CHECK_EQUAL(layers[0], -1);
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_layers(sidecar.get(), nullptr, 3, nullptr)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(rwkv_ms_sidecar_layers(sidecar.get(), layers, 3, nullptr), 0);
    CHECK(layers[0] == 3 && layers[1] == 5 && layers[2] == 9);
    const std::pair<int, uint32_t> widths[] = {
        {RWKV_MS_HEAD_Q, s.q_out}, {RWKV_MS_HEAD_K, s.k_out}, {RWKV_MS_HEAD_V, s.v_out}, {RWKV_MS_HEAD_O, s.o_out}};
    for (const auto &[head, expected] : widths) {
        CHECK_EQUAL(rwkv_ms_sidecar_delta_width(sidecar.get(), 5, head, &width), 0);
        CHECK_EQUAL(width, static_cast<int32_t>(expected));
    }
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_delta_width(sidecar.get(), 5, 3, &width)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(error_of(sidecar), "head: expected one RWKV_MS_HEAD_*, found 3");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_delta_width(sidecar.get(), 4, RWKV_MS_HEAD_Q, &width)),
                "RWKV_MS_E_NO_LAYER");
    CHECK_EQUAL(error_of(sidecar), "layer 4: expected a target layer of the sidecar");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_config(sidecar.get(), nullptr)), "RWKV_MS_E_ARGUMENT");
    char text[4] = "abc";
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_error(sidecar.get(), text, sizeof text, &needed)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(std::string(text), "abc");
    CHECK_EQUAL(error_of(sidecar), "config: must not be NULL"); // asking for it did not replace it
    CHECK_EQUAL(needed, error_of(sidecar).size() + 1);
}

TEST(contexts_of_rwkv_ms_context_create) {
    const SidecarHandle sidecar = open(Sidecar());
    rwkv_ms_context *made = nullptr;
    for (const int32_t sequences : {0, 2, -1}) {
        const rwkv_ms_context_params params{sequences, -1};
        CHECK_EQUAL(status_text(rwkv_ms_context_create(sidecar.get(), &params, &made)), "RWKV_MS_E_SEQUENCES");
        CHECK_EQUAL(error_of(sidecar), "n_sequences: expected 1, found " + std::to_string(sequences) +
                                           ": a context holds one sequence, a batch is one context per row");
        CHECK(made == nullptr);
    }
    const rwkv_ms_context_params params{1, -2};
    made = reinterpret_cast<rwkv_ms_context *>(&made); // must be overwritten
    CHECK_EQUAL(status_text(rwkv_ms_context_create(sidecar.get(), &params, &made)), "RWKV_MS_E_ARGUMENT");
    CHECK(made == nullptr);
    CHECK_EQUAL(status_text(rwkv_ms_context_create(sidecar.get(), nullptr, &made)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_context_create(sidecar.get(), &params, nullptr)), "RWKV_MS_E_ARGUMENT");
}

// A handle that was destroyed, or is of another kind, is refused as NULL is, even if a new one has been made since.
TEST(handles_that_are_not_alive) {
    const Settings s;
    char text[64] = "";
    int32_t number = 0;
    float value = 0;
    size_t size = 0;
    uint8_t bytes[RWKV_MS_FINGERPRINT_BYTES];
    rwkv_ms_config config{};
    rwkv_ms_deltas deltas{};
    rwkv_ms_context *made = nullptr;
    rwkv_ms_sidecar *opened = nullptr;
    rwkv_ms_hook *hook = nullptr;
    const rwkv_ms_context_params params{1, -1};
    rwkv_ms_runtime *gone_runtime = nullptr;
    const rwkv_ms_runtime_params runtime_params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
    runtime();
    expect_ok(rwkv_ms_runtime_create(&runtime_params, &gone_runtime, text, sizeof text), text);
    rwkv_ms_runtime_destroy(gone_runtime);
    rwkv_ms_sidecar *const gone_sidecar = open(Sidecar(s)).get();
    const SidecarHandle sidecar = open(Sidecar(s));
    rwkv_ms_context *const gone_context = context(sidecar.get()).get();
    const ContextHandle alive = context(sidecar.get());
    const State before = Layer(alive.get(), s).state();
    const auto told = [&](rwkv_ms_runtime *r, rwkv_ms_sidecar *of, rwkv_ms_context *c) {
        const std::vector<int32_t> found = {rwkv_ms_runtime_error(r, text, sizeof text, &size),
                                            rwkv_ms_build_info(r, text, sizeof text, &size),
                                            rwkv_ms_sidecar_open(r, "any", nullptr, 0, &opened),
                                            rwkv_ms_scan(r, &config, nullptr, nullptr),
                                            rwkv_ms_sidecar_error(of, text, sizeof text, &size),
                                            rwkv_ms_sidecar_config(of, &config),
                                            rwkv_ms_sidecar_layers(of, &number, 1, &size),
                                            rwkv_ms_sidecar_delta_width(of, 0, RWKV_MS_HEAD_Q, &number),
                                            rwkv_ms_sidecar_fingerprint(of, bytes, sizeof bytes),
                                            rwkv_ms_context_create(of, &params, &made),
                                            rwkv_ms_context_error(c, text, sizeof text, &size),
                                            rwkv_ms_context_reset(c),
                                            rwkv_ms_forward(c, 0, &value, 1, nullptr, 1, 0, &deltas),
                                            rwkv_ms_tap(c, "reads", nullptr, nullptr, 0),
                                            rwkv_ms_state_get(c, 0, nullptr, 0, nullptr, 0, nullptr),
                                            rwkv_ms_state_set(c, 0, nullptr, 0, nullptr, 0, nullptr),
                                            rwkv_ms_state_size(c, &size),
                                            rwkv_ms_state_save(c, text, sizeof text, &size),
                                            rwkv_ms_state_load(c, text, sizeof text),
                                            rwkv_ms_memory_clear(c),
                                            rwkv_ms_memory_seq_rm(c, 0, 0, 0),
                                            rwkv_ms_memory_seq_cp(c, 0, 1, 0, 0),
                                            rwkv_ms_memory_seq_keep(c, 0),
                                            rwkv_ms_memory_seq_add(c, 0, 0, 0, 0),
                                            rwkv_ms_memory_seq_div(c, 0, 0, 0, 2),
                                            rwkv_ms_hook_create(c, nullptr, &hook)};
        for (const int32_t status : found) CHECK_EQUAL(status_text(status), "RWKV_MS_E_ARGUMENT");
        rwkv_ms_runtime_destroy(r);
        rwkv_ms_sidecar_close(of);
        rwkv_ms_context_destroy(c);
    };
    told(nullptr, nullptr, nullptr);
    told(gone_runtime, gone_sidecar, gone_context);
    told(reinterpret_cast<rwkv_ms_runtime *>(alive.get()), reinterpret_cast<rwkv_ms_sidecar *>(alive.get()),
         reinterpret_cast<rwkv_ms_context *>(sidecar.get()));
    told(reinterpret_cast<rwkv_ms_runtime *>(text), reinterpret_cast<rwkv_ms_sidecar *>(text),
         reinterpret_cast<rwkv_ms_context *>(text)); // never a handle
    CHECK(Layer(alive.get(), s).state() == before);
}

// From any thread: handles are made, used and destroyed at once, and each is its own.
TEST(handles_of_many_threads) {
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            const rwkv_ms_context_params params{1, -1};
            for (int i = 0; i < 20; ++i) {
                rwkv_ms_context *made = nullptr;
                wrong += rwkv_ms_context_create(sidecar.get(), &params, &made) != RWKV_MS_OK;
                wrong += rwkv_ms_context_reset(made) != RWKV_MS_OK;
                rwkv_ms_context_destroy(made);
                wrong += rwkv_ms_context_reset(made) != RWKV_MS_E_ARGUMENT;
            }
        });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK_EQUAL(wrong.load(), 0);
}

// A context keeps its weights: the order of closing does not matter.
TEST(a_context_outlives_its_sidecar) {
    const Settings s;
    SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    sidecar.reset();
    Layer layer(handle.get(), s);
    layer.forward(random_values(3 * s.hidden, 1));
    CHECK_EQUAL(layer.state().position, 3);
}

TEST(a_refused_forward_changes_nothing) {
    const Settings s;
    OwnLayer layer(s);
    const std::vector<float> hidden = random_values(3 * s.hidden, 1);
    layer.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
    const State before = layer.state();
    const std::vector<double> reads = layer.tap("reads");
    const std::vector<float> untouched(3 * s.q_out + 3 * s.o_out, -7);
    std::vector<float> out = untouched;
    const uint8_t bad_mask[] = {1, 0, 2};
    struct Arguments {
        int32_t layer = 0;
        const float *hidden;
        size_t hidden_count;
        const uint8_t *mask = nullptr;
        int32_t tokens = 3;
        uint32_t flags = 0;
        rwkv_ms_deltas deltas;
        bool no_deltas = false;
    };
    const struct {
        std::function<void(Arguments &)> spoil;
        const char *status, *text;
    } rows[] = {
        {[](Arguments &a) { a.layer = 1; }, "RWKV_MS_E_NO_LAYER", "layer 1: expected a target layer of the sidecar"},
        {[](Arguments &a) { a.layer = -1; }, "RWKV_MS_E_NO_LAYER", "layer -1: expected a target layer of the sidecar"},
        {[](Arguments &a) { a.hidden = nullptr; }, "RWKV_MS_E_ARGUMENT", "hidden: must not be NULL"},
        {[](Arguments &a) { --a.hidden_count; }, "RWKV_MS_E_ARGUMENT", "hidden_count: expected 192 floats, found 191"},
        {[](Arguments &a) { a.tokens = 4; }, "RWKV_MS_E_ARGUMENT", "hidden_count: expected 256 floats, found 192"},
        {[](Arguments &a) { a.tokens = 0; }, "RWKV_MS_E_ARGUMENT", "n_tokens: expected at least 1, found 0"},
        {[](Arguments &a) { a.tokens = INT_MIN; }, "RWKV_MS_E_ARGUMENT",
         "n_tokens: expected at least 1, found -2147483648"},
        {[](Arguments &a) { a.tokens = INT_MAX; }, "RWKV_MS_E_ARGUMENT",
         "hidden_count: expected 137438953408 floats, found 192"},
        {[&](Arguments &a) { a.mask = bad_mask; }, "RWKV_MS_E_ARGUMENT", "mask: token 2: expected 0 or 1, found 2"},
        {[](Arguments &a) { a.flags = 16; }, "RWKV_MS_E_ARGUMENT", "flags: expected a combination of 15, found 16"},
        {[](Arguments &a) { a.flags = RWKV_MS_FORWARD_STEP_TRACE; }, "RWKV_MS_E_ARGUMENT",
         "flags: RWKV_MS_FORWARD_STEP_TRACE needs RWKV_MS_FORWARD_TAPS"},
        {[](Arguments &a) { a.no_deltas = true; }, "RWKV_MS_E_ARGUMENT", "deltas: must not be NULL"},
        {[](Arguments &a) { --a.deltas.q_count; }, "RWKV_MS_E_SHORT_BUFFER",
         "deltas.q: expected room for at least 288 floats, found 287"},
        {[](Arguments &a) { a.deltas.o_count = 0; }, "RWKV_MS_E_SHORT_BUFFER",
         "deltas.o: expected room for at least 192 floats, found 0"},
        {[](Arguments &a) { a.deltas.k = a.deltas.q; }, "RWKV_MS_E_ARGUMENT",
         "deltas.k: expected NULL, the sidecar does not activate this head"},
        {[&](Arguments &a) { a.hidden = out.data() + 1; }, "RWKV_MS_E_ARGUMENT",
         "deltas.q: expected memory of its own, found it overlapping hidden"},
        {[](Arguments &a) { a.deltas.o = a.deltas.q + 1; }, "RWKV_MS_E_ARGUMENT",
         "deltas.o: expected memory of its own, found it overlapping deltas.q"},
        {[](Arguments &a) { a.deltas.v_count = 3; }, "RWKV_MS_E_ARGUMENT", "deltas.v: NULL with a length of 3"},
    };
    for (const auto &row : rows) {
        Arguments a{0,
                    hidden.data(),
                    hidden.size(),
                    nullptr,
                    3,
                    0,
                    {out.data(), nullptr, nullptr, out.data() + 3 * s.q_out, 3 * s.q_out, 0, 0, 3 * s.o_out},
                    false};
        row.spoil(a);
        CHECK_EQUAL(status_text(rwkv_ms_forward(layer.handle.get(), a.layer, a.hidden, a.hidden_count, a.mask, a.tokens,
                                                a.flags, a.no_deltas ? nullptr : &a.deltas)),
                    row.status);
        CHECK_EQUAL(error_of(layer.handle), row.text);
        CHECK(layer.state() == before);
        CHECK(out == untouched);
        CHECK(layer.tap("reads") == reads);
    }
    State end = before;
    end.position = INT64_MAX - 2;
    layer.set(end);
    rwkv_ms_deltas none{};
    CHECK_EQUAL(status_text(rwkv_ms_forward(layer.handle.get(), 0, hidden.data(), hidden.size(), nullptr, 3, 0, &none)),
                "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(error_of(layer.handle), "layer 0: position 9223372036854775805 + 3 tokens is beyond 64 bits");
    CHECK(layer.state() == end);
    expect_ok(rwkv_ms_forward(layer.handle.get(), 0, hidden.data(), 2 * s.hidden, nullptr, 2, 0, &none), "last two");
    CHECK_EQUAL(layer.state().position, INT64_MAX);
}

// 2^27 tokens, whose deltas have 3 * 2^32 and 2^33 values. Nothing is read or written: the room for the first is not there, and
// the second would lie in the hidden states.
TEST(deltas_of_more_values_than_32_bits_count) {
    const Settings s;
    const OwnLayer layer(s);
    std::vector<float> all(3, -7);
    rwkv_ms_deltas deltas{all.data() + 1, nullptr, nullptr, all.data() + 2, 1, 0, 0, 1};
    CHECK_EQUAL(status_text(rwkv_ms_forward(layer.handle.get(), 0, all.data(), size_t{s.hidden} << 27, nullptr, 1 << 27, 0, &deltas)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(layer.handle), "deltas.q: expected room for at least 12884901888 floats, found 1");
}

TEST(semantics_2_has_no_legacy_predecessor) {
    Settings s;
    s.semantics = 2;
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    const std::vector<float> hidden = random_values(s.hidden);
    rwkv_ms_deltas none{};
    CHECK_EQUAL(status_text(rwkv_ms_forward(handle.get(), 0, hidden.data(), hidden.size(), nullptr, 1,
                                            RWKV_MS_FORWARD_LEGACY_PREDECESSOR, &none)),
                "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(
        error_of(handle),
        "flags: RWKV_MS_FORWARD_LEGACY_PREDECESSOR: semantics 2 has no legacy predecessor; set the previous source "
        "to zero instead");
}

TEST(taps) {
    Settings s;
    OwnLayer layer(s);
    rwkv_ms_tap_info info{};
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "reads", &info, nullptr, 0)), "RWKV_MS_E_NO_TAP");
    CHECK_EQUAL(error_of(layer.handle), "tap 'reads': no forward with RWKV_MS_FORWARD_TAPS yet");
    layer.forward(random_values(5 * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "hidden", &info, nullptr, 0)), "RWKV_MS_E_NO_TAP");
    CHECK_EQUAL(error_of(layer.handle),
                "tap 'hidden': the last forward with taps recorded no tensor of that name (it kept no step trace)");
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "state_before", &info, nullptr, 0)), "RWKV_MS_E_NO_TAP");
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), nullptr, &info, nullptr, 0)), "RWKV_MS_E_ARGUMENT");
    std::vector<float> data(40, -7);
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "reads", &info, data.data(), 159)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(layer.handle), "data: expected room for at least 160 bytes, found 159");
    CHECK(data == std::vector<float>(40, -7));
    CHECK_EQUAL(info.n_dims, 0);
    const struct {
        const char *name;
        int32_t type;
        std::vector<int64_t> dims;
    } rows[] = {{"memory_v", RWKV_MS_TYPE_F32, {1, 5, 8}},    {"a_heads", RWKV_MS_TYPE_F32, {1, 5, 1, 8}},
                {"beta", RWKV_MS_TYPE_F32, {1, 5, 8, 1}},     {"keep", RWKV_MS_TYPE_F32, {1, 5, 1, 8}},
                {"read_routes", RWKV_MS_TYPE_F32, {1, 5, 4}}, {"read_routes_per_head", RWKV_MS_TYPE_F32, {1, 5, 1, 4}},
                {"slot_indices", RWKV_MS_TYPE_I64, {1, 5}},   {"final_state", RWKV_MS_TYPE_F32, {1, 1, 4, 8, 8}},
                {"final_positions", RWKV_MS_TYPE_I64, {1}},   {"final_previous_source", RWKV_MS_TYPE_F32, {1, 8}},
                {"delta_q", RWKV_MS_TYPE_F32, {1, 5, 96}},    {"delta_o", RWKV_MS_TYPE_F32, {1, 5, 64}}};
    for (const auto &row : rows) {
        std::memset(&info, 0x77, sizeof info);
        CHECK_EQUAL(rwkv_ms_tap(layer.handle.get(), row.name, &info, nullptr, 0), 0);
        CHECK_EQUAL(info.type, row.type);
        CHECK(std::all_of(info.dims + info.n_dims, std::end(info.dims), [](int64_t n) { return n == 0; }));
        CHECK(std::vector<int64_t>(info.dims, info.dims + info.n_dims) == row.dims);
    }
    const std::vector<double> kept = layer.tap("reads");
    layer.forward(random_values(2 * s.hidden, 1)); // without taps: those of before stay
    CHECK(layer.tap("reads") == kept);
}

TEST(names_that_only_resemble_a_tensor) {
    const Settings s;
    OwnLayer layer(s);
    layer.forward(random_values(2 * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
    for (const std::string name : {"memory_v", "memory_source", "feature_r", "r_heads", "b_heads", "beta", "keep", "read_routes",
                                   "slot_indices", "final_state", "delta_q"}) {
        CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), name.c_str(), nullptr, nullptr, 0)), "RWKV_MS_OK");
        for (const std::string &other : {name + "s", name + " ", "x" + name, name.substr(1), name.substr(0, name.size() - 1)}) {
            const std::string status = status_text(rwkv_ms_tap(layer.handle.get(), other.c_str(), nullptr, nullptr, 0));
            CHECK_EQUAL(other + ": " + status, other + ": RWKV_MS_E_NO_TAP");
        }
    }
}

#if !defined(__APPLE__) // there a program's own functions are not those of its libraries
namespace {

int llamas_loaded = 0; // that were not loaded before

} // namespace

extern "C" void *dlopen(const char *file, int flags) {
    static const auto next = reinterpret_cast<void *(*)(const char *, int)>(dlsym(RTLD_NEXT, "dlopen"));
    const char *const slash = file != nullptr ? std::strrchr(file, '/') : nullptr;
    const bool llama = slash != nullptr && std::strncmp(slash, "/libllama", 9) == 0;
    if (!llama || (flags & RTLD_NOLOAD) != 0) return next(file, flags);
    ++llamas_loaded;
    return nullptr;
}

// A llama_context is not of a libllama that only this library would load.
TEST(attach_in_a_process_without_libllama) {
    const OwnLayer layer{Settings{}};
    rwkv_ms_hook *hook = nullptr;
    expect_ok(rwkv_ms_hook_create(layer.handle.get(), nullptr, &hook), "hook_create");
    std::vector<char> nothing(64);
    for (int time = 0; time < 2; ++time) {
        CHECK_EQUAL(status_text(rwkv_ms_hook_attach(hook, reinterpret_cast<llama_context *>(nothing.data()), nullptr)),
                    "RWKV_MS_E_HOST_LIBRARY");
        const std::string text = last_error(rwkv_ms_hook_error, static_cast<const rwkv_ms_hook *>(hook));
        CHECK(text.find(": expected it loaded in this process, as the llama_context comes from it") != std::string::npos);
    }
    CHECK_EQUAL(llamas_loaded, 0);
    rwkv_ms_hook_destroy(hook);
}
#endif

TEST(state_access) {
    const Settings s;
    OwnLayer layer(s);
    State state{random_values(256, 1), random_values(8, 1), 77};
    layer.set(state);
    CHECK(layer.state() == state);
    const auto set = [&](const std::vector<float> *values, const std::vector<float> *source, const int64_t *position,
                         int32_t at = 0) {
        return status_text(rwkv_ms_state_set(
            layer.handle.get(), at, values != nullptr ? values->data() : nullptr,
            values != nullptr ? values->size() : 0, source != nullptr ? source->data() : nullptr,
            source != nullptr ? source->size() : 0, position));
    };
    std::vector<float> bad = random_values(256, 2), bad_source = random_values(8, 2);
    const int64_t negative = -1, other = 5;
    CHECK_EQUAL(set(&bad, &bad_source, &negative), "RWKV_MS_E_STATE_VALUE");
    CHECK_EQUAL(error_of(layer.handle), "position: expected 0 or more, found -1");
    bad_source[3] = INFINITY;
    CHECK_EQUAL(set(&bad, &bad_source, &other), "RWKV_MS_E_STATE_VALUE");
    CHECK_EQUAL(error_of(layer.handle), "previous_source: element 3: expected a finite number, found inf");
    bad[200] = NAN;
    CHECK_EQUAL(set(&bad, nullptr, &other), "RWKV_MS_E_STATE_VALUE");
    CHECK_EQUAL(error_of(layer.handle), "state: element 200: expected a finite number, found nan");
    bad.pop_back();
    CHECK_EQUAL(set(&bad, nullptr, &other), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(error_of(layer.handle), "state: expected 256 floats, found 255");
    CHECK_EQUAL(set(nullptr, nullptr, &other, 3), "RWKV_MS_E_NO_LAYER");
    CHECK(layer.state() == state); // after all of these
    CHECK_EQUAL(set(nullptr, nullptr, &other), "RWKV_MS_OK");
    state.position = 5;
    CHECK(layer.state() == state);
    std::vector<float> few(255, -7);
    int64_t position = -7;
    CHECK_EQUAL(status_text(rwkv_ms_state_get(layer.handle.get(), 0, few.data(), few.size(), nullptr, 0, &position)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(layer.handle), "state: expected room for at least 256 floats, found 255");
    CHECK(few == std::vector<float>(255, -7));
    CHECK_EQUAL(position, -7);
    std::vector<float> whole(256, -7), source(7, -7);
    CHECK_EQUAL(status_text(rwkv_ms_state_get(layer.handle.get(), 0, whole.data(), whole.size(), source.data(),
                                              source.size(), &position)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(layer.handle), "previous_source: expected room for at least 8 floats, found 7");
    CHECK(whole == std::vector<float>(256, -7) && source == std::vector<float>(7, -7));
    CHECK_EQUAL(position, -7);
}

// A payload and a sequence of another kind may come between a forward and the look at its tensors; a reset ends it.
TEST(taps_after_rwkv_ms_state_load_and_a_reset) {
    const Settings s;
    OwnLayer layer(s);
    size_t size = 0;
    expect_ok(rwkv_ms_state_size(layer.handle.get(), &size), "size");
    std::vector<uint8_t> payload(size);
    expect_ok(rwkv_ms_state_save(layer.handle.get(), payload.data(), size, nullptr), "save");
    layer.forward(random_values(5 * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
    const std::vector<double> reads = layer.tap("reads");
    expect_ok(rwkv_ms_state_load(layer.handle.get(), payload.data(), size), "load");
    CHECK(layer.tap("reads") == reads);
    layer.set(State{random_values(256, 1), random_values(8, 1), 77});
    CHECK(layer.tap("reads") == reads);
    expect_ok(rwkv_ms_context_reset(layer.handle.get()), "reset");
    rwkv_ms_tap_info info{};
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "reads", &info, nullptr, 0)), "RWKV_MS_E_NO_TAP");
}

// Deltas may lie in one piece of memory in any order, without a gap; and a state in a buffer that is longer.
TEST(buffers_beside_each_other_and_longer_ones) {
    const Settings s;
    OwnLayer layer(s), same(s);
    const std::vector<float> hidden = random_values(3 * s.hidden, 1);
    same.forward(hidden);
    std::vector<float> all(3 * (s.q_out + s.o_out + s.hidden), -7);
    float *const o = all.data(), *const q = o + 3 * s.o_out, *const in = q + 3 * s.q_out;
    std::copy(hidden.begin(), hidden.end(), in);
    rwkv_ms_deltas deltas{q, nullptr, nullptr, o, 3 * s.q_out, 0, 0, 3 * s.o_out};
    expect_ok(rwkv_ms_forward(layer.handle.get(), 0, in, hidden.size(), nullptr, 3, 0, &deltas), error_of(layer.handle));
    CHECK(std::vector<float>(q, in) == same.q && std::vector<float>(o, q) == same.o);
    const State expected = layer.state();
    std::vector<float> state(expected.values.size() + 5, -7), source(expected.source.size() + 3, -7);
    int64_t position = -7;
    expect_ok(rwkv_ms_state_get(layer.handle.get(), 0, state.data(), state.size(), source.data(), source.size(), &position),
              error_of(layer.handle));
    CHECK(std::equal(expected.values.begin(), expected.values.end(), state.begin()));
    CHECK(std::equal(expected.source.begin(), expected.source.end(), source.begin()));
    CHECK(std::all_of(state.end() - 5, state.end(), [](float value) { return value == -7; }));
    CHECK(std::all_of(source.end() - 3, source.end(), [](float value) { return value == -7; }));
    CHECK_EQUAL(position, expected.position);
}

// Wherever memory runs out, a call says so, and nothing has changed: it succeeds once there is enough.
TEST(memory_that_runs_out) {
    const Settings s;
    OwnLayer layer(s);
    const std::vector<float> hidden = random_values(9 * s.hidden, 1);
    layer.forward(hidden); // of 8 tokens and of one
    const State before = layer.state();
    size_t size = 0;
    expect_ok(rwkv_ms_state_size(layer.handle.get(), &size), "size");
    std::vector<uint8_t> payload(size), out(size, 0x5a);
    const std::vector<uint8_t> untouched = out;
    expect_ok(rwkv_ms_state_save(layer.handle.get(), payload.data(), size, nullptr), "save");
    expect_ok(rwkv_ms_context_reset(layer.handle.get()), "reset");
    std::function<std::string()> error = [&] { return error_of(layer.handle); };
    const auto until_enough = [&](const std::string &call, const std::function<int32_t()> &act,
                                  const std::function<void()> &unchanged) {
        for (int failed = 0;; failed += 1 + failed / 16) { // each place of a few, some of many
            int32_t status = RWKV_MS_OK;
            {
                const ScarceMemory scarce(failed);
                status = act();
            }
            if (status == RWKV_MS_OK) return failed;
            CHECK_EQUAL(call + ": " + status_text(status), call + ": RWKV_MS_E_MEMORY");
            CHECK_EQUAL(error(), "out of memory");
            unchanged();
            if (status != RWKV_MS_E_MEMORY) throw std::runtime_error("it would go on for ever");
        }
    };
    const State empty = layer.state();
    rwkv_ms_deltas none{};
    const int to_load = until_enough(
        "load", [&] { return rwkv_ms_state_load(layer.handle.get(), payload.data(), size); },
        [&] { CHECK(layer.state() == empty); });
    CHECK(layer.state() == before);
    until_enough(
        "save", [&] { return rwkv_ms_state_save(layer.handle.get(), out.data(), size, nullptr); },
        [&] { CHECK(layer.state() == before); });
    CHECK(out == payload);
    const int to_compute = until_enough(
        "forward with taps",
        [&] {
            return rwkv_ms_forward(layer.handle.get(), 0, hidden.data(), hidden.size(), nullptr, 9,
                                   RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE, &none);
        },
        [&] { CHECK(layer.state() == before); });
    OwnLayer same(s);
    same.set(before);
    same.forward(hidden);
    CHECK(layer.state() == same.state());
    rwkv_ms_tap_info info{};
    until_enough(
        "tap", [&] { return rwkv_ms_tap(layer.handle.get(), "final_previous_source", &info, nullptr, 0); }, [] {});
    CHECK(to_load > 0 && to_compute > 0);
    OwnLayer fresh(s); // of which no graph but the largest has been made
    error = [&] { return error_of(fresh.handle); };
    std::vector<float> q(9 * s.q_out, -7);
    const std::vector<float> q_before = q;
    rwkv_ms_deltas wanted{};
    wanted.q = q.data();
    wanted.q_count = q.size();
    const int to_make_graphs = until_enough(
        "the first forward",
        [&] { return rwkv_ms_forward(fresh.handle.get(), 0, hidden.data(), hidden.size(), nullptr, 9, 0, &wanted); },
        [&] { CHECK(fresh.state() == empty && q == q_before); });
    CHECK(fresh.state() == before && q != q_before && to_make_graphs > 0);
    std::vector<float> state(4, 1), ones(2, 1);
    std::vector<int64_t> slots(1);
    rwkv_ms_config config{};
    config.rank = 2;
    config.num_state_heads = config.num_states = config.semantics_version = config.rankwise_gates = 1;
    config.chunk_size = 1;
    const rwkv_ms_floats in{ones.data(), 2};
    const rwkv_ms_scan_input input{1, 0, in, in, in, in, in, in, in, in, {state.data(), 4}, nullptr, 0};
    std::vector<std::vector<float>> out_of_scan(9, std::vector<float>(4, -7));
    const std::vector<std::vector<float>> unwritten = out_of_scan;
    const auto to = [&](size_t i) { return rwkv_ms_buffer{out_of_scan[i].data(), 4}; };
    rwkv_ms_scan_output output{to(0), to(1), to(2), to(3), to(4), to(5), to(6), to(7), to(8), slots.data(), 1, -7};
    error = [&] { return last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())); };
    const int to_scan = until_enough(
        "scan", [&] { return rwkv_ms_scan(runtime(), &config, &input, &output); },
        [&] { CHECK(out_of_scan == unwritten && output.final_position == -7); });
    CHECK(to_scan > 0 && output.final_position == 1);
    error = [&] { return error_of(layer.sidecar); };
    rwkv_ms_context *made = nullptr;
    const rwkv_ms_context_params params{1, -1};
    const int to_make = until_enough(
        "context", [&] { return rwkv_ms_context_create(layer.sidecar.get(), &params, &made); }, [&] { CHECK(made == nullptr); });
    rwkv_ms_context_destroy(made);
    const std::string path = temporary_file();
    write_file(path, Sidecar(s).bytes());
    error = [&] { return last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())); };
    rwkv_ms_sidecar *opened = nullptr;
    const int to_open = until_enough(
        "sidecar", [&] { return rwkv_ms_sidecar_open(runtime(), path.c_str(), nullptr, 0, &opened); },
        [&] { CHECK(opened == nullptr); });
    std::remove(path.c_str());
    rwkv_ms_sidecar_close(opened);
    CHECK(to_make > 0 && to_open > 0);
}

TEST(a_warm_forward_allocates_nothing) {
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    const std::vector<float> hidden = random_values(77 * s.hidden, 1);
    std::vector<float> q(77 * s.q_out), o(77 * s.o_out);
    rwkv_ms_deltas deltas{q.data(), nullptr, nullptr, o.data(), q.size(), 0, 0, o.size()};
    const auto forward = [&] {
        return rwkv_ms_forward(handle.get(), 0, hidden.data(), hidden.size(), nullptr, 77, 0, &deltas);
    };
    CHECK_EQUAL(forward(), 0);
    const long before = allocations();
    const int32_t status = forward();
    const long after = allocations();
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(after - before, 0L);
}

// Made once: else one thread would read it while another one makes it.
TEST(a_second_layout_allocates_nothing) {
    std::string text(1 << 16, ' ');
    CHECK_EQUAL(rwkv_ms_layout(&text[0], text.size(), nullptr), 0);
    const long before = allocations();
    const int32_t status = rwkv_ms_layout(&text[0], text.size(), nullptr);
    const long after = allocations();
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(after - before, 0L);
}

int main() { return run_all(); }
