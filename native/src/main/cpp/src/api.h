// The objects behind the handles of rwkv_ms.h.
#pragma once

#include <memory>
#include <utility>

#include "boundary.h"
#include "context.h"
#include "rwkv_ms.h"

struct rwkv_ms_runtime {
    std::shared_ptr<const rwkv_ms::RuntimeLibrary> library;
    mutable rwkv_ms::ErrorText error;
};

struct rwkv_ms_sidecar {
    rwkv_ms::SharedModel shared;
    mutable rwkv_ms::ErrorText error;
    const rwkv_ms::Description &description() const { return shared.model->description(); }
};

struct rwkv_ms_context : std::enable_shared_from_this<rwkv_ms_context> {
    rwkv_ms_context(const rwkv_ms::SharedModel &model, std::unique_ptr<rwkv_ms::RuntimeMemory> memory)
        : context(model, std::move(memory)) {}
    rwkv_ms::Context context;
    std::weak_ptr<rwkv_ms_hook> hook; // the only one that it may have
    mutable rwkv_ms::ErrorText error;
};

namespace rwkv_ms {

template <typename Function> int32_t with_context(rwkv_ms_context *handle, Function &&function) noexcept {
    return with(handle, [&](rwkv_ms_context &of) { function(of.context); });
}

} // namespace rwkv_ms
