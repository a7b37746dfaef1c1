// Owners of the library's handles, and calls that a test expects to succeed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rwkv_ms.h"
#include "sidecar_builder.h"

namespace test {

std::string status_text(int32_t status);

template <typename Handle>
std::string last_error(int32_t (*function)(const Handle *, char *, size_t, size_t *), const Handle *handle) {
    char text[8192] = "";
    const int32_t status = function(handle, text, sizeof text, nullptr);
    return status == RWKV_MS_OK ? text : "no error text: " + status_text(status);
}

void expect_ok(int32_t status, const std::string &text);

struct Destroy {
    void operator()(rwkv_ms_runtime *handle) const { rwkv_ms_runtime_destroy(handle); }
    void operator()(rwkv_ms_sidecar *handle) const { rwkv_ms_sidecar_close(handle); }
    void operator()(rwkv_ms_context *handle) const { rwkv_ms_context_destroy(handle); }
};
using RuntimeHandle = std::unique_ptr<rwkv_ms_runtime, Destroy>;
using SidecarHandle = std::unique_ptr<rwkv_ms_sidecar, Destroy>;
using ContextHandle = std::unique_ptr<rwkv_ms_context, Destroy>;

// One runtime for all tests of a process. RWKV_MS_TEST_BACKEND names a CPU variant's library; unset: the best one.
rwkv_ms_runtime *runtime();

// Tests run in a folder of their own, one after the other within a process.
std::string temporary_file();

int32_t try_open(const std::string &bytes, SidecarHandle &out, const char *base = nullptr);

SidecarHandle open(const Sidecar &sidecar);

ContextHandle context(rwkv_ms_sidecar *sidecar, int32_t read_top_k = -1);

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

    void forward(const std::vector<float> &hidden, const std::vector<uint8_t> &mask = {}, uint32_t flags = 0);
    State state() const;
    void set(const State &state);
    // A tap as doubles, whatever its type.
    std::vector<double> tap(const std::string &name) const;

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
