// The product for one kind of processor: product.cpp includes this once for each, in a namespace of its own, with
// RWKV_MS_TARGET, the number of doubles in a vector, fused(), and the size of a tile.

using Vector = double __attribute__((vector_size(kWidth * sizeof(double))));
using Narrow = float __attribute__((vector_size(kWidth * sizeof(float))));
constexpr int64_t kParts = kLanes / kWidth; // vectors that a sum is spread over

RWKV_MS_TARGET inline Vector widened(const float *at) {
    Narrow values;
    std::memcpy(&values, at, sizeof values);
    return __builtin_convertvector(values, Vector);
}

// R rows by C tokens, some of the lanes at a time: so many sums and what they are made of fit into registers.
template <int64_t R, int64_t C>
RWKV_MS_TARGET void tile(const float *weights, const float *x, int64_t width, double *out, int64_t stride) {
    const int64_t whole = width / kLanes * kLanes;
    double lanes[R][C][kLanes];
    for (int64_t part = 0; part < kLanes; part += kWidth) {
        Vector sums[R][C] = {};
        for (int64_t i = part; i < whole; i += kLanes) {
            Vector tokens[C];
            RWKV_MS_UNROLL
            for (int64_t c = 0; c < C; ++c) tokens[c] = widened(x + c * width + i);
            RWKV_MS_UNROLL
            for (int64_t r = 0; r < R; ++r) {
                const Vector row = widened(weights + r * width + i);
                RWKV_MS_UNROLL
                for (int64_t c = 0; c < C; ++c) sums[r][c] = fused(row, tokens[c], sums[r][c]);
            }
        }
        RWKV_MS_UNROLL
        for (int64_t r = 0; r < R; ++r) {
            RWKV_MS_UNROLL
            for (int64_t c = 0; c < C; ++c) std::memcpy(&lanes[r][c][part], &sums[r][c], sizeof(Vector));
        }
    }
    for (int64_t r = 0; r < R; ++r) {
        for (int64_t c = 0; c < C; ++c) {
            for (int64_t i = whole; i < width; ++i)
                lanes[r][c][i - whole] += static_cast<double>(weights[r * width + i]) * x[c * width + i];
            out[c * stride + r] = sum_of(lanes[r][c]);
        }
    }
}

// Rows first to end of C tokens from `token` on, R at once.
template <int64_t R, int64_t C>
RWKV_MS_TARGET void rows(const WideProduct &product, int64_t first, int64_t end, int64_t token) {
    const float *x = product.x + token * product.width;
    double *out = product.out + token * product.stride;
    int64_t row = first;
    for (; row + R <= end; row += R)
        tile<R, C>(product.weights + row * product.width, x, product.width, out + row, product.stride);
    for (; row < end; ++row)
        tile<1, C>(product.weights + row * product.width, x, product.width, out + row, product.stride);
}

RWKV_MS_TARGET void multiply(const WideProduct &product, int64_t first, int64_t end) {
    int64_t token = 0;
    for (; token + kTokens <= product.tokens; token += kTokens) rows<kRows, kTokens>(product, first, end, token);
    for (; token < product.tokens; ++token) rows<kRowsOfOne, 1>(product, first, end, token);
}
