// The state payload and the host's memory: docs/state-format.md, state.md. No llama.cpp: that is for the tests that run
// a model.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include <openssl/sha.h>

#include "check.h"
#include "handles.h"

using namespace test;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kFingerprint = 28, kLength = 60, kBody = 68, kHash = 32;

Settings two_layers() {
    Settings s;
    s.layers = {2, 5};
    return s;
}

std::string error_of(const ContextHandle &context) {
    return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context.get()));
}

Bytes fingerprint(const SidecarHandle &sidecar) {
    Bytes out(RWKV_MS_FINGERPRINT_BYTES);
    expect_ok(rwkv_ms_sidecar_fingerprint(sidecar.get(), out.data(), out.size()), "fingerprint");
    return out;
}

Bytes save(const ContextHandle &context) {
    size_t size = 0, written = 0;
    expect_ok(rwkv_ms_state_size(context.get(), &size), "size");
    Bytes out(size, 0x5a);
    expect_ok(rwkv_ms_state_save(context.get(), out.data(), out.size(), &written), error_of(context));
    CHECK_EQUAL(written, size);
    return out;
}

std::string load(const ContextHandle &context, const Bytes &bytes) {
    const Bytes padded = [&] { // of an empty payload too, there is a pointer
        Bytes copy = bytes;
        copy.push_back(0);
        return copy;
    }();
    return status_text(rwkv_ms_state_load(context.get(), padded.data(), bytes.size()));
}

// A payload whose checksum fits again.
Bytes sealed(Bytes bytes) {
    SHA256(bytes.data(), bytes.size() - kHash, &bytes[bytes.size() - kHash]);
    return bytes;
}

template <typename T> Bytes with(Bytes bytes, size_t offset, T value) {
    std::memcpy(&bytes[offset], &value, sizeof value);
    return bytes;
}

void run(const ContextHandle &context, const Settings &s, size_t tokens, unsigned seed) {
    for (const int32_t layer : s.layers) {
        Layer of(context.get(), s, layer);
        of.forward(random_values(tokens * s.hidden, 1, seed + static_cast<unsigned>(layer)));
    }
}

// Everything a later token depends on, and what the next token gives.
struct Snapshot {
    Bytes payload;
    std::vector<float> q, o;
    bool operator==(const Snapshot &other) const {
        return payload == other.payload && q == other.q && o == other.o;
    }
};

Snapshot look(const ContextHandle &context, const Settings &s) {
    Snapshot out{save(context), {}, {}};
    for (const int32_t layer : s.layers) {
        Layer of(context.get(), s, layer);
        of.forward(random_values(s.hidden, 1, 99), {}, RWKV_MS_FORWARD_READ_ONLY);
        out.q.insert(out.q.end(), of.q.begin(), of.q.end());
        out.o.insert(out.o.end(), of.o.begin(), of.o.end());
    }
    return out;
}

} // namespace

TEST(header_is_as_documented) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    run(context, s, 7, 1);
    const Bytes bytes = save(context);
    const size_t entry = 12 + 4 * (s.rank + s.states * s.rank * s.rank);
    CHECK_EQUAL(bytes.size(), kBody + 2 * entry + kHash);
    CHECK(std::memcmp(bytes.data(), "RMVS\2\0\0\0", 8) == 0);
    const auto u32 = [&](size_t offset) {
        uint32_t value;
        std::memcpy(&value, &bytes[offset], 4);
        return size_t{value};
    };
    CHECK_EQUAL(u32(8), size_t{2});
    CHECK_EQUAL(u32(12), size_t{s.states});
    CHECK_EQUAL(u32(16), size_t{1});
    CHECK_EQUAL(u32(20), size_t{s.rank});
    CHECK_EQUAL(u32(24), size_t{s.chunk});
    CHECK(std::equal(bytes.begin() + kFingerprint, bytes.begin() + kLength, fingerprint(sidecar).begin()));
    CHECK_EQUAL(u32(kLength), 2 * entry);
    CHECK_EQUAL(u32(kLength + 4), size_t{0});
    for (size_t i = 0; i < 2; ++i) {
        const size_t at = kBody + i * entry;
        CHECK_EQUAL(u32(at), size_t(s.layers[i]));
        CHECK_EQUAL(u32(at + 4), size_t{7});
        const State state = Layer(context.get(), s, s.layers[i]).state();
        CHECK(std::memcmp(&bytes[at + 12], state.source.data(), 4 * s.rank) == 0);
        CHECK(std::memcmp(&bytes[at + 12 + 4 * s.rank], state.values.data(), 4 * state.values.size()) == 0);
    }
    CHECK(sealed(bytes) == bytes);
}

