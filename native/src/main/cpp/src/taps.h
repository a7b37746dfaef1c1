// The intermediate tensors of one forward, by their fixture names (fixture.md): copies of what was computed, taken
// microbatch by microbatch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scan.h"
#include "settings.h"
#include "stages.h"

namespace rwkv_ms {

class Taps {
public:
    // Makes room for n tokens, so that recording them cannot fail.
    Taps(const Config &config, const DeltaWidths &widths, int64_t n_tokens, bool step_trace);

    // Room for the step trace of the tokens from `token` on; nullptr members without step trace.
    StepTrace step_trace(int64_t token);
    void record(const FeatureValues &features, int64_t token, int64_t n);
    void record(const ScanOutput &scan, int64_t token, int64_t n);
    void record(const ReadoutValues &readout, int64_t token, int64_t n);
    void record_final(const float *state, const float *source, int64_t position);

    struct Tensor {
        std::vector<int64_t> dims; // with the batch dimension of 1 in front
        size_t count = 0; // of floats
        std::unique_ptr<float[]> floats; // not set to zero first: each is recorded
        std::vector<int64_t> integers; // instead of floats, for counts and positions
    };
    // RWKV_MS_E_NO_TAP for an unknown name.
    const Tensor &find(const std::string &name) const;
    // The tensor's own dimensions, or those of its alias.
    std::vector<int64_t> dims(const std::string &name) const;

private:
    void add_floats(const std::string &name, std::vector<int64_t> dims);
    void add_integers(const std::string &name, std::vector<int64_t> dims);
    void put(const char *name, const Rows &rows, int64_t token, int64_t n);
    float *at(const char *name, int64_t token);

    const Config config_;
    int64_t n_tokens_;
    bool step_trace_;
    std::map<std::string, Tensor, std::less<>> tensors_;
};

} // namespace rwkv_ms
