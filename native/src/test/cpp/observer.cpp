// An eval callback that asks for the nodes that the hook asks for and leaves them alone: what observing costs by itself.
#include "graph_nodes.h"

// kinds: 1 for the hidden states that enter attention, 2 for q and o too, of every layer.
extern "C" __attribute__((visibility("default"))) bool observe(ggml_tensor *tensor, bool ask, const int *kinds) {
    using rwkv_ms::GraphNode;
    if (!ask) return true;
    const GraphNode node = rwkv_ms::classify(*tensor);
    return node.kind == GraphNode::Kind::input ||
           (*kinds > 1 && node.kind == GraphNode::Kind::projection && (node.head == 0 || node.head == 3));
}
