// Contexts whose stages around the scan are ggml's graphs in float32, on ggml's own CPU backend: every build has that one.
#include <cstring>

#include <dlfcn.h>

#include "check.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "handles.h"

using namespace test;

namespace {

const char *lacking = nullptr; // the operation that ggml's code for the device lacks
bool watched = false;          // threads that streams are given
std::vector<int> threads;
ggml_backend_set_n_threads_t set_n_threads = nullptr;
bool outputs_alone = false; // whether the device leaves unwritten what is no output, as one may that joins nodes
int64_t most_columns = 0;   // of one product

} // namespace

#if !defined(__APPLE__) // there a program's own functions are not those of its libraries
extern "C" bool ggml_backend_dev_supports_op(ggml_backend_dev_t device, const ggml_tensor *node) {
    static const auto next = reinterpret_cast<bool (*)(ggml_backend_dev_t, const ggml_tensor *)>(
        dlsym(RTLD_NEXT, "ggml_backend_dev_supports_op"));
    return (lacking == nullptr || std::strcmp(ggml_op_desc(node), lacking) != 0) && next(device, node);
}
extern "C" ggml_status ggml_backend_graph_compute(ggml_backend_t stream, ggml_cgraph *graph) {
    static const auto next = reinterpret_cast<ggml_status (*)(ggml_backend_t, ggml_cgraph *)>(
        dlsym(RTLD_NEXT, "ggml_backend_graph_compute"));
    const ggml_status status = next(stream, graph);
    for (int i = 0; i < ggml_graph_n_nodes(graph); ++i) {
        const ggml_tensor *const node = ggml_graph_node(graph, i);
        if (node->op == GGML_OP_MUL_MAT) most_columns = std::max(most_columns, node->src[1]->ne[1]);
        if (!outputs_alone) continue;
        const bool written = (node->flags & GGML_TENSOR_FLAG_OUTPUT) != 0 || node->view_src != nullptr;
        if (!written) std::memset(node->data, 0xff, ggml_nbytes(node)); // not a number
    }
    return status;
}
extern "C" void *ggml_backend_reg_get_proc_address(ggml_backend_reg_t registry, const char *name) {
    static const auto next = reinterpret_cast<void *(*)(ggml_backend_reg_t, const char *)>(
        dlsym(RTLD_NEXT, "ggml_backend_reg_get_proc_address"));
    void *const found = next(registry, name);
    if (!watched || std::strcmp(name, "ggml_backend_set_n_threads") != 0) return found;
    set_n_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(found);
    return reinterpret_cast<void *>(+[](ggml_backend_t stream, int n) {
        threads.push_back(n);
        set_n_threads(stream, n);
    });
}
#endif

namespace {

constexpr double kTolerance = 1e-5; // absolute and relative, as the gate's
constexpr size_t kTokens = 21;
const char *const kPlaces = "deltas CPU\nfeatures CPU\nprojections CPU\nreadout CPU\n";

std::string places(rwkv_ms_context *context) {
    char text[4096] = "";
    expect_ok(rwkv_ms_context_places(context, text, sizeof text, nullptr), "places");
    return text;
}

ContextHandle on_cpu(rwkv_ms_sidecar *sidecar, int32_t n_tokens, uint32_t how = 0) {
    const rwkv_ms_context_params params{1, -1};
    rwkv_ms_context *made = nullptr;
    expect_ok(rwkv_ms_context_create_on(sidecar, &params, "CPU", n_tokens, how, &made),
              last_error(rwkv_ms_sidecar_error, sidecar));
    return ContextHandle(made);
}

// A status that is expected, with the start of its text.
void refused(const Settings &s, const rwkv_ms_context_params *params, const char *device, int32_t n_tokens, uint32_t how,
             const std::string &status, const std::string &text) {
    const SidecarHandle sidecar = open(Sidecar(s));
    rwkv_ms_context *made = nullptr;
    CHECK_EQUAL(status_text(rwkv_ms_context_create_on(sidecar.get(), params, device, n_tokens, how, &made)), status);
    CHECK(made == nullptr);
    CHECK_EQUAL(last_error(rwkv_ms_sidecar_error, sidecar.get()).substr(0, text.size()), text);
}

double distance(const std::vector<double> &found, const std::vector<double> &expected) {
    if (found.size() != expected.size()) return INFINITY;
    double worst = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        const double ratio = std::fabs(found[i] - expected[i]) / (kTolerance * (1 + std::fabs(expected[i])));
        if (std::isnan(ratio)) return INFINITY;
        worst = std::max(worst, ratio);
    }
    return worst;
}

