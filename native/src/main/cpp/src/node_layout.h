// Whether the nodes of ggml's graphs are as the headers of this build say: the hook reads them, and the libggml of the
// process may be of another release than the headers.
#pragma once

#include "ggml.h"

namespace rwkv_ms {

// RWKV_MS_E_HOST_LIBRARY, with the field, if libggml has another struct ggml_tensor or another number for a product.
void check_node_layout();

// The same for a product that libggml has made of a weight of ne [3, 5], named "weight", and something of ne [3, 7].
void check_product(const ggml_tensor &product, const ggml_tensor &weight, size_t tensor_overhead);

} // namespace rwkv_ms
