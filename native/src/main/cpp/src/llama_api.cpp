#include "llama_api.h"

#include <string>

#include <dlfcn.h>

#include "error.h"
#include "ggml-backend.h"
#include "node_layout.h"

namespace rwkv_ms {

namespace {

// A libllama that is already loaded: one that the program was linked with, or else the file in the folder of libggml.
// None is loaded anew: the caller's contexts would not be its own.
class LoadedLlama {
public:
    LoadedLlama() {
        if (dlsym(RTLD_DEFAULT, "llama_get_model") != nullptr) return;
        Dl_info ggml;
        require(dladdr(reinterpret_cast<const void *>(&ggml_backend_load), &ggml) != 0 && ggml.dli_fname != nullptr,
                RWKV_MS_E_HOST_LIBRARY, "libggml: the loader does not know its file");
        const std::string file = ggml.dli_fname;
        const size_t slash = file.rfind('/');
        name_ = (slash == std::string::npos ? "" : file.substr(0, slash + 1)) + kLibllama;
        handle_ = dlopen(name_.c_str(), RTLD_NOW | RTLD_NOLOAD);
        require(handle_ != nullptr, RWKV_MS_E_HOST_LIBRARY, name_,
                ": expected it loaded in this process, as the llama_context comes from it");
    }

    template <typename Function> void find(Function &out, const char *name) const {
        void *address = dlsym(handle_, name);
        require(address != nullptr, RWKV_MS_E_HOST_LIBRARY, name_, ": the function ", name, " is missing");
        out = reinterpret_cast<Function>(address);
    }

private:
    std::string name_ = "libllama";
    void *handle_ = RTLD_DEFAULT; // never closed: its functions are kept
};

LlamaApi find_functions() {
    check_node_layout();
    const LoadedLlama llama;
    LlamaApi api;
    llama.find(api.get_model, "llama_get_model");
    llama.find(api.model_n_embd, "llama_model_n_embd");
    llama.find(api.model_n_layer, "llama_model_n_layer");
    llama.find(api.model_meta_val_str, "llama_model_meta_val_str");
    llama.find(api.n_seq_max, "llama_n_seq_max");
    llama.find(api.n_ubatch, "llama_n_ubatch");
    llama.find(api.get_memory, "llama_get_memory");
    llama.find(api.memory_clear, "llama_memory_clear");
    llama.find(api.memory_seq_pos_max, "llama_memory_seq_pos_max");
    llama.find(api.set_abort_callback, "llama_set_abort_callback");
    llama.find(api.state_get_size, "llama_state_get_size");
    llama.find(api.state_get_data, "llama_state_get_data");
    llama.find(api.state_set_data, "llama_state_set_data");
    return api;
}

} // namespace

const LlamaApi &llama_api() {
    static const LlamaApi api = find_functions(); // tried again after an exception
    return api;
}

} // namespace rwkv_ms