TEST(continues_bit_for_bit_from_every_split) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden = random_values(24 * s.hidden, 1);
    const std::vector<uint8_t> mask = {1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1};
    const auto step = [&](const ContextHandle &context, size_t from, size_t to, std::vector<float> &out) {
        for (size_t t = from; t < to; ++t) {
            for (const int32_t layer : s.layers) {
                Layer of(context.get(), s, layer);
                of.forward({hidden.begin() + t * s.hidden, hidden.begin() + (t + 1) * s.hidden}, {mask[t]});
                out.insert(out.end(), of.q.begin(), of.q.end());
                out.insert(out.end(), of.o.begin(), of.o.end());
            }
        }
    };
    const ContextHandle whole = context(sidecar.get());
    std::vector<float> expected;
    step(whole, 0, 24, expected);
    for (size_t split = 0; split <= 24; ++split) {
        const ContextHandle first = context(sidecar.get()), dirty = context(sidecar.get());
        run(dirty, s, 5, 77);
        std::vector<float> found;
        step(first, 0, split, found);
        const Bytes saved = save(first);
        CHECK_EQUAL(load(dirty, saved), "RWKV_MS_OK");
        CHECK(save(dirty) == saved);
        step(dirty, split, 24, found);
        CHECK(found == expected);
        CHECK(save(dirty) == save(whole));
    }
}

TEST(every_refusal_has_its_code_and_changes_nothing) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    run(context, s, 9, 3);
    const Bytes good = save(context);
    run(context, s, 4, 5);
    const Snapshot before = look(context, s);
    const size_t entry = 12 + 4 * (s.rank + s.states * s.rank * s.rank), second = kBody + entry;
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    const auto refused = [&](const Bytes &bytes, const std::string &code, const std::string &text) {
        CHECK_EQUAL(load(context, bytes), code);
        CHECK_EQUAL(error_of(context).substr(0, text.size()), text);
        CHECK(look(context, s) == before);
    };
    const std::string what = "state payload: ", size = std::to_string(good.size());
    Bytes longer = good;
    longer.push_back(0);
    refused(with(good, 0, 'X'), "RWKV_MS_E_STATE_MAGIC",
            what + "magic at offset 0: expected 524d5653 (RMVS), found 584d5653");
    refused(with(good, 4, 3), "RWKV_MS_E_STATE_VERSION", what + "version at offset 4: expected 2, found 3");
    refused(with(good, 8, 3), "RWKV_MS_E_STATE_LAYERS", what + "target layer count at offset 8: expected 2, found 3");
    refused(with(good, 12, 77), "RWKV_MS_E_STATE_NUM_STATES", what + "num_states at offset 12: expected ");
    refused(with(good, 16, 2), "RWKV_MS_E_STATE_HEADS", what + "num_state_heads at offset 16: expected 1, found 2");
    refused(with(good, 20, 77), "RWKV_MS_E_STATE_RANK", what + "rank at offset 20: expected ");
    refused(with(good, 24, 77), "RWKV_MS_E_STATE_CHUNK_SIZE", what + "chunk_size at offset 24: expected ");
    refused(with(good, 59, uint8_t(good[59] ^ 1)), "RWKV_MS_E_STATE_FINGERPRINT",
            what + "sidecar identity mismatch: fingerprint at offset 28: expected ");
    refused(with(good, 60, 1), "RWKV_MS_E_STATE_LENGTH",
            what + "body length at offset 60: expected " + std::to_string(2 * entry) + ", found 1");
    refused(with(good, 64, 1), "RWKV_MS_E_STATE_LENGTH", what + "body length at offset 60: expected ");
    refused(longer, "RWKV_MS_E_STATE_LENGTH",
            what + "expected " + size + " bytes, found " + std::to_string(good.size() + 1));
    refused(with(good, 70, 9), "RWKV_MS_E_STATE_CHECKSUM", what + "SHA-256 at offset ");
    refused(with(good, good.size() - 1, uint8_t(good.back() ^ 1)), "RWKV_MS_E_STATE_CHECKSUM", what);
    refused(sealed(with(good, kBody, 5)), "RWKV_MS_E_STATE_LAYER",
            what + "layer index at offset 68: expected 2, found 5");
    refused(sealed(with(good, second, 2)), "RWKV_MS_E_STATE_LAYER", what + "layer index at offset ");
    refused(sealed(with(good, kBody + 4, int64_t{-1})), "RWKV_MS_E_STATE_VALUE",
            what + "layer 2: position: expected 0 or more, found -1");
    refused(sealed(with(good, second + 4, int64_t{8})), "RWKV_MS_E_STATE_STEP",
            what + "layers out of step: layer 5: position: expected 9 as in layer 2, found 8");
    refused(sealed(with(good, second + 12, nan)), "RWKV_MS_E_STATE_VALUE",
            what + "layer 5: previous source: element 0: expected a finite number, found NaN or infinity");
    refused(sealed(with(good, kBody + entry - 4, infinity)), "RWKV_MS_E_STATE_VALUE", what + "layer 2: state: element ");
    const std::vector<std::pair<const char *, size_t>> fields = {
        {"the magic", 4}, {"the version", 8}, {"target layer count", 12}, {"num_states", 16}, {"num_state_heads", 20},
        {"rank", 24}, {"chunk_size", kFingerprint}, {"the fingerprint", kLength}, {"the length", kBody}}; // and their ends
    for (size_t length = 0; length < good.size(); ++length) {
        std::string within, begin = "0";
        for (const auto &[field, end] : fields) {
            if (length < end) {
                within = std::string("ends within ") + field + " at offset " + begin + ": ";
                break;
            }
            begin = std::to_string(end);
        }
        refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)), "RWKV_MS_E_STATE_LENGTH",
                what + within + "expected " + size + " bytes, found " + std::to_string(length));
    }
    CHECK_EQUAL(load(context, good), "RWKV_MS_OK");
    CHECK(save(context) == good);
}

