// Time of rwkv_ms_forward beside that of the bare matrix products of math.md on the same shapes: one layer, H 2560,
// rank 8, q 2048, o 2560. Not a test: run it by hand, on an idle machine.
//
//   bench [backend library]        one thread; prints one JSON object per line
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "sidecar_builder.h"

namespace {

void check(int32_t status, const std::string &text) {
    if (status == RWKV_MS_OK) return;
    std::fprintf(stderr, "%s: %s\n", rwkv_ms_status_name(status), text.c_str());
    std::exit(1);
}

// Median time of a call, over at least half a second after warming up.
double median_microseconds(const std::function<void()> &call) {
    using Clock = std::chrono::steady_clock;
    for (int i = 0; i < 3; ++i) call();
    std::vector<double> times;
    const auto end = Clock::now() + std::chrono::milliseconds(500);
    while (Clock::now() < end || times.size() < 5) {
        const auto start = Clock::now();
        call();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

std::vector<float> random_values(size_t count) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, 0.125f);
    std::vector<float> values(count);
    for (float &value : values) value = normal(random);
    return values;
}

// Every product of math.md as a node of its own over float32 weights, in one graph.
double bare_products(const test::Settings &s, int64_t tokens) {
    ggml_backend_t backend = ggml_backend_dev_init(ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU), nullptr);
    const auto set_n_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(ggml_backend_reg_get_proc_address(
        ggml_backend_dev_backend_reg(ggml_backend_get_device(backend)), "ggml_backend_set_n_threads"));
    set_n_threads(backend, 1);
    ggml_context *ctx = ggml_init({64 * ggml_tensor_overhead() + ggml_graph_overhead_custom(64, false), nullptr, true});
    ggml_cgraph *graph = ggml_new_graph_custom(ctx, 64, false);
    const auto product = [&](int64_t in, int64_t out, ggml_tensor *x) {
        ggml_tensor *y = ggml_mul_mat(ctx, ggml_new_tensor_2d(ctx, GGML_TYPE_F32, in, out), x);
        ggml_build_forward_expand(graph, y);
        return y;
    };
    const int64_t d = s.rank, h = s.hidden, low = 32;
    ggml_tensor *hidden = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, h, tokens);
    for (int i = 0; i < 4; ++i) product(h, d, hidden); // mem_q, mem_k, mem_v, beta
    ggml_tensor *source = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, d, tokens);
    for (int i = 0; i < 3; ++i) product(d, d, source);                    // receptance, key, value
    for (int i = 0; i < 3; ++i) product(low, d, product(d, low, source)); // w, a, g
    ggml_tensor *reads = product(d, d, source);                           // output
    product(d, s.q_out, reads);
    product(d, s.o_out, reads);
    ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors(ctx, backend);
    for (ggml_tensor *t = ggml_get_first_tensor(ctx); t != nullptr; t = ggml_get_next_tensor(ctx, t)) {
        const std::vector<float> values = random_values(static_cast<size_t>(ggml_nelements(t)));
        ggml_backend_tensor_set(t, values.data(), 0, ggml_nbytes(t));
    }
    const double time = median_microseconds([&] { ggml_backend_graph_compute(backend, graph); });
    ggml_backend_buffer_free(buffer);
    ggml_free(ctx);
    ggml_backend_free(backend);
    return time;
}

} // namespace

int main(int argc, char **argv) {
    test::Settings settings;
    settings.hidden = 2560;
    settings.q_out = 2048;
    settings.k_out = settings.v_out = 512;
    settings.o_out = 2560;
    settings.chunk = 1024;
    const std::string path = "bench-sidecar.gguf";
    test::write_file(path, test::Sidecar(settings).bytes());

    char error[1024] = "";
    const rwkv_ms_runtime_params params{argc > 1 ? argv[1] : nullptr, 1, 0};
    rwkv_ms_runtime *runtime = nullptr;
    check(rwkv_ms_runtime_create(&params, &runtime, error, sizeof error), error);
    rwkv_ms_sidecar *sidecar = nullptr;
    const int32_t opened = rwkv_ms_sidecar_open(runtime, path.c_str(), nullptr, 0, &sidecar);
    rwkv_ms_runtime_error(runtime, error, sizeof error, nullptr);
    std::remove(path.c_str());
    check(opened, error);
    const rwkv_ms_context_params context_params{1, -1};
    rwkv_ms_context *context = nullptr;
    check(rwkv_ms_context_create(sidecar, &context_params, &context), "context");
    rwkv_ms_build_info(runtime, error, sizeof error, nullptr);
    std::printf("%s\n", error);

    for (const int32_t tokens : {1, 7, 8, 64, 512, 2048}) {
        const std::vector<float> hidden = random_values(static_cast<size_t>(tokens) * settings.hidden);
        std::vector<float> q(static_cast<size_t>(tokens) * settings.q_out),
            o(static_cast<size_t>(tokens) * settings.o_out);
        rwkv_ms_deltas deltas{q.data(), nullptr, nullptr, o.data(), q.size(), 0, 0, o.size()};
        const double forward = median_microseconds([&] {
            check(rwkv_ms_forward(context, 0, hidden.data(), hidden.size(), nullptr, tokens, 0, &deltas), "forward");
        });
        const double bare = bare_products(settings, tokens);
        std::printf("{\"tokens\":%d,\"what\":\"forward\",\"microseconds\":%.1f,\"tokens_per_second\":%.0f}\n", tokens,
                    forward, tokens * 1e6 / forward);
        std::printf("{\"tokens\":%d,\"what\":\"bare "
                    "products\",\"microseconds\":%.1f,\"tokens_per_second\":%.0f,\"forward_over_bare\":%.2f}\n",
                    tokens, bare, tokens * 1e6 / bare, forward / bare);
    }
    rwkv_ms_context_destroy(context);
    rwkv_ms_sidecar_close(sidecar);
    rwkv_ms_runtime_destroy(runtime);
    return 0;
}
