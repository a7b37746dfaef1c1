// A sidecar, read and refused by the code that librwkv_ms itself uses, for authors who write no reader of their own.
// sidecar_reader.cpp is compiled with the author's file; neither needs a header of ggml's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../src/library.h"
#include "../src/sidecar_file.h"

namespace rwkv_ms {

// PyTorch's [rows, width]; a vector is one row.
struct SidecarTensor {
    int64_t rows, width;
    std::vector<float> values;
};

class SidecarReader {
public:
    // Every fault of docs/sidecar-findings.md that has yes in the column C++ is refused with its status. base may be
    // empty. StateHeads::several: taken where the published loader refuses them.
    SidecarReader(const std::string &path, const std::string &base, StateHeads heads = StateHeads::one);

    const Description &description() const { return description_; }

    // A tensor of sidecar.md such as "mem_q" or "rwkv.w1", of the layer of that index among the target layers.
    const SidecarTensor &tensor(size_t index, const std::string &name) const { return layers_.at(index).at(name); }

private:
    Description description_;
    std::vector<std::map<std::string, SidecarTensor>> layers_;
};

} // namespace rwkv_ms