TEST(every_flipped_bit_is_refused) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    run(context, s, 3, 3);
    const Bytes good = save(context);
    run(context, s, 1, 3);
    const Bytes before = save(context);
    for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
        const std::string found = load(context, with(good, bit / 8, uint8_t(good[bit / 8] ^ 1 << bit % 8)));
        const size_t at = bit / 8;
        const char *expected = at < 4    ? "RWKV_MS_E_STATE_MAGIC"
                               : at < 8  ? "RWKV_MS_E_STATE_VERSION"
                               : at < 12 ? "RWKV_MS_E_STATE_LAYERS"
                               : at < 16 ? "RWKV_MS_E_STATE_NUM_STATES"
                               : at < 20 ? "RWKV_MS_E_STATE_HEADS"
                               : at < 24 ? "RWKV_MS_E_STATE_RANK"
                               : at < 28 ? "RWKV_MS_E_STATE_CHUNK_SIZE"
                               : at < 60 ? "RWKV_MS_E_STATE_FINGERPRINT"
                               : at < 68 ? "RWKV_MS_E_STATE_LENGTH"
                                         : "RWKV_MS_E_STATE_CHECKSUM";
        CHECK_EQUAL(found, expected);
    }
    CHECK(save(context) == before);
}

TEST(poisoned_memory_does_not_show) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle source = context(sidecar.get());
    run(source, s, 9, 3);
    const Bytes saved = save(source);
    std::vector<float> expected, found;
    for (const float fill : {0.0f, 0.1856f /* 0x3e3e3e3e */, 1e30f}) {
        const ContextHandle target = context(sidecar.get());
        for (const int32_t layer : s.layers) {
            Layer of(target.get(), s, layer);
            State state = of.state();
            std::fill(state.values.begin(), state.values.end(), fill);
            std::fill(state.source.begin(), state.source.end(), fill);
            state.position = 1 + layer;
            of.set(state);
        }
        size_t size = 0;
        expect_ok(rwkv_ms_state_size(target.get(), &size), "size");
        Bytes out(size, 0x5a);
        CHECK_EQUAL(status_text(rwkv_ms_state_save(target.get(), out.data(), size, nullptr)),
                    "RWKV_MS_E_STATE_STEP");
        CHECK_EQUAL(error_of(target), "state payload: layers out of step: layer 5: position: expected 3 as in layer "
                                      "2, found 6");
        CHECK(out == Bytes(size, 0x5a));
        CHECK_EQUAL(load(target, saved), "RWKV_MS_OK");
        CHECK(save(target) == saved);
        CHECK(look(target, s) == look(source, s));
    }
}

