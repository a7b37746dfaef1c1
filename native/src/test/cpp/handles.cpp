// The handles of the tests, compiled once for all of them.
#include "handles.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace test {

std::string status_text(int32_t status) { return rwkv_ms_status_name(status); }

void expect_ok(int32_t status, const std::string &text) {
    if (status != RWKV_MS_OK) throw std::runtime_error(status_text(status) + ": " + text);
}

rwkv_ms_runtime *runtime() {
    static const RuntimeHandle handle = [] {
        const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
        rwkv_ms_runtime *made = nullptr;
        char error[4096] = "";
        expect_ok(rwkv_ms_runtime_create(&params, &made, error, sizeof error), error);
        return RuntimeHandle(made);
    }();
    return handle.get();
}

std::string temporary_file() {
    return "sidecar-" + std::string(std::getenv("RWKV_MS_TEST_NAME") ? std::getenv("RWKV_MS_TEST_NAME") : "test") +
           ".gguf";
}

int32_t try_open(const std::string &bytes, SidecarHandle &out, const char *base) {
    write_file(temporary_file(), bytes);
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(runtime(), temporary_file().c_str(), base, 0, &opened);
    std::remove(temporary_file().c_str());
    out.reset(opened);
    return status;
}

SidecarHandle open(const Sidecar &sidecar) {
    SidecarHandle handle;
    expect_ok(try_open(sidecar.bytes(), handle), last_error(rwkv_ms_runtime_error, runtime()));
    return handle;
}

ContextHandle context(rwkv_ms_sidecar *sidecar, int32_t read_top_k) {
    const rwkv_ms_context_params params{1, read_top_k};
    rwkv_ms_context *made = nullptr;
    expect_ok(rwkv_ms_context_create(sidecar, &params, &made), last_error(rwkv_ms_sidecar_error, sidecar));
    return ContextHandle(made);
}

void Layer::forward(const std::vector<float> &hidden, const std::vector<uint8_t> &mask, uint32_t flags) {
    const size_t tokens = hidden.size() / settings_.hidden;
    q.assign(tokens * settings_.q_out, -1);
    o.assign(tokens * settings_.o_out, -1);
    rwkv_ms_deltas deltas{q.data(), nullptr, nullptr, o.data(), q.size(), 0, 0, o.size()};
    expect_ok(rwkv_ms_forward(context_, layer_, hidden.data(), hidden.size(), mask.empty() ? nullptr : mask.data(),
                              static_cast<int32_t>(tokens), flags, &deltas),
              last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context_)));
}

State Layer::state() const {
    State out{std::vector<float>(settings_.states * settings_.rank * settings_.rank),
              std::vector<float>(settings_.rank), 0};
    expect_ok(rwkv_ms_state_get(context_, layer_, out.values.data(), out.values.size(), out.source.data(),
                                out.source.size(), &out.position),
              "state_get");
    return out;
}

void Layer::set(const State &state) {
    expect_ok(rwkv_ms_state_set(context_, layer_, state.values.data(), state.values.size(), state.source.data(),
                                state.source.size(), &state.position),
              "state_set");
}

std::vector<double> Layer::tap(const std::string &name) const {
    rwkv_ms_tap_info info{};
    expect_ok(rwkv_ms_tap(context_, name.c_str(), &info, nullptr, 0), "tap " + name);
    std::vector<char> bytes(info.bytes);
    expect_ok(rwkv_ms_tap(context_, name.c_str(), &info, bytes.data(), bytes.size()), "tap " + name);
    std::vector<double> out;
    for (size_t at = 0; at < bytes.size(); at += info.type == RWKV_MS_TYPE_I64 ? 8 : 4) {
        if (info.type == RWKV_MS_TYPE_I64) {
            int64_t value;
            std::memcpy(&value, &bytes[at], sizeof value);
            out.push_back(static_cast<double>(value));
        } else {
            float value;
            std::memcpy(&value, &bytes[at], sizeof value);
            out.push_back(value);
        }
    }
    return out;
}

} // namespace test
