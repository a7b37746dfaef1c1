// Owners of the library's handles, and calls that a test expects to succeed.
#pragma once

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "rwkv_ms.h"
#include "sidecar_builder.h"

namespace test {

inline std::string status_text(int32_t status) { return rwkv_ms_status_name(status); }

template <typename Handle>
std::string last_error(int32_t (*function)(const Handle *, char *, size_t, size_t *), const Handle *handle) {
    char text[8192] = "";
    const int32_t status = function(handle, text, sizeof text, nullptr);
    return status == RWKV_MS_OK ? text : "no error text: " + status_text(status);
}

inline void expect_ok(int32_t status, const std::string &text) {
    if (status != RWKV_MS_OK) throw std::runtime_error(status_text(status) + ": " + text);
}

struct Destroy {
    void operator()(rwkv_ms_runtime *handle) const { rwkv_ms_runtime_destroy(handle); }
    void operator()(rwkv_ms_sidecar *handle) const { rwkv_ms_sidecar_close(handle); }
    void operator()(rwkv_ms_context *handle) const { rwkv_ms_context_destroy(handle); }
};
using RuntimeHandle = std::unique_ptr<rwkv_ms_runtime, Destroy>;
using SidecarHandle = std::unique_ptr<rwkv_ms_sidecar, Destroy>;
using ContextHandle = std::unique_ptr<rwkv_ms_context, Destroy>;

// One runtime for all tests of a process. RWKV_MS_TEST_BACKEND names a CPU variant's library; unset: the best one.
inline rwkv_ms_runtime *runtime() {
    static const RuntimeHandle handle = [] {
        const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
        rwkv_ms_runtime *made = nullptr;
        char error[4096] = "";
        expect_ok(rwkv_ms_runtime_create(&params, &made, error, sizeof error), error);
        return RuntimeHandle(made);
    }();
    return handle.get();
}

// Tests run in a folder of their own, one after the other within a process.
inline std::string temporary_file() {
    return "sidecar-" + std::string(std::getenv("RWKV_MS_TEST_NAME") ? std::getenv("RWKV_MS_TEST_NAME") : "test") +
           ".gguf";
}

inline int32_t try_open(const std::string &bytes, SidecarHandle &out, const char *base = nullptr) {
    write_file(temporary_file(), bytes);
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(runtime(), temporary_file().c_str(), base, 0, &opened);
    std::remove(temporary_file().c_str());
    out.reset(opened);
    return status;
}

inline SidecarHandle open(const Sidecar &sidecar) {
    SidecarHandle handle;
    expect_ok(try_open(sidecar.bytes(), handle), last_error(rwkv_ms_runtime_error, runtime()));
    return handle;
}

inline ContextHandle context(rwkv_ms_sidecar *sidecar, int32_t read_top_k = -1) {
    const rwkv_ms_context_params params{1, read_top_k};
    rwkv_ms_context *made = nullptr;
    expect_ok(rwkv_ms_context_create(sidecar, &params, &made), last_error(rwkv_ms_sidecar_error, sidecar));
    return ContextHandle(made);
}

inline std::vector<float> random_values(size_t count, double scale = 0.125, unsigned seed = 5) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, static_cast<float>(scale));
    std::vector<float> values(count);
    for (float &value : values) value = normal(random);
    return values;
}

// The state of one layer.
struct State {
    std::vector<float> values, source;
    int64_t position = 0;
    bool operator==(const State &other) const {
        return values == other.values && source == other.source && position == other.position;
    }
};

// One layer of a context, with the buffers of its deltas q and o.
class Layer {
public:
    Layer(rwkv_ms_context *context, const Settings &settings, int32_t layer = 0)
        : context_(context), settings_(settings), layer_(layer) {}

    std::vector<float> q, o;

    void forward(const std::vector<float> &hidden, const std::vector<uint8_t> &mask = {}, uint32_t flags = 0) {
        const size_t tokens = hidden.size() / settings_.hidden;
        q.assign(tokens * settings_.q_out, -1);
        o.assign(tokens * settings_.o_out, -1);
        rwkv_ms_deltas deltas{q.data(), nullptr, nullptr, o.data(), q.size(), 0, 0, o.size()};
        expect_ok(rwkv_ms_forward(context_, layer_, hidden.data(), hidden.size(), mask.empty() ? nullptr : mask.data(),
                                  static_cast<int32_t>(tokens), flags, &deltas),
                  last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context_)));
    }

    State state() const {
        State out{std::vector<float>(settings_.states * settings_.rank * settings_.rank),
                  std::vector<float>(settings_.rank), 0};
        expect_ok(rwkv_ms_state_get(context_, layer_, out.values.data(), out.values.size(), out.source.data(),
                                    out.source.size(), &out.position),
                  "state_get");
        return out;
    }

    void set(const State &state) {
        expect_ok(rwkv_ms_state_set(context_, layer_, state.values.data(), state.values.size(), state.source.data(),
                                    state.source.size(), &state.position),
                  "state_set");
    }

    // A tap as doubles, whatever its type.
    std::vector<double> tap(const std::string &name) const {
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

private:
    rwkv_ms_context *context_;
    Settings settings_;
    int32_t layer_;
};

struct OpenContext {
    OpenContext(const Sidecar &file, int32_t read_top_k)
        : sidecar(open(file)), handle(context(sidecar.get(), read_top_k)) {}
    SidecarHandle sidecar;
    ContextHandle handle;
};

// Layer 0 of a sidecar and context of its own.
struct OwnLayer : OpenContext, Layer {
    explicit OwnLayer(const Settings &s, int32_t read_top_k = -1) : OwnLayer(Sidecar(s), s, read_top_k) {}
    OwnLayer(const Sidecar &file, const Settings &s, int32_t read_top_k = -1)
        : OpenContext(file, read_top_k), Layer(handle.get(), s) {}
};

} // namespace test