TEST(buffers_and_handles) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    size_t size = 0;
    expect_ok(rwkv_ms_state_size(context.get(), &size), "size");
    Bytes out(size, 0x5a);
    CHECK_EQUAL(status_text(rwkv_ms_state_save(context.get(), out.data(), size - 1, nullptr)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(error_of(context), "data: expected room for at least " + std::to_string(size) + " bytes, found " +
                                       std::to_string(size - 1));
    CHECK(out == Bytes(size, 0x5a));
    CHECK_EQUAL(status_text(rwkv_ms_state_save(context.get(), nullptr, size, nullptr)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_state_load(context.get(), nullptr, size)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_state_size(context.get(), nullptr)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_fingerprint(sidecar.get(), out.data(), 31)), "RWKV_MS_E_SHORT_BUFFER");
}

TEST(not_finite_is_not_saved) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    std::vector<float> hidden(s.hidden, std::numeric_limits<float>::quiet_NaN());
    for (const int32_t layer : s.layers) Layer(context.get(), s, layer).forward(hidden);
    Bytes out(1 << 20, 0x5a);
    CHECK_EQUAL(status_text(rwkv_ms_state_save(context.get(), out.data(), out.size(), nullptr)),
                "RWKV_MS_E_STATE_VALUE");
    CHECK_EQUAL(last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(context.get())),
                "state payload: layer " + std::to_string(s.layers[0]) +
                    ": previous source: element 0: expected a finite number, found NaN or infinity");
    CHECK(out == Bytes(1 << 20, 0x5a));

    Settings large = s;
    large.scale = 1e25; // k and v stay finite, their product does not
    const SidecarHandle overflowing = open(Sidecar(large));
    const ContextHandle beyond = test::context(overflowing.get());
    for (const int32_t layer : s.layers) Layer(beyond.get(), large, layer).forward(random_values(s.hidden, 1));
    const State state = Layer(beyond.get(), large, s.layers[0]).state();
    const auto bad = [](float value) { return !std::isfinite(value); };
    CHECK(std::none_of(state.source.begin(), state.source.end(), bad));
    const auto first = std::find_if(state.values.begin(), state.values.end(), bad) - state.values.begin();
    CHECK(first != static_cast<std::ptrdiff_t>(state.values.size()));
    CHECK_EQUAL(status_text(rwkv_ms_state_save(beyond.get(), out.data(), out.size(), nullptr)),
                "RWKV_MS_E_STATE_VALUE");
    CHECK_EQUAL(last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(beyond.get())),
                "state payload: layer " + std::to_string(s.layers[0]) + ": state: element " + std::to_string(first) +
                    ": expected a finite number, found NaN or infinity");
    CHECK(out == Bytes(1 << 20, 0x5a));
}

TEST(fingerprint_follows_what_changes_the_math) {
    const Settings s = two_layers();
    const Bytes base = fingerprint(open(Sidecar(s)));
    CHECK(fingerprint(open(Sidecar(s))) == base);
    std::vector<std::pair<std::string, Settings>> others;
    const auto other = [&](const char *name, const auto &change) {
        Settings changed = s;
        change(changed);
        others.emplace_back(name, changed);
    };
    other("base", [](Settings &o) { o.base_sha256[5] = o.base_sha256[5] == '0' ? '1' : '0'; });
    other("chunk size", [](Settings &o) { ++o.chunk; });
    other("layers", [](Settings &o) { o.layers = {2, 6}; });
    other("number of states", [](Settings &o) { ++o.states; });
    std::vector<Bytes> seen = {base};
    for (const auto &[name, settings] : others) {
        const Bytes found = fingerprint(open(Sidecar(settings)));
        for (const Bytes &one : seen) {
            if (found == one) fail_at(__FILE__, __LINE__, "the fingerprint does not see " + name);
        }
        seen.push_back(found);
    }
}

