#include "fingerprint.h"

#include <algorithm>

#include "little_endian.h"

namespace rwkv_ms {

namespace {

class FingerprintWriter {
public:
    template <typename Unsigned> void number(Unsigned value) {
        uint8_t bytes[sizeof value];
        put(bytes, value);
        digest_.update(bytes, sizeof bytes);
    }
    void u32(int64_t value) { number(static_cast<uint32_t>(value)); }
    void flag(bool value) { number(static_cast<uint8_t>(value ? 1 : 0)); }
    void bytes(const void *data, size_t count) { digest_.update(data, count); }
    void string(const std::string &text) {
        u32(static_cast<int64_t>(text.size()));
        bytes(text.data(), text.size());
    }
    Hash finish() { return digest_.finish(); }

private:
    Sha256 digest_;
};

const char *mode_name(int mode) {
    switch (mode) {
    case RWKV_MS_MODE_LAMBDA_OUTSIDE: return "lambda_outside";
    case RWKV_MS_MODE_NO_LAMBDA: return "no_lambda";
    default: return "standard";
    }
}

// The bytes of 64 hexadecimal digits, which check_identity has checked.
Hash unhex(const std::string &digits) {
    Hash out;
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
    return out;
}

void write(FingerprintWriter &to, const Config &config) {
    const Hash base = unhex(config.base_sha256);
    to.bytes(base.data(), base.size());
    to.u32(config.semantics_version);
    to.u32(config.rank);
    to.u32(config.num_state_heads);
    to.u32(config.num_states);
    to.u32(config.chunk_size);
    to.number(bits(static_cast<float>(config.alpha))); // a float32 in the file
    to.number(bits(config.erase_gate));
    to.number(static_cast<uint64_t>(config.read_top_k));
    to.string(mode_name(config.update_mode));
    to.flag(config.normalize_qk);
    to.flag(config.couple_lambda);
    to.flag(config.rankwise_gates);
    to.string("fixed_chunk");
    to.u32(static_cast<int64_t>(config.layers.size()));
    for (const int32_t layer : config.layers) to.u32(layer);
    std::string heads;
    for (const size_t head : kEachHead) {
        if ((config.delta_heads >> head & 1) != 0) heads += "qkvo"[head];
    }
    to.string(heads);
}

void write(FingerprintWriter &to, const GgufFile::Tensor &tensor) {
    to.string(tensor.name);
    to.u32(tensor.type);
    for (const int64_t n : tensor.ne) to.number(static_cast<uint64_t>(n));
    to.number(static_cast<uint64_t>(tensor.bytes.size()));
    to.bytes(tensor.bytes.data(), tensor.bytes.size());
}

} // namespace

Hash fingerprint(const Config &config, const GgufFile &file) {
    FingerprintWriter to;
    to.string("rwkv_ms_fingerprint.v1");
    write(to, config);
    std::vector<const GgufFile::Tensor *> sorted;
    for (const GgufFile::Tensor &tensor : file.tensors()) sorted.push_back(&tensor);
    std::sort(sorted.begin(), sorted.end(), [](const auto *a, const auto *b) { return a->name < b->name; });
    to.number(static_cast<uint64_t>(sorted.size()));
    for (const GgufFile::Tensor *tensor : sorted) write(to, *tensor);
    return to.finish();
}

} // namespace rwkv_ms
