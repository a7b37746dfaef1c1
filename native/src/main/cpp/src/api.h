// What the functions of rwkv_ms.h share beside the boundary: what stands behind the handles, and checks that need it.
#pragma once

#include <memory>

#include "backend.h"
#include "boundary.h"
#include "context.h"
#include "rwkv_ms.h"
#include "sidecar.h"

struct rwkv_ms_runtime {
    std::shared_ptr<const rwkv_ms::Backend> backend;
    mutable rwkv_ms::ErrorText error;
};

struct rwkv_ms_sidecar {
    std::shared_ptr<const rwkv_ms::Sidecar> sidecar;
    mutable rwkv_ms::ErrorText error;
};

struct rwkv_ms_context {
    std::unique_ptr<rwkv_ms::Context> context;
    std::weak_ptr<rwkv_ms_hook> hook; // the only one that it may have
    mutable rwkv_ms::ErrorText error;
};

namespace rwkv_ms {

// Of a call that would part a context from the host's memory.
inline void detached(const Context &context, const char *call, const char *instead) {
    require(context.host() == nullptr, RWKV_MS_E_ATTACHED, call,
            ": expected a context that is not attached to llama.cpp: ", instead);
}

} // namespace rwkv_ms