TEST(a_context_of_another_sidecar_is_refused) {
    const Settings s = two_layers();
    Settings other = s;
    other.base_sha256[0] = other.base_sha256[0] == '0' ? '1' : '0';
    const SidecarHandle one = open(Sidecar(s)), two = open(Sidecar(other));
    const ContextHandle from = context(one.get()), to = context(two.get());
    run(from, s, 3, 1);
    CHECK_EQUAL(load(to, save(from)), "RWKV_MS_E_STATE_FINGERPRINT");
    const ContextHandle narrow = context(one.get(), 1); // another read_top_k reads otherwise and keeps the same state
    CHECK_EQUAL(load(narrow, save(from)), "RWKV_MS_OK");
}

TEST(host_memory) {
    const Settings s = two_layers();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle context = test::context(sidecar.get());
    const Bytes empty = save(context);
    const auto removed = [&](int32_t sequence, int64_t p0, int64_t p1) {
        return status_text(rwkv_ms_memory_seq_rm(context.get(), sequence, p0, p1));
    };
    constexpr int64_t kWide = int64_t{1} << 32; // 0 in 32 bits
    const std::vector<std::array<int64_t, 3>> whole = {{0, 0, 9}, {0, -1, -1}, {-1, -1, -1}, {0, -5, 100}, {-1, 0, 9},
                                                       {0, 0, kWide}, {0, INT64_MIN, INT64_MAX}},
                                              none = {{0, 9, -1}, {0, 9, 12}, {0, 3, 3}, {0, 5, 2}, {0, 0, 0},
                                                      {0, kWide, -1}, {0, kWide + 8, kWide + 9}},
                                              part = {{0, 0, 8}, {0, 1, -1}, {0, 8, 9}, {-1, 3, 4}, {0, -1, 1}, {0, 1, kWide}};
    for (const auto &[sequence, p0, p1] : whole) {
        run(context, s, 9, 1);
        CHECK(save(context) != empty);
        CHECK_EQUAL(removed(static_cast<int32_t>(sequence), p0, p1), "RWKV_MS_OK");
        CHECK(save(context) == empty);
    }
    run(context, s, 9, 1);
    const Snapshot before = look(context, s);
    for (const auto &[sequence, p0, p1] : none)
        CHECK_EQUAL(removed(static_cast<int32_t>(sequence), p0, p1), "RWKV_MS_OK");
    CHECK(look(context, s) == before);
    for (const auto &[sequence, p0, p1] : part)
        CHECK_EQUAL(removed(static_cast<int32_t>(sequence), p0, p1), "RWKV_MS_E_MUTATION");
    CHECK_EQUAL(removed(0, 2, 5), "RWKV_MS_E_MUTATION");
    CHECK_EQUAL(error_of(context), "rwkv_ms_memory_seq_rm: positions 2 to 5 of 0 to 9: the memory's state is a sum "
                                   "over all tokens: only the whole sequence can be removed");
    CHECK_EQUAL(removed(1, -1, -1), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(removed(256, -1, -1), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(error_of(context), "sequence: expected 0 or -1, found 256");
    for (const int32_t status :
         {rwkv_ms_memory_seq_cp(context.get(), 0, 1, -1, -1), rwkv_ms_memory_seq_keep(context.get(), 0),
          rwkv_ms_memory_seq_add(context.get(), 0, 0, -1, 0), rwkv_ms_memory_seq_div(context.get(), 0, 0, -1, 1)})
        CHECK_EQUAL(status_text(status), "RWKV_MS_E_MUTATION");
    CHECK(look(context, s) == before);
    CHECK_EQUAL(status_text(rwkv_ms_memory_clear(context.get())), "RWKV_MS_OK");
    CHECK(save(context) == empty);
}

int main() { return run_all(); }