// Every tensor, as the default context has it, which other tests compare with a reference.
void compare(const Settings &s, int32_t n_tokens, uint32_t flags, const std::string &name, uint32_t how = 0) {
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle own = context(sidecar.get()), device = on_cpu(sidecar.get(), n_tokens, how);
    Layer expected(own.get(), s), found(device.get(), s);
    CHECK_EQUAL(places(device.get()), "");
    std::vector<uint8_t> mask(kTokens, 1);
    for (size_t t = 2; t < kTokens; t += 5) mask[t] = 0;
    const State start{random_values(s.states * s.rank * s.rank, 0.03, 11), random_values(s.rank, 0.0625, 12), 13};
    for (Layer *each : {&expected, &found}) {
        each->set(start);
        each->forward(random_values(kTokens * s.hidden, 0.125), mask,
                      RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE | flags);
    }
    for (const char *tensor :
         {"memory_q", "memory_k", "memory_v", "memory_source", "beta", "lambda", "feature_r", "feature_w", "feature_k",
          "feature_v", "feature_a", "feature_b", "feature_g", "raw_reads", "reads", "delta_q", "delta_o", "keep", "erase",
          "write", "w_decay", "read_routes", "state_after", "final_state", "final_previous_source", "final_positions"}) {
        const double worst = distance(found.tap(tensor), expected.tap(tensor));
        if (!(worst <= 1))
            fail_at(name.c_str(), n_tokens, tensor + (": " + std::to_string(worst)) + " times the tolerance");
    }
    CHECK(std::vector<double>(found.q.begin(), found.q.end()) == found.tap("delta_q"));
    CHECK_EQUAL(places(device.get()), kPlaces);
    CHECK_EQUAL(places(own.get()), "");
}

} // namespace

TEST(every_setting_and_size_agrees_with_the_default_context) {
    const std::vector<int32_t> sizes = {1, 2, 7, 8, 9, 16, 64};
    size_t next = 0;
    test::for_each_setting([&](const Settings &s, const std::string &name) {
        compare(s, sizes[next++ % sizes.size()], 0, name);
        compare(s, sizes[next % sizes.size()], 0, name + ", precise", RWKV_MS_ON_PRECISE);
        if (s.semantics == 1)
            compare(s, sizes[next++ % sizes.size()], RWKV_MS_FORWARD_LEGACY_PREDECESSOR, name + ", legacy");
    });
}

TEST(other_shapes_agree_with_the_default_context) {
    Settings s;
    s.rank = 100;
    s.low_g = 64; // the pairs of w and a are narrower
    s.layers = {0, 3};
    compare(s, 9, 0, "rank 100, two layers");
    s.couple_lambda = false; // one product more
    compare(s, 512, 0, "rank 100, the largest microbatch", RWKV_MS_ON_PRECISE);
    s.couple_lambda = true;
    s.rank = 3;
    s.low_g = 32;
    s.hidden = 33;
    s.type = kF32;
    compare(s, 16, 0, "rank 3, odd width");
}

// Rows that a microbatch lacks are zeros: what they held before changes nothing.
TEST(the_rest_of_a_microbatch_is_empty) {
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle fresh = on_cpu(sidecar.get(), 16), used = on_cpu(sidecar.get(), 16);
    Layer expected(fresh.get(), s), found(used.get(), s);
    found.forward(random_values(16 * s.hidden, 4, 6));
    expect_ok(rwkv_ms_context_reset(used.get()), "reset");
    expected.forward(random_values(3 * s.hidden));
    found.forward(random_values(3 * s.hidden));
    CHECK(found.q == expected.q);
    CHECK(found.o == expected.o);
    CHECK(found.state() == expected.state());
}

