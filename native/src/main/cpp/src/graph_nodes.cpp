#include "graph_nodes.h"

#include <cstring>

namespace rwkv_ms {

namespace {

constexpr int32_t kNoLayer = -1;
constexpr int32_t kMaxLayerNumber = 999999; // no layer number of more digits is read

// Where text starts with a prefix, what follows it; else nullptr.
const char *after(const char *text, const char *prefix) {
    const size_t length = std::strlen(prefix);
    return std::strncmp(text, prefix, length) == 0 ? text + length : nullptr;
}

// The decimal number that text is made of up to `rest`.
int32_t layer_number(const char *text, const char *rest) {
    if (text == nullptr || *text < '0' || *text > '9') return kNoLayer;
    int32_t layer = 0;
    for (; *text >= '0' && *text <= '9'; ++text) {
        if (layer > kMaxLayerNumber) return kNoLayer;
        layer = 10 * layer + (*text - '0');
    }
    return std::strcmp(text, rest) == 0 ? layer : kNoLayer;
}

} // namespace

GraphNode classify(const ggml_tensor &node) {
    if (node.op != GGML_OP_MUL_MAT) {
        if (node.name[0] == 'a') {
            const int32_t layer = layer_number(after(node.name, "attn_norm-"), "");
            if (layer != kNoLayer) return {GraphNode::Kind::input, layer, 0};
        } else if (node.name[0] == 'r' && std::strcmp(node.name, "result_norm") == 0) {
            return {GraphNode::Kind::end, 0, 0};
        }
        return {};
    }
    static const char *const names[] = {"Qcur-", "Kcur-", "Vcur-"};
    for (size_t head = 0; head < 3; ++head) {
        if (node.name[0] != names[head][0]) continue;
        const int32_t layer = layer_number(after(node.name, names[head]), "");
        if (layer != kNoLayer) return {GraphNode::Kind::projection, layer, head};
    }
    if (node.src[0] != nullptr) {
        const int32_t layer = layer_number(after(node.src[0]->name, "blk."), ".attn_output.weight");
        if (layer != kNoLayer) return {GraphNode::Kind::projection, layer, 3};
    }
    return {};
}

} // namespace rwkv_ms
