#include "node_layout.h"

#include <cstring>
#include <memory>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr int64_t kInputs = 3, kOutputs = 5, kTokens = 7;
constexpr const char *kName = "weight";
constexpr size_t kObjectSize = 32; // ggml_tensor_overhead() counts a private struct of ggml of this size

template <typename Expected, typename Found>
void expect(const char *what, const Expected &expected, const Found &found) {
    require(expected == found, RWKV_MS_E_HOST_LIBRARY, "libggml: ", what, ": expected ", expected,
            " as its headers at the build have it, found ", found);
}

} // namespace

void check_product(const ggml_tensor &product, const ggml_tensor &weight, size_t tensor_overhead) {
    expect("sizeof(ggml_tensor)", sizeof(ggml_tensor), tensor_overhead - kObjectSize);
    expect("ggml_tensor.type of an f32", static_cast<int>(GGML_TYPE_F32), static_cast<int>(weight.type));
    expect("ggml_tensor.ne[1]", kOutputs, weight.ne[1]);
    expect("ggml_tensor.name", std::string(kName), std::string(weight.name, strnlen(weight.name, sizeof weight.name)));
    expect("ggml_tensor.op of a product", static_cast<int>(GGML_OP_MUL_MAT), static_cast<int>(product.op));
    expect("ggml_tensor.src[0] of a product", static_cast<const void *>(&weight),
           static_cast<const void *>(product.src[0]));
}

void check_node_layout() {
    const size_t overhead = ggml_tensor_overhead();
    const std::unique_ptr<ggml_context, void (*)(ggml_context *)> context(
        ggml_init({kTokens * overhead, nullptr, /*no_alloc =*/true}), ggml_free);
    require(context != nullptr, RWKV_MS_E_MEMORY, "out of memory");
    ggml_tensor *const weight = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, kInputs, kOutputs);
    ggml_set_name(weight, kName);
    ggml_tensor *const input = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, kInputs, kTokens);
    check_product(*ggml_mul_mat(context.get(), weight, input), *weight, overhead);
}

} // namespace rwkv_ms