TEST(what_cannot_be_is_refused) {
    const Settings s;
    const rwkv_ms_context_params params{1, -1}, two{2, -1};
    refused(s, &params, "Nowhere0", 8, 0, "RWKV_MS_E_NO_BACKEND",
            "device Nowhere0: expected one of CPU");
    refused(s, &params, nullptr, 8, 0, "RWKV_MS_E_ARGUMENT", "device: must not be NULL");
    refused(s, &params, "CPU", 0, 0, "RWKV_MS_E_ARGUMENT", "n_tokens: expected 1 to 512, found 0");
    refused(s, &params, "CPU", 513, 0, "RWKV_MS_E_ARGUMENT", "n_tokens: expected 1 to 512, found 513");
    refused(s, &params, "CPU", 8, 2, "RWKV_MS_E_ARGUMENT", "flags: expected a combination of 1, found 2");
    refused(s, nullptr, "CPU", 8, 0, "RWKV_MS_E_ARGUMENT", "params: must not be NULL");
    refused(s, &two, "CPU", 8, 0, "RWKV_MS_E_SEQUENCES",
            "n_sequences: expected 1, found 2: a context holds one sequence, a batch is one context per row");
}

#if !defined(__APPLE__)
// A device that computes with the processor's threads has as many as its runtime.
TEST(threads_of_the_runtime) {
    const Settings s;
    rwkv_ms_runtime *made = nullptr;
    const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 3, 0};
    expect_ok(rwkv_ms_runtime_create(&params, &made, nullptr, 0), "runtime");
    const RuntimeHandle three(made);
    write_file(temporary_file(), Sidecar(s).bytes());
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(made, temporary_file().c_str(), nullptr, 0, &opened);
    std::remove(temporary_file().c_str());
    expect_ok(status, "open");
    const SidecarHandle sidecar(opened);
    watched = true;
    const ContextHandle device = on_cpu(opened, 4);
    watched = false;
    CHECK(threads == std::vector<int>{3});
}

// Products of one token and of two are those that were measured as sound on devices.
TEST(precise_products_are_of_two_tokens) {
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    for (const auto &[how, tokens] : {std::pair{uint32_t{RWKV_MS_ON_PRECISE}, int64_t{2}}, {0u, int64_t{9}}}) {
        const ContextHandle device = on_cpu(sidecar.get(), 9, how);
        most_columns = 0;
        Layer(device.get(), s).forward(random_values(9 * s.hidden));
        CHECK_EQUAL(most_columns, tokens);
    }
}

// Whatever is read of a graph is one of its outputs.
TEST(a_device_that_writes_outputs_alone) {
    outputs_alone = true;
    Settings s;
    s.couple_lambda = false;
    compare(s, 9, 0, "outputs alone");
    compare(s, 9, 0, "outputs alone, precise", RWKV_MS_ON_PRECISE);
    outputs_alone = false;
}

// Each stage's operations are asked for before anything is computed.
TEST(operations_that_a_device_lacks) {
    const rwkv_ms_context_params params{1, -1};
    const std::pair<const char *, const char *> rows[] = {{"TANH", "features: TANH, projections: TANH"},
                                                          {"GET_ROWS", "features: GET_ROWS"},
                                                          {"NORM", "readout: NORM"},
                                                          {"SCALE", "deltas: SCALE, features: SCALE, projections: SCALE"}};
    for (const auto &[operation, stages] : rows) {
        lacking = operation;
        refused(Settings{}, &params, "CPU", 8, 0, "RWKV_MS_E_UNSUPPORTED",
                std::string("CPU: ggml's code for this device lacks operations, by stage: ") + stages);
    }
    lacking = nullptr;
}
#endif

int main() { return test::run_all(); }
