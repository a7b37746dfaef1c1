#include "state.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "error.h"
#include "little_endian.h"

namespace rwkv_ms {

namespace {

constexpr size_t kVersionOffset = 4;
constexpr size_t kMetadataOffset = 8;
constexpr size_t kFingerprintOffset = 28; // cannot change, like magic and version: files with it exist
constexpr size_t kLengthOffset = 60;
constexpr size_t kHeaderBytes = 68;
constexpr size_t kChecksumBytes = sizeof(Hash);
constexpr size_t kEntryNumbers = 12; // layer index and position
constexpr const char *kPayload = "state payload: ";

size_t entry_bytes(const Config &config) {
    return kEntryNumbers + sizeof(float) * static_cast<size_t>(config.width() + config.state_values());
}

size_t body_bytes(const Config &config) { return config.layers.size() * entry_bytes(config); }

struct PayloadNumber {
    const char *name;
    uint32_t value;
    rwkv_ms_status status;
};

std::array<PayloadNumber, 5> payload_metadata(const Config &config) {
    return {{{"target layer count", static_cast<uint32_t>(config.layers.size()), RWKV_MS_E_STATE_LAYERS},
             {"num_states", static_cast<uint32_t>(config.num_states), RWKV_MS_E_STATE_NUM_STATES},
             {"num_state_heads", static_cast<uint32_t>(config.num_state_heads), RWKV_MS_E_STATE_HEADS},
             {"rank", static_cast<uint32_t>(config.rank), RWKV_MS_E_STATE_RANK},
             {"chunk_size", static_cast<uint32_t>(config.chunk_size), RWKV_MS_E_STATE_CHUNK_SIZE}}};
}

void in_step(int32_t layer, int64_t position, int32_t first, int64_t expected) {
    require(position == expected, RWKV_MS_E_STATE_STEP, kPayload, "layers out of step: layer ", layer,
            ": position: expected ", expected, " as in layer ", first, ", found ", position);
}

// A payload that every load would refuse is not written either.
void finite_values(int32_t layer, const char *name, const std::vector<float> &values) {
    const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    require(bad == values.end(), RWKV_MS_E_STATE_VALUE, kPayload, "layer ", layer, ": ", name, ": element ",
            bad - values.begin(), ": expected a finite number, found NaN or infinity");
}

uint8_t *put_floats(uint8_t *out, const std::vector<float> &values) {
    for (const float value : values) out = put(out, bits(value));
    return out;
}

class PayloadReader {
public:
    PayloadReader(const Config &config, const Hash &fingerprint, const uint8_t *data, size_t size)
        : config_(config), fingerprint_(fingerprint), data_(data), size_(size) {}

    std::vector<LayerState> read() const {
        check_header();
        check_length();
        const size_t checked = size_ - kChecksumBytes;
        const Hash found = sha256(data_, checked);
        require(std::equal(found.begin(), found.end(), data_ + checked), RWKV_MS_E_STATE_CHECKSUM, kPayload,
                "SHA-256 at offset ", checked, ": expected ", hex(found), ", found ", hex(data_ + checked, kChecksumBytes));
        std::vector<LayerState> layers;
        for (size_t i = 0; i < config_.layers.size(); ++i) {
            layers.push_back(entry(config_.layers[i], kHeaderBytes + i * entry_bytes(config_)));
            in_step(config_.layers[i], layers[i].position, config_.layers[0], layers[0].position);
        }
        return layers;
    }

private:
    void reaches(const char *field, size_t offset, size_t bytes) const {
        require(size_ >= offset + bytes, RWKV_MS_E_STATE_LENGTH, kPayload, "ends within ", field, " at offset ", offset,
                ": expected ", kHeaderBytes + body_bytes(config_) + kChecksumBytes, " bytes, found ", size_);
    }

