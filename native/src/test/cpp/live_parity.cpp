// The hook inside an unmodified llama.cpp where there is no JVM: decodes with a memory attached, and writes down what the
// hook recorded. The Java side compares it with the reference (Arm64LiveTests).
//
//   live_parity MODEL SIDECAR RECORDS
//
// RECORDS: for each run, layer and tensor a line "flash microbatch layer name tokens width", then tokens * width float32,
// little-endian. Exit codes: 0 written, 2 something went wrong, 3 this processor supports none of the CPU variants beside the library.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>

#include "../c/v0.5.0/llama.h"
#include "handles.h"

static_assert(sizeof(llama_model_params) == 80 && sizeof(llama_context_params) == 160 && sizeof(llama_batch) == 56);

namespace {

using namespace test;

constexpr int kFailed = 2, kUnsupported = 3;
constexpr int32_t kPrompt = 17, kEnd = 20, kContext = 256; // emulated, a token takes up to 70 ms; after the prompt they come one by one
constexpr uint32_t kMicrobatches[] = {1, 2, 7, 8, 9, 16, 64};
constexpr int kErrorLevel = 4;
constexpr const char *kNames[] = {"hidden",   "delta_q", "delta_k",  "delta_v", "delta_o", "before_q", "before_k",
                                  "before_v", "before_o", "after_q", "after_k", "after_v", "after_o"};

void require(bool holds, const std::string &what) {
    if (!holds) throw std::runtime_error(what);
}

// Frees what a C function made.
template <typename Thing> using Owner = std::unique_ptr<Thing, std::function<void(Thing *)>>;

Owner<rwkv_ms_runtime> start() {
    const rwkv_ms_runtime_params params{nullptr, 1, 0};
    rwkv_ms_runtime *made = nullptr;
    char error[4096] = "";
    const int32_t status = rwkv_ms_runtime_create(&params, &made, error, sizeof error);
    if (status == RWKV_MS_E_NO_BACKEND) {
        std::cout << error << '\n';
        std::exit(kUnsupported);
    }
    expect_ok(status, error);
    return {made, rwkv_ms_runtime_destroy};
}

Owner<llama_model> load(const char *path) {
    llama_log_set(
        [](int level, const char *text, void *) {
            if (level == kErrorLevel) std::fputs(text, stderr);
        },
        nullptr);
    llama_backend_init();
    void *const no_devices[] = {nullptr};
    llama_model_params params = llama_model_default_params();
    require(params.lazy_mode == 1 && params.flags[2], "llama_model_params: expected the layout of v0.5.0");
    params.devices = no_devices;
    params.n_gpu_layers = 0;
    Owner<llama_model> model(llama_model_load_from_file(path, params), llama_model_free);
    require(model != nullptr, std::string(path) + ": expected a model that llama.cpp loads");
    return model;
}

Owner<llama_context> context_of(llama_model *model, rwkv_ms_hook *hook, bool flash, uint32_t microbatch) {
    llama_context_params params = llama_context_default_params();
    require(params.n_ctx == 512 && params.type_v == 1 && params.swa_full, "llama_context_params: expected the layout of v0.5.0");
    params.n_ctx = params.n_batch = kContext;
    params.n_ubatch = microbatch;
    params.n_threads = params.n_threads_batch = 1;
    params.flash_attn = flash ? 1 : 0;
    params.offload_kqv = params.op_offload = false;
    params.cb_eval = rwkv_ms_hook_eval;
    params.cb_eval_user_data = hook;
    Owner<llama_context> context(llama_init_from_model(model, params), llama_free);
    require(context && llama_n_ubatch(context.get()) == microbatch, "expected a context with that microbatch");
    return context;
}

void decode(llama_context *context, rwkv_ms_hook *hook, std::vector<int32_t> tokens) {
    const auto count = static_cast<int32_t>(tokens.size());
    const int32_t status = llama_decode(context, llama_batch_get_one(tokens.data(), count));
    const int32_t fault = rwkv_ms_hook_check(hook);
    expect_ok(fault, last_error<rwkv_ms_hook>(rwkv_ms_hook_error, hook));
    require(status == 0, "llama_decode: expected 0, found " + std::to_string(status));
}

void write(std::ofstream &out, const std::string &run, rwkv_ms_hook *hook, int32_t layer, const char *name) {
    int64_t tokens = 0, width = 0;
    std::vector<float> values;
    int32_t status = rwkv_ms_hook_captured(hook, layer, name, nullptr, 0, &tokens, &width);
    if (status == RWKV_MS_E_NO_TAP) return; // a head that the sidecar does not activate
    values.resize(static_cast<size_t>(tokens * width));
    status = rwkv_ms_hook_captured(hook, layer, name, values.data(), values.size(), &tokens, &width);
    expect_ok(status, name);
    out << run << ' ' << layer << ' ' << name << ' ' << tokens << ' ' << width << '\n';
    out.write(reinterpret_cast<const char *>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
}

std::vector<int32_t> layers_of(rwkv_ms_sidecar *sidecar) {
    size_t count = 0;
    rwkv_ms_sidecar_layers(sidecar, nullptr, 0, &count);
    std::vector<int32_t> layers(count);
    expect_ok(rwkv_ms_sidecar_layers(sidecar, layers.data(), count, nullptr), "rwkv_ms_sidecar_layers");
    return layers;
}

struct Host {
    llama_model *model;
    const char *base;
    rwkv_ms_sidecar *sidecar;
};

void run(const Host &host, bool flash, uint32_t microbatch, std::ofstream &out) {
    const int32_t vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(host.model));
    const rwkv_ms_context_params params{1, -1};
    rwkv_ms_context *made = nullptr;
    expect_ok(rwkv_ms_context_create(host.sidecar, &params, &made), "rwkv_ms_context_create");
    const Owner<rwkv_ms_context> memory(made, rwkv_ms_context_destroy);
    rwkv_ms_hook *hooked = nullptr;
    expect_ok(rwkv_ms_hook_create(memory.get(), nullptr, &hooked), "rwkv_ms_hook_create");
    const Owner<rwkv_ms_hook> hook(hooked, rwkv_ms_hook_destroy);
    const Owner<llama_context> context = context_of(host.model, hooked, flash, microbatch);
    const int32_t attached = rwkv_ms_hook_attach(hooked, context.get(), host.base);
    expect_ok(attached, last_error<rwkv_ms_hook>(rwkv_ms_hook_error, hooked));
    expect_ok(rwkv_ms_hook_capture(hooked, kEnd), "rwkv_ms_hook_capture");
    std::vector<int32_t> prompt;
    for (int32_t i = 0; i < kEnd; ++i) {
        const int32_t token = (i * 31 + i / 7 * 5 + 3) % vocabulary;
        if (i < kPrompt) prompt.push_back(token);
        if (i == kPrompt - 1) decode(context.get(), hooked, prompt);
        if (i >= kPrompt) decode(context.get(), hooked, {token});
    }
    const std::string label = std::to_string(flash) + " " + std::to_string(microbatch);
    for (const int32_t layer : layers_of(host.sidecar))
        for (const char *name : kNames) write(out, label, hooked, layer, name);
    expect_ok(rwkv_ms_hook_detach(hooked), "rwkv_ms_hook_detach");
}

void run(const char *base, const char *sidecar, const char *records) {
    const Owner<rwkv_ms_runtime> runtime = start();
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(runtime.get(), sidecar, base, 0, &opened);
    expect_ok(status, last_error<rwkv_ms_runtime>(rwkv_ms_runtime_error, runtime.get()));
    const Owner<rwkv_ms_sidecar> weights(opened, rwkv_ms_sidecar_close);
    const Owner<llama_model> model = load(base);
    std::ofstream out(records, std::ios::binary);
    for (const bool flash : {false, true})
        for (const uint32_t microbatch : kMicrobatches) run({model.get(), base, opened}, flash, microbatch, out);
    require(bool(out.flush()), std::string(records) + ": cannot be written");
}

} // namespace

int main(int count, char **arguments) {
    if (count != 4) {
        std::cerr << "usage: live_parity MODEL SIDECAR RECORDS\n";
        return 64;
    }
    try {
        run(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception &e) {
        std::cerr << "live_parity: " << e.what() << '\n';
        return kFailed;
    }
    return 0;
}
