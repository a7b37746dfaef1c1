// What comes before the scan, math.md §1 and §2, and after it, §5 and §6, as ggml graphs: the former of nodes of our
// own, which sum in double, the latter of ggml's. A graph is built once per layer and number of tokens, planned once,
// and then only run; all graphs of a context share one piece of memory for their results.
#pragma once

#include <array>
#include <cstdint>

#include "backend.h"
#include "settings.h"
#include "stages.h"
#include "token_features.h"
#include "weights.h"

namespace rwkv_ms {

// Tensors, nodes and plan of one graph.
class Graph {
public:
    Graph(const Engine &engine, size_t tensors);
    ~Graph();
    Graph(const Graph &) = delete;
    Graph &operator=(const Graph &) = delete;

    ggml_context *context() const { return context_.get(); }
    ggml_tensor *input(ggml_type type, int64_t ne0, int64_t ne1);
    // Runs after everything added before it. Returns the tensor.
    ggml_tensor *add(ggml_tensor *node);
    // Bytes of shared memory that the results need.
    size_t result_bytes(size_t alignment) const;
    // Gives every result its place and plans the run. No tensors are added afterwards.
    void place(ggml_backend_buffer_t memory, size_t offset);
    void run() const;

private:
    const Engine &engine_;
    GgmlContext context_;
    ggml_cgraph *graph_ = nullptr;
    ggml_backend_graph_plan_t plan_ = nullptr;
};

Rows rows_of(const ggml_tensor *tensor); // of shape [width, T] in the host's memory; no data of no tensor

// Hidden states to memory projections and features. Each node is told where this graph is, so it stays there.
struct FeatureGraph {
    FeatureGraph(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens);

    Graph graph;
    // Whether the next run makes memory_q and memory_k too, which nothing else is made of: half of all products.
    bool with_queries = true;
    ggml_tensor *hidden = nullptr;      // [H, T], given; its data may point to the caller's memory
    ggml_tensor *history = nullptr;     // [D, T + 1]: row 0 given, the predecessor from before; then memory_source
    ggml_tensor *predecessor = nullptr; // int32 [T], given: the row of history that precedes each token
    ggml_tensor *query = nullptr, *key = nullptr, *source = nullptr; // memory_q, memory_k, memory_source [D, T]
    ggml_tensor *beta = nullptr;                                     // [G, T]
    ggml_tensor *lambda = nullptr;                                   // [G, T]; nullptr if it is all ones
    ggml_tensor *r = nullptr, *w = nullptr, *k = nullptr, *v = nullptr, *a = nullptr, *b = nullptr,
                *g = nullptr; // [D, T]

private:
    bool makes_queries() const { return with_queries && query != source; }
    void product(int part, int parts) const;
    void memory(int part, int parts) const;
    void features(int part, int parts) const;

    const Config &config_;
    const LayerWeights &weights_;
    const Features features_;
    ggml_tensor *products_ = nullptr; // double [rows of the input weights, T]
    ggml_tensor *scratch_ = nullptr;  // double [scratch of the features, threads]
};

// Raw reads to deltas.
struct ReadoutGraph {
    ReadoutGraph(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens);

    Graph graph;
    ggml_tensor *raw_reads = nullptr;         // [D, T], given
    ggml_tensor *gate = nullptr;              // [D, T], given: feature_g
    ggml_tensor *reads = nullptr;             // [D, T]
    std::array<ggml_tensor *, 4> deltas = {}; // [width, T]; data may point to the caller's memory; nullptr: inactive
};

} // namespace rwkv_ms
