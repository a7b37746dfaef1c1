#include "session.h"

#include <algorithm>

#include "little_endian.h"

namespace rwkv_ms {

namespace {

constexpr uint8_t kSessionMagic[] = {'R', 'M', 'S', 'C'};
constexpr uint32_t kSessionVersion = 1;
constexpr size_t kSessionVersionOffset = 4, kWholeOffset = 8, kPayloadBytesOffset = 16, kTokenCountOffset = 24,
                 kHostBytesOffset = 32, kSessionHeader = 40;
constexpr const char *kSession = "session: ";

size_t host_bytes(const Hook &hook) {
    const size_t bytes = hook.api().state_get_size(hook.llama());
    require(bytes > 0, RWKV_MS_E_HOST_STATE, "llama.cpp does not tell the size of its state; its log says why");
    return bytes;
}

void get_host_state(const Hook &hook, uint8_t *out, size_t bytes) {
    const size_t written = hook.api().state_get_data(hook.llama(), out, bytes);
    require(written == bytes, RWKV_MS_E_HOST_STATE, "llama.cpp's state: expected ", bytes, " bytes, found ", written,
            "; its log says why");
}

// How many bytes llama.cpp has taken. A state without positions leaves what was there in releases before v0.4.0, so that the
// memory is cleared first; a refused state destroys it anyway.
size_t set_host_state(const Hook &hook, const uint8_t *state, size_t bytes) {
    const LlamaApi &api = hook.api();
    api.memory_clear(api.get_memory(hook.llama()), /*data =*/false);
    return api.state_set_data(hook.llama(), state, bytes);
}

// Subtracts part from left; fails if the parts are longer than the whole.
void take(size_t &left, uint64_t count, size_t each, const char *what, size_t size) {
    require(count <= left / each, RWKV_MS_E_SESSION_LENGTH, kSession, what, ": expected at most ", left / each,
            " in a session of ", size, " bytes, found ", count);
    left -= static_cast<size_t>(count) * each;
}

} // namespace

size_t session_size(Hook &hook, size_t n_tokens) {
    return kSessionHeader + payload_size(hook.context().config()) + n_tokens * sizeof(int32_t) + host_bytes(hook) +
           sizeof(Hash);
}

void write_session(Hook &hook, TokenIds tokens, uint8_t *out, size_t size) {
    const Context &context = hook.context();
    const size_t payload = payload_size(context.config());
    const size_t host = size - kSessionHeader - payload - tokens.count * sizeof(int32_t) - sizeof(Hash);
    uint8_t *at = std::copy(std::begin(kSessionMagic), std::end(kSessionMagic), out);
    at = put(at, kSessionVersion);
    for (const size_t number : {size, payload, tokens.count, host}) at = put(at, static_cast<uint64_t>(number));
    write_payload(context.config(), context.description().fingerprint, hook.context().layers(), at);
    at += payload;
    for (size_t i = 0; i < tokens.count; ++i) at = put(at, static_cast<uint32_t>(tokens.data[i]));
    get_host_state(hook, at, host);
    at += host;
    const Hash hash = sha256(out, static_cast<size_t>(at - out));
    std::copy(hash.begin(), hash.end(), at);
}

Session::Session(Hook &hook, const uint8_t *data, size_t size) : hook_(hook) {
    const auto reaches = [&](const char *field, size_t bytes) {
        require(size >= bytes, RWKV_MS_E_SESSION_LENGTH, kSession, "ends within ", field, ": expected at least ", bytes,
                " bytes, found ", size);
    };
    reaches("the magic", sizeof kSessionMagic);
    require(std::equal(std::begin(kSessionMagic), std::end(kSessionMagic), data), RWKV_MS_E_SESSION_MAGIC, kSession,
            "magic at offset 0: expected ", hex(kSessionMagic, sizeof kSessionMagic), " (RMSC), found ",
            hex(data, sizeof kSessionMagic));
    reaches("the version", kSessionVersionOffset + sizeof kSessionVersion);
    const auto version = get<uint32_t>(data + kSessionVersionOffset);
    require(version == kSessionVersion, RWKV_MS_E_SESSION_VERSION, kSession, "version at offset ",
            kSessionVersionOffset, ": expected ", kSessionVersion, ", found ", version);
    reaches("its header and checksum", kSessionHeader + sizeof(Hash));
    const auto whole = get<uint64_t>(data + kWholeOffset);
    require(whole == size, RWKV_MS_E_SESSION_LENGTH, kSession, "expected ", whole, " bytes as offset ", kWholeOffset,
            " says, found ", size);
    size_t left = size - kSessionHeader - sizeof(Hash);
    const auto payload = get<uint64_t>(data + kPayloadBytesOffset), tokens = get<uint64_t>(data + kTokenCountOffset),
               host = get<uint64_t>(data + kHostBytesOffset);
    // llama.cpp would take an empty state without changing its memory, whatever position that is at.
    require(host != 0, RWKV_MS_E_SESSION_LENGTH, kSession, "bytes of llama.cpp's state at offset ", kHostBytesOffset,
            ": expected at least 1, found 0");
    take(left, payload, 1, "payload bytes", size);
    take(left, tokens, sizeof(int32_t), "token ids", size);
    take(left, host, 1, "bytes of llama.cpp's state", size);
    require(left == 0, RWKV_MS_E_SESSION_LENGTH, kSession, "expected its parts to fill ", size, " bytes, found ", left,
            " bytes more");

    const Context &context = hook.context();
    const uint8_t *at = data + kSessionHeader;
    layers_ = read_payload(context.config(), context.description().fingerprint, at, static_cast<size_t>(payload));
    const size_t checked = size - sizeof(Hash);
    const Hash hash = sha256(data, checked);
    require(std::equal(hash.begin(), hash.end(), data + checked), RWKV_MS_E_SESSION_CHECKSUM, kSession,
            "SHA-256 at offset ", checked, ": expected ", hex(hash), ", found ", hex(data + checked, hash.size()));
    tokens_ = at + payload;
    n_tokens_ = static_cast<size_t>(tokens);
    host_ = tokens_ + n_tokens_ * sizeof(int32_t);
    host_bytes_ = static_cast<size_t>(host);
}

void Session::copy_tokens(int32_t *out) const {
    for (size_t i = 0; i < n_tokens_; ++i)
        out[i] = static_cast<int32_t>(get<uint32_t>(tokens_ + i * sizeof(int32_t)));
}

void Session::load() {
    hook_.resolve();
    const int64_t before = hook_.positions();
    std::vector<uint8_t> snapshot(host_bytes(hook_));
    get_host_state(hook_, snapshot.data(), snapshot.size());
    const size_t taken = set_host_state(hook_, host_, host_bytes_);
    const int64_t expected = layers_.front().position, found = hook_.positions();
    if (taken != host_bytes_) {
        roll_back(snapshot, before);
        fail(RWKV_MS_E_HOST_STATE, kSession, "llama.cpp's state: expected ", host_bytes_, " bytes taken, found ", taken,
             "; its log says why; nothing has changed");
    }
    if (found != expected) {
        roll_back(snapshot, before);
        fail(RWKV_MS_E_HOST_STEP, kSession, "llama.cpp's memory: expected ", expected,
             " positions as the payload has, found ", found, "; nothing has changed");
    }
    hook_.context().layers().swap(layers_);
    hook_.forget();
}

// Gives llama.cpp its former state back. If it refuses even that, both sides are cleared rather than left out of step.
void Session::roll_back(const std::vector<uint8_t> &snapshot, int64_t positions) {
    const size_t taken = set_host_state(hook_, snapshot.data(), snapshot.size());
    if (taken == snapshot.size() && hook_.positions() == positions) return;
    hook_.clear();
    hook_.context().reset();
    fail(RWKV_MS_E_HOST_ROLLBACK, kSession, "llama.cpp refused the session's state and then its own from before: "
         "expected ", snapshot.size(), " bytes taken, found ", taken, "; both memories were cleared");
}

} // namespace rwkv_ms