    void check_header() const {
        reaches("the magic", 0, sizeof kStateMagic);
        require(std::equal(std::begin(kStateMagic), std::end(kStateMagic), data_), RWKV_MS_E_STATE_MAGIC, kPayload,
                "magic at offset 0: expected ", hex(kStateMagic, sizeof kStateMagic),
                " (RMVS), found ", hex(data_, sizeof kStateMagic));
        reaches("the version", kVersionOffset, sizeof kStateVersion);
        const auto version = get<uint32_t>(data_ + kVersionOffset);
        require(version == kStateVersion, RWKV_MS_E_STATE_VERSION, kPayload, "version at offset ", kVersionOffset,
                ": expected ", kStateVersion, ", found ", version);
        size_t offset = kMetadataOffset;
        for (const PayloadNumber &field : payload_metadata(config_)) {
            reaches(field.name, offset, sizeof field.value);
            const auto found = get<uint32_t>(data_ + offset);
            require(found == field.value, field.status, kPayload, field.name, " at offset ", offset, ": expected ",
                    field.value, ", found ", found);
            offset += sizeof field.value;
        }
        reaches("the fingerprint", kFingerprintOffset, fingerprint_.size());
        require(std::equal(fingerprint_.begin(), fingerprint_.end(), data_ + kFingerprintOffset),
                RWKV_MS_E_STATE_FINGERPRINT, kPayload, "sidecar identity mismatch: fingerprint at offset ",
                kFingerprintOffset, ": expected ", hex(fingerprint_), ", found ", hex(data_ + kFingerprintOffset, fingerprint_.size()));
    }

    void check_length() const {
        reaches("the length", kLengthOffset, sizeof(uint64_t));
        const auto body = get<uint64_t>(data_ + kLengthOffset);
        require(body == body_bytes(config_), RWKV_MS_E_STATE_LENGTH, kPayload, "body length at offset ", kLengthOffset,
                ": expected ", body_bytes(config_), ", found ", body);
        const size_t whole = kHeaderBytes + body_bytes(config_) + kChecksumBytes;
        require(size_ == whole, RWKV_MS_E_STATE_LENGTH, kPayload, "expected ", whole, " bytes, found ", size_);
    }

    LayerState entry(int32_t layer, size_t offset) const {
        const auto index = get<uint32_t>(data_ + offset);
        require(index == static_cast<uint32_t>(layer), RWKV_MS_E_STATE_LAYER, kPayload, "layer index at offset ", offset,
                ": expected ", layer, ", found ", index);
        const auto position = static_cast<int64_t>(get<uint64_t>(data_ + offset + sizeof index));
        require(position >= 0, RWKV_MS_E_STATE_VALUE, kPayload, "layer ", layer, ": position: expected 0 or more, found ",
                position);
        size_t at = offset + kEntryNumbers;
        const auto source = floats(layer, "previous source", at, config_.width());
        at += source.size() * sizeof(float);
        return {floats(layer, "state", at, config_.state_values()), source, position};
    }

    std::vector<float> floats(int32_t layer, const char *name, size_t offset, int64_t count) const {
        std::vector<float> values(static_cast<size_t>(count));
        for (size_t i = 0; i < values.size(); ++i) {
            values[i] = float_of(get<uint32_t>(data_ + offset + i * sizeof(float)));
        }
        finite_values(layer, name, values);
        return values;
    }

    const Config &config_;
    const Hash &fingerprint_;
    const uint8_t *data_;
    size_t size_;
};

} // namespace

size_t payload_size(const Config &config) { return kHeaderBytes + body_bytes(config) + kChecksumBytes; }

void write_payload(const Config &config, const Hash &fingerprint, const std::vector<LayerState> &layers, uint8_t *out) {
    for (size_t i = 0; i < layers.size(); ++i) {
        in_step(config.layers[i], layers[i].position, config.layers[0], layers[0].position);
        finite_values(config.layers[i], "previous source", layers[i].source);
        finite_values(config.layers[i], "state", layers[i].state);
    }
    uint8_t *at = std::copy(std::begin(kStateMagic), std::end(kStateMagic), out);
    at = put(at, kStateVersion);
    for (const PayloadNumber &field : payload_metadata(config)) at = put(at, field.value);
    at = std::copy(fingerprint.begin(), fingerprint.end(), at);
    at = put(at, static_cast<uint64_t>(body_bytes(config)));
    for (size_t i = 0; i < layers.size(); ++i) {
        at = put(at, static_cast<uint32_t>(config.layers[i]));
        at = put(at, static_cast<uint64_t>(layers[i].position));
        at = put_floats(at, layers[i].source);
        at = put_floats(at, layers[i].state);
    }
    const Hash hash = sha256(out, static_cast<size_t>(at - out));
    std::copy(hash.begin(), hash.end(), at);
}

std::vector<LayerState> read_payload(const Config &config, const Hash &fingerprint, const uint8_t *data, size_t size) {
    return PayloadReader(config, fingerprint, data, size).read();
}

} // namespace rwkv_ms
