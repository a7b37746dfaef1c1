// ggml's CPU backend: loaded once for the whole process, because a second variant would register a second device.
#pragma once

#include <memory>
#include <string>

#include "ggml-backend.h"
#include "ggml.h"

namespace rwkv_ms {

class Backend {
public:
    // path: one libggml-cpu-*; empty: the best variant in libggml's folder. RWKV_MS_E_NO_BACKEND,
    // RWKV_MS_E_UNSUPPORTED.
    Backend(const std::string &path, int n_threads);

    ggml_backend_dev_t device() const { return device_; }
    // The device that ggml gives this name. Where none that is loaded has it, the code of devices is loaded that the list
    // of libggml's folder names (docs/spec/native.md). RWKV_MS_E_NO_BACKEND with the names that there are.
    ggml_backend_dev_t device(const std::string &name) const;
    ggml_backend_buffer_type_t memory() const { return ggml_backend_dev_buffer_type(device_); }
    int n_threads() const { return n_threads_; }
    // Address of a function that the CPU backend offers by name; RWKV_MS_E_UNSUPPORTED if it does not.
    template <typename Function> Function function(const char *name) const {
        return reinterpret_cast<Function>(address(name));
    }
    std::string build_info() const; // the JSON of rwkv_ms_build_info

private:
    void *address(const char *name) const;
    ggml_backend_dev_t device_ = nullptr;
    int n_threads_;
};

// One stream of graph computations on the backend, with its own threads. One user at a time.
class Engine {
public:
    explicit Engine(const Backend &backend);
    ~Engine();
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;
    ggml_backend_t stream() const { return stream_; }
    int n_threads() const { return n_threads_; }

private:
    int n_threads_;
    ggml_backend_t stream_ = nullptr;
    ggml_threadpool_t threads_ = nullptr;
    void (*free_threads_)(ggml_threadpool_t) = nullptr;
};

} // namespace rwkv_ms
