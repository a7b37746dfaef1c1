#include "gguf_header.h"

#include <algorithm>
#include <cstring>

#include "error.h"
#include "gguf_format.h"
#include "utf8.h"

namespace rwkv_ms {

namespace {

constexpr std::string_view kMagic = "GGUF", kAlignmentKey = gguf::kAlignmentKey;
constexpr uint64_t kAlignmentStep = 8;              // GGUF specification
constexpr uint64_t kMinEntryBytes = 8 + 4 + 1;      // an empty key, a type, a one-byte value
constexpr uint64_t kMinTensorBytes = 8 + 4 + 4 + 8; // an empty name, no dimensions, a type, an offset
// Bytes of one value by type; 0 for strings and arrays, whose size varies.
constexpr uint8_t kValueBytes[gguf::kTypes] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

class Walk {
public:
    Walk(std::string_view bytes, const std::string &path, Texts texts) : bytes_(bytes), path_(path), texts_(texts) {}

    GgufHeader read() {
        GgufHeader header{};
        place_ = "header";
        const std::string_view magic = take(kMagic.size(), "the magic");
        require(magic == kMagic, RWKV_MS_E_GGUF_MAGIC, path_, ": not a GGUF file: magic at byte 0: expected ",
                quoted(kMagic), ", found ", quoted(magic));
        header.version = version();
        const auto tensors = count("the tensor count", kMinTensorBytes, kMaxTensors);
        const auto entries = count("the key count", kMinEntryBytes, kMaxEntries);
        for (uint64_t i = 0; i < entries; ++i) header.entries.push_back(entry(i));
        for (uint64_t i = 0; i < tensors; ++i) header.tensors.push_back(tensor(i));
        header.alignment = alignment(header);
        header.end = at_;
        header.data_start = (at_ + header.alignment - 1) / header.alignment * header.alignment;
        return header;
    }

private:
    std::string_view take(uint64_t count, const char *what) {
        require(count <= bytes_.size() - at_, RWKV_MS_E_GGUF_TRUNCATED, path_, ": ", place_, ": ", what, " at byte ",
                at_, ": expected ", count, " bytes, found ", bytes_.size() - at_, " before the end of the file");
        const std::string_view taken = bytes_.substr(at_, static_cast<size_t>(count));
        at_ += static_cast<size_t>(count);
        return taken;
    }

    template <typename T> T number(const char *what) {
        T value;
        std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
        return value;
    }

    // A count of things that take at least so many bytes each.
    uint64_t count(const char *what, uint64_t least, uint64_t limit) {
        const size_t start = at_;
        const auto count = number<uint64_t>(what);
        const uint64_t max = (bytes_.size() - at_) / least;
        require(count <= max, RWKV_MS_E_GGUF_COUNT, path_, ": ", place_, ": ", what, " at byte ", start,
                ": expected at most ", max, " as the rest of the file can hold, found ", count);
        require(count <= limit, RWKV_MS_E_GGUF_LIMIT, path_, ": ", place_, ": ", what, " at byte ", start,
                ": expected at most ", limit, ", found ", count);
        return count;
    }

    std::string_view text(const char *what) {
        const auto length = number<uint64_t>(what);
        const size_t start = at_;
        const std::string_view text = take(length, what);
        const size_t bad = texts_ == Texts::any ? std::string_view::npos : malformed_utf8(text);
        if (bad == std::string_view::npos) return text;
        fail(RWKV_MS_E_GGUF_UTF8, path_, ": ", place_, ": ", what, " at byte ", start + bad,
             ": expected well-formed UTF-8, found ", quoted(text.substr(bad, 1)));
    }

    std::string_view counted_text(const char *what) {
        const std::string_view text = this->text(what);
        text_bytes_ += text.size();
        require(text_bytes_ <= kMaxTextBytes, RWKV_MS_E_GGUF_TEXT_LIMIT, path_, ": ", place_, ": ", what,
                " before byte ", at_, ": expected at most ", kMaxTextBytes, " bytes of strings together, found ",
                text_bytes_, " so far");
        return text;
    }

    uint32_t version() {
        const auto version = number<uint32_t>("the version");
        require(version == 2 || version == 3, RWKV_MS_E_GGUF_VERSION, path_,
                ": GGUF version at byte 4: expected 3, found ", version,
                version != 0 && (version & 0xFFFF) == 0 ? " (a big-endian file)" : "");
        return version;
    }

