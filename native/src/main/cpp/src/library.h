// The implementation behind the boundary of rwkv_ms.h: this suite's own runtime (ggml_library.h), or the internals of a
// fork of llama.cpp, so that this suite can gate it.
//
// A fork writes one file that implements the three classes below and the two functions; shim/stub.cpp is such a file
// that does nothing yet. The boundary (api.cpp, api_scan.cpp, api_state.cpp, context.cpp) does the rest, for a fork as
// for librwkv_ms: handles, arguments, error texts, the exception barrier, the state of each layer, the payload of
// docs/state-format.md and the rules for a host's memory (docs/spec/state.md). shim/no_hook.cpp answers that there is no
// hook for an unmodified llama.cpp: a fork calls the memory from its own code. docs/add-a-runtime.md has the compiler's
// command.
//
// Throw Error (error.h: fail, require) with a status of rwkv_ms.h to refuse something; any other exception
// becomes RWKV_MS_E_INTERNAL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error.h"
#include "rwkv_ms.h"
#include "settings.h"
#include "sha256.h"
#include "state.h"

namespace rwkv_ms {

// What a sidecar says, once it has been opened.
struct Description {
    Config config;                   // with the target layers, ascending
    std::vector<DeltaWidths> widths; // in the order of the layers
    Hash fingerprint{};              // docs/state-format.md, "Fingerprint"
};

// One forward pass, its arguments checked.
struct Call {
    int32_t layer;
    size_t index;        // of the layer among the target layers
    const float *hidden; // [T, H]
    const uint8_t *mask; // [T] of 0 and 1, or nullptr
    int32_t n_tokens;
    bool legacy;                   // RWKV_MS_FORWARD_LEGACY_PREDECESSOR
    bool taps;                     // keep the tensors of math.md for tap()
    bool step_trace;               // of these the step trace too
    std::array<float *, 4> deltas; // q, k, v, o: [T, width], or nullptr if not wanted
};

// A tensor under its name in math.md, until the memory is used again.
struct Tap {
    std::vector<int64_t> dims; // with the batch dimension of 1 in front
    const float *floats;
    const int64_t *integers; // instead of floats, for slots and positions
    size_t count;            // of either
};

// The computation of one sequence.
class RuntimeMemory {
public:
    virtual ~RuntimeMemory() = default;
    // Computes the deltas, and advances the layer's state.
    virtual void forward(const Call &call, LayerState &state) = 0;
    // From the last forward with taps; RWKV_MS_E_NO_TAP for an unknown name.
    virtual Tap tap(const std::string &name) = 0;
    // The text of rwkv_ms_context_places.
    virtual std::string places() const { return ""; }
};

// A sidecar in memory. It outlives its memories.
class RuntimeModel {
public:
    virtual ~RuntimeModel() = default;
    virtual const Description &description() const = 0;
    // read_top_k: -1 for the sidecar's.
    virtual std::unique_ptr<RuntimeMemory> create(int32_t read_top_k) const = 0;
    // The same with its stages around the scan on a device, in microbatches of exactly so many tokens,
    // as precisely as may be or not (rwkv_ms_context_create_on). A runtime need not have that.
    virtual std::unique_ptr<RuntimeMemory> create_on(const std::string &device, int32_t, bool, int32_t) const {
        fail(RWKV_MS_E_UNSUPPORTED, "device ", device, ": this runtime computes on no device that is named to it");
    }
};

// The object behind a rwkv_ms_runtime. It outlives its models.
class RuntimeLibrary {
public:
    virtual ~RuntimeLibrary() = default;
    // The JSON object of rwkv_ms_build_info.
    virtual std::string build_info() const = 0;
    // base: empty if none is given. Every fault of a sidecar has its status in rwkv_ms.h.
    virtual std::unique_ptr<RuntimeModel> open(const std::string &path, const std::string &base) const = 0;
    // Refuses valid settings of a scan that it does not support; called before the buffers are checked.
    virtual void check_scan(const rwkv_ms_config &) const {}
    // rwkv_ms_scan; every argument is checked, and each output has the size that it needs.
    virtual void scan(const rwkv_ms_config &config, const rwkv_ms_scan_input &input,
                      rwkv_ms_scan_output &output) const = 0;
    // Whether a scan or forward that throws has written no result: results then need no copy.
    virtual bool writes_on_success_alone() const { return false; }
};

// Called once for each rwkv_ms_runtime; params are checked except backend_path.
std::unique_ptr<RuntimeLibrary> make_library(const rwkv_ms_runtime_params &params);
// May be called before there is a RuntimeLibrary.
const char *library_version();

} // namespace rwkv_ms
