// A template: rwkv_ms.h over the internals of a llama.cpp fork, so that this suite can gate it.
//
// What a fork writes is one file that implements the three classes below and shim::library(); stub.cpp is such a file that
// does nothing yet, ours.cpp one over this suite's own runtime. shim.cpp does the rest: handles, arguments, error texts,
// the exception barrier, the state of each layer, the payload of docs/state-format.md and the rules for a host's memory
// (docs/spec/state.md). Compile shim.cpp and the file of yours with src/error.cpp, layout.cpp, sha256.cpp, state.cpp and
// status.cpp into one shared library, then
//
//   gate runtime probe libyours.so        says what it implements and what is wrong
//
// Throw rwkv_ms::Error (src/error.h: fail, require) with a status of rwkv_ms.h where something is refused; any other
// exception becomes RWKV_MS_E_INTERNAL. The llama.cpp hook and its sessions answer RWKV_MS_E_UNSUPPORTED: a fork hooks in
// by its own means.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../src/config.h"
#include "../src/error.h"
#include "../src/sha256.h"
#include "../src/state.h"
#include "rwkv_ms.h"

namespace shim {

// What a sidecar says, once it has been opened.
struct Description {
    rwkv_ms::Config config;                     // with the target layers, ascending
    std::vector<std::array<int32_t, 4>> widths; // of the deltas q, k, v, o, beside the layers; 0 where inactive
    rwkv_ms::Hash fingerprint{};                // docs/state-format.md, "Fingerprint"
};

// One forward pass, its arguments checked.
struct Call {
    int32_t layer;
    const float *hidden; // [T, H]
    const uint8_t *mask; // [T] of 0 and 1, or nullptr
    int32_t n_tokens;
    bool legacy;     // RWKV_MS_FORWARD_LEGACY_PREDECESSOR
    bool taps;       // keep the tensors of math.md for tap()
    bool step_trace; // of these the step trace too
    std::array<float *, 4> deltas; // q, k, v, o: [T, width], or nullptr where not wanted
};

// A tensor under its name in math.md, with the batch dimension of 1 in front.
struct Tap {
    std::vector<int64_t> dims;
    std::vector<float> floats;
    std::vector<int64_t> integers; // instead of floats, for slots and positions
};

// The computation of one sequence.
class Memory {
public:
    virtual ~Memory() = default;
    // Computes the deltas, and the layer's state after the call from the one before it.
    virtual rwkv_ms::LayerState forward(const Call &call, const rwkv_ms::LayerState &before) = 0;
    // From the last forward with taps; RWKV_MS_E_NO_TAP for no tensor of that name.
    virtual Tap tap(const std::string &name) = 0;
};

// A sidecar in memory.
class Model {
public:
    virtual ~Model() = default;
    virtual const Description &description() const = 0;
    // read_top_k: -1 for the sidecar's.
    virtual std::unique_ptr<Memory> create(int32_t read_top_k) = 0;
};

class Library {
public:
    virtual ~Library() = default;
    // The JSON object of rwkv_ms_build_info.
    virtual std::string build_info() const = 0;
    // base: empty where none is given. Every fault of a sidecar has its status in rwkv_ms.h.
    virtual std::unique_ptr<Model> open(const std::string &path, const std::string &base) = 0;
    // rwkv_ms_scan; every argument is checked, and each output has the size that it needs.
    virtual void scan(const rwkv_ms_config &config, const rwkv_ms_scan_input &input, rwkv_ms_scan_output &output) = 0;
};

// Called once for each rwkv_ms_runtime; params are checked but for backend_path.
std::unique_ptr<Library> library(const rwkv_ms_runtime_params &params);
// Of the library, before there is one.
const char *version();

} // namespace shim