    uint32_t type(const char *what) {
        const auto type = number<uint32_t>(what);
        require(type < gguf::kTypes, RWKV_MS_E_GGUF_VALUE_TYPE, path_, ": ", place_, ": ", what, " at byte ",
                at_ - sizeof type, ": expected 0 to ", gguf::kTypes - 1, ", found ", type);
        return type;
    }

    void check_bools(std::string_view bools) const {
        if (texts_ == Texts::any) return;
        const auto bad = std::find_if(bools.begin(), bools.end(), [](char c) { return c != 0 && c != 1; });
        require(bad == bools.end(), RWKV_MS_E_GGUF_BOOL, path_, ": ", place_, ": a bool at byte ",
                at_ - static_cast<size_t>(bools.end() - bad), ": expected 0 or 1, found ",
                bad == bools.end() ? 0 : int{static_cast<unsigned char>(*bad)});
    }

    GgufEntry entry(uint64_t index) {
        place_ = "key " + std::to_string(index);
        GgufEntry entry{};
        entry.at = at_;
        entry.key = counted_text("its name");
        place_ = "key " + quoted(entry.key);
        entry.type = type("its type");
        if (entry.type == gguf::kString) {
            entry.value = counted_text("its text");
        } else if (entry.type == gguf::kArray) {
            array();
        } else {
            entry.value = take(kValueBytes[entry.type], "its value");
            if (entry.type == gguf::kBool) check_bools(entry.value);
        }
        return entry;
    }

    // No key of a sidecar is an array, so its elements are only walked over.
    void array() {
        const auto type = this->type("its element type");
        require(type != gguf::kArray, RWKV_MS_E_GGUF_NESTED_ARRAY, path_, ": ", place_, ": its elements at byte ",
                at_, ": expected plain values, found arrays");
        const uint64_t bytes = type == gguf::kString ? sizeof(uint64_t) : kValueBytes[type];
        const uint64_t count = this->count("its element count", bytes, kMaxArrayElements);
        if (type == gguf::kString) {
            for (uint64_t i = 0; i < count; ++i) text("an element");
            return;
        }
        const std::string_view elements = take(count * bytes, "its elements");
        if (type == gguf::kBool) check_bools(elements);
    }

    GgufTensorInfo tensor(uint64_t index) {
        place_ = "tensor " + std::to_string(index);
        GgufTensorInfo tensor{};
        tensor.at = at_;
        tensor.name = counted_text("its name");
        place_ = "tensor " + quoted(tensor.name);
        tensor.n_dims = number<uint32_t>("its number of dimensions");
        require(tensor.n_dims <= kMaxDimensions, RWKV_MS_E_GGUF_DIMENSIONS, path_, ": ", place_,
                ": its number of dimensions at byte ", at_ - sizeof tensor.n_dims, ": expected at most ",
                kMaxDimensions, ", found ", tensor.n_dims);
        tensor.ne.fill(1);
        for (uint32_t i = 0; i < tensor.n_dims; ++i) tensor.ne[i] = number<uint64_t>("a dimension");
        tensor.type = number<uint32_t>("its type");
        tensor.offset = number<uint64_t>("its offset");
        return tensor;
    }

    uint64_t alignment(const GgufHeader &header) const {
        for (const GgufEntry &entry : header.entries) {
            if (entry.key != kAlignmentKey || texts_ == Texts::any) continue;
            uint32_t value = 0;
            if (entry.type == gguf::kUint32) std::memcpy(&value, entry.value.data(), sizeof value);
            const bool sound = value != 0 && (value & (value - 1)) == 0 && value % kAlignmentStep == 0;
            require(sound, RWKV_MS_E_GGUF_ALIGNMENT, path_, ": key ", kAlignmentKey, " at byte ", entry.at,
                    ": expected a u32 that is a power of two from ", kAlignmentStep, ", found type ", entry.type,
                    " and ", value);
            return value;
        }
        return gguf::kDefaultAlignment;
    }

    std::string_view bytes_;
    const std::string &path_;
    const Texts texts_;
    std::string place_;
    size_t at_ = 0;
    uint64_t text_bytes_ = 0;
};

} // namespace

GgufHeader read_gguf_header(std::string_view bytes, const std::string &path, Texts texts) {
    return Walk(bytes, path, texts).read();
}

} // namespace rwkv_ms
