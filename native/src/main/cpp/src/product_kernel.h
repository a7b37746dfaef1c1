// The product for one kind of processor: product.cpp includes this once for each, in a namespace of its own, with
// RWKV_MS_TARGET, the number of doubles in a vector, fused(), and the size of a tile.

using Vector = double __attribute__((vector_size(kWidth * sizeof(double))));
using Narrow = float __attribute__((vector_size(kWidth * sizeof(float))));
constexpr int64_t kVectors = kLanes / kWidth; // that a sum is spread over

RWKV_MS_TARGET inline Vector widened(const float *at) {
    Narrow values;
    std::memcpy(&values, at, sizeof values);
    return __builtin_convertvector(values, Vector);
}

RWKV_MS_TARGET inline Vector loaded(const double *at) {
    Vector values;
    std::memcpy(&values, at, sizeof values);
    return values;
}

// R rows by C tokens, V vectors of each sum at a time: so many sums and what they are made of fit into registers. All
// vectors at once read each weight's cache line once, which counts for one token, where nothing else is read.
template <int64_t R, int64_t C, int64_t V>
RWKV_MS_TARGET void tile(const double *weights, const float *x, int64_t width, double *out, int64_t stride) {
    const int64_t whole = width / kLanes * kLanes;
    double lanes[R][C][kLanes];
    for (int64_t part = 0; part < kLanes; part += V * kWidth) {
        Vector sums[V][R][C] = {};
        for (int64_t i = part; i < whole; i += kLanes) {
            RWKV_MS_UNROLL
            for (int64_t v = 0; v < V; ++v) {
                const int64_t at = i + v * kWidth;
                Vector tokens[C];
                RWKV_MS_UNROLL
                for (int64_t c = 0; c < C; ++c) tokens[c] = widened(x + c * width + at);
                RWKV_MS_UNROLL
                for (int64_t r = 0; r < R; ++r) {
                    const Vector row = loaded(weights + r * width + at);
                    RWKV_MS_UNROLL
                    for (int64_t c = 0; c < C; ++c) sums[v][r][c] = fused(row, tokens[c], sums[v][r][c]);
                }
            }
        }
        RWKV_MS_UNROLL
        for (int64_t v = 0; v < V; ++v) {
            RWKV_MS_UNROLL
            for (int64_t r = 0; r < R; ++r) {
                RWKV_MS_UNROLL
                for (int64_t c = 0; c < C; ++c)
                    std::memcpy(&lanes[r][c][part + v * kWidth], &sums[v][r][c], sizeof(Vector));
            }
        }
    }
    for (int64_t r = 0; r < R; ++r) {
        for (int64_t c = 0; c < C; ++c) {
            for (int64_t i = whole; i < width; ++i)
                lanes[r][c][i - whole] += weights[r * width + i] * x[c * width + i];
            out[c * stride + r] = sum_of(lanes[r][c]);
        }
    }
}

// Rows first to end of C tokens from `token` on, R at once.
template <int64_t R, int64_t C, int64_t V>
RWKV_MS_TARGET void rows(const WideProduct &product, int64_t first, int64_t end, int64_t token) {
    const float *x = product.x + token * product.width;
    double *out = product.out + token * product.stride;
    int64_t row = first;
    for (; row + R <= end; row += R)
        tile<R, C, V>(product.weights + row * product.width, x, product.width, out + row, product.stride);
    for (; row < end; ++row)
        tile<1, C, V>(product.weights + row * product.width, x, product.width, out + row, product.stride);
}

RWKV_MS_TARGET void multiply(const WideProduct &product, int64_t first, int64_t end) {
    multiply_adds += (end - first) * product.tokens * product.width;
    int64_t token = 0;
    for (; token + kTokens <= product.tokens; token += kTokens) rows<kRows, kTokens, 1>(product, first, end, token);
    for (; token < product.tokens; ++token) rows<kRowsOfOne, 1, kVectors>(product, first, end, token);
}
