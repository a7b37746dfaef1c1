// Rows of llama.cpp's nodes in the memory of a device of ggml: read, and added to, by a stream of our own on that device.
// Buffers belong to the device and not to a stream, so that two streams may use one. llama.cpp's scheduler has waited for its
// stream before it calls the hook, and each call here waits for its own, so that neither works on what the other has not
// finished. A wait costs more than a transfer of a few rows: there are as few as can be.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "ggml-backend.h"
#include "ggml.h"
#include "weights.h"

namespace rwkv_ms {

class DeviceRows {
public:
    // The device in whose own memory the node is. nullptr: the processor reaches the node, or it is in memory that a stream
    // of the device does not compute in.
    static ggml_backend_dev_t device_of(const ggml_tensor &node);

    // Values from one place to the next that a device can take uploaded values from.
    static constexpr size_t kAlignment = 64;

    // slots: of add.
    DeviceRows(ggml_backend_dev_t device, size_t slots);
    ggml_backend_dev_t device() const { return device_; }

    // The values of a node and, if given, of another one, in one wait; valid until the next call.
    std::array<float *, 2> read(const ggml_tensor &node, const ggml_tensor *other = nullptr);
    // The values that the next calls of add take theirs from, in one transfer. capacity: of this and the next calls.
    void upload(const float *values, size_t count, size_t capacity);
    // Adds to the node as many of the uploaded values, from `offset` on, a multiple of kAlignment. slot: one of each node of
    // a graph, whose preparations are kept for the next time. false: this device cannot, and nothing has changed.
    bool add(size_t slot, const ggml_tensor &node, size_t offset);

private:
    struct FreeStream {
        void operator()(ggml_backend *stream) const { ggml_backend_free(stream); }
    };
    // The sum of a node and uploaded values, written over the node.
    struct Sum {
        GgmlContext context;
        ggml_cgraph *graph = nullptr; // nullptr: the device does not support it
        ggml_tensor node{};           // that it was made for
        size_t offset = 0;
    };
    void make(Sum &sum, const ggml_tensor &node, size_t offset) const;

    const ggml_backend_dev_t device_;
    const std::unique_ptr<ggml_backend, FreeStream> stream_; // nullptr: the device has none to give
    GgmlBuffer uploaded_;
    GgmlBuffer copies_; // of what was read
    std::vector<Sum> sums_;
};

} // namespace rwkv_ms
