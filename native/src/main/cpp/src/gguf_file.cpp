#include "gguf_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "error.h"

namespace rwkv_ms {

namespace {

std::vector<uint8_t> read_whole(const std::string &path) {
    struct Close {
        void operator()(std::FILE *file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    require(file != nullptr, RWKV_MS_E_IO, path, ": cannot be opened: ", std::strerror(errno));
    std::vector<uint8_t> bytes;
    uint8_t block[1 << 16];
    for (size_t got = 0; (got = std::fread(block, 1, sizeof block, file.get())) > 0;)
        bytes.insert(bytes.end(), block, block + got);
    require(std::ferror(file.get()) == 0, RWKV_MS_E_IO, path, ": cannot be read: ", std::strerror(errno));
    return bytes;
}

// Says why ggml's reader refused a file. It only walks the header, each step checked against the size, and never judges
// a file that ggml takes.
class Diagnosis {
public:
    Diagnosis(const std::string &path, const std::vector<uint8_t> &bytes) : path_(path), bytes_(bytes) {}

    [[noreturn]] void report() {
        require(bytes_.size() >= 4 && std::memcmp(bytes_.data(), "GGUF", 4) == 0, RWKV_MS_E_GGUF, path_,
                ": not a GGUF file: expected the magic 'GGUF' at offset 0");
        at_ = 4;
        const auto version = number<uint32_t>("the version");
        require(version == 2 || version == 3, RWKV_MS_E_GGUF, path_, ": GGUF version at offset 4: expected 3, found ",
                version);
        const auto tensors = number<uint64_t>("the tensor count");
        const auto keys = number<uint64_t>("the key count");
        for (uint64_t i = 0; i < keys; ++i) {
            skip_string("a key");
            skip_value(number<uint32_t>("a value type"), 0);
        }
        std::unordered_set<std::string> names;
        for (uint64_t i = 0; i < tensors; ++i) {
            const size_t start = at_;
            const std::string name = skip_string("a tensor name");
            require(names.insert(name).second, RWKV_MS_E_DUPLICATE_TENSOR, path_, ": tensor '", name,
                    "': the name stands twice, the second time at offset ", start);
            const auto dims = number<uint32_t>("a number of dimensions");
            require(dims <= 4, RWKV_MS_E_GGUF, path_, ": tensor '", name, "': expected at most 4 dimensions, found ",
                    dims);
            advance(uint64_t{dims} * 8 + 4 + 8, "a tensor's dimensions, type and offset");
        }
        fail(RWKV_MS_E_GGUF, path_,
             ": ggml's GGUF reader refuses the file, its log names the reason; the header is complete, so look "
             "for duplicate keys, bad tensor types, dimensions, offsets or alignment");
    }

private:
    void advance(uint64_t count, const char *what) {
        require(count <= bytes_.size() - at_, RWKV_MS_E_GGUF, path_, ": truncated or damaged header: ", what,
                " at offset ", at_, " needs ", count, " bytes, the file has ", bytes_.size() - at_, " more");
        at_ += static_cast<size_t>(count);
    }

    template <typename T> T number(const char *what) {
        advance(sizeof(T), what);
        T value;
        std::memcpy(&value, bytes_.data() + at_ - sizeof(T), sizeof(T));
        return value;
    }

    std::string skip_string(const char *what) {
        const auto length = number<uint64_t>(what);
        advance(length, what);
        const char *end = reinterpret_cast<const char *>(bytes_.data()) + at_;
        return std::string(end - length, end);
    }

    void skip_value(uint32_t type, int depth) {
        static const uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
        require(type < sizeof sizes && depth < 2, RWKV_MS_E_GGUF, path_, ": value type before offset ", at_, ": found ",
                type);
        if (type == GGUF_TYPE_STRING) {
            skip_string("a string value");
        } else if (type == GGUF_TYPE_ARRAY) {
            const auto element = number<uint32_t>("an array's type");
            const auto count = number<uint64_t>("an array's length");
            if (element < sizeof sizes && sizes[element] != 0) {
                require(count <= bytes_.size(), RWKV_MS_E_GGUF, path_, ": array before offset ", at_, " claims ", count,
                        " elements");
                advance(count * sizes[element], "an array");
            } else {
                for (uint64_t i = 0; i < count; ++i) skip_value(element, depth + 1);
            }
        } else {
            advance(sizes[type], "a value");
        }
    }

    const std::string &path_;
    const std::vector<uint8_t> &bytes_;
    size_t at_ = 0;
};

} // namespace

GgufFile::GgufFile(const std::string &path) : path_(path), bytes_(read_whole(path)) {
    gguf_.reset(gguf_init_from_file(path.c_str(), gguf_init_params{/*no_alloc =*/true, /*ctx =*/nullptr}));
    if (!gguf_) Diagnosis(path_, bytes_).report();
    read_tensors();
}

void GgufFile::read_tensors() {
    const int64_t count = gguf_get_n_tensors(gguf_.get());
    const size_t start = gguf_get_data_offset(gguf_.get());
    for (int64_t id = 0; id < count; ++id) {
        Tensor tensor{gguf_get_tensor_name(gguf_.get(), id), gguf_get_tensor_type(gguf_.get(), id), {}, 0, nullptr};
        std::memcpy(tensor.ne, gguf_get_tensor_ne(gguf_.get(), id), sizeof tensor.ne);
        const size_t value_bytes = tensor.type == GGML_TYPE_F32 ? 4 : 2;
        if (tensor.type == GGML_TYPE_F32 || tensor.type == GGML_TYPE_F16 || tensor.type == GGML_TYPE_BF16) {
            // ggml's own size may have wrapped around: it is computed again, bounded by the file
            uint64_t left = bytes_.size() / value_bytes;
            bool fits = true;
            uint64_t numel = 1;
            for (const int64_t n : tensor.ne) {
                fits = fits && n >= 0 && (n == 0 || numel <= left / static_cast<uint64_t>(n));
                if (fits) numel *= static_cast<uint64_t>(n);
            }
            const size_t offset = gguf_get_tensor_offset(gguf_.get(), id);
            const size_t size = bytes_.size();
            fits = fits && start <= size && offset <= size - start && numel * value_bytes <= size - start - offset;
            require(fits, RWKV_MS_E_TRUNCATED_DATA, path_, ": tensor '", tensor.name, "': its data of shape [",
                    tensor.ne[0], ", ", tensor.ne[1], ", ", tensor.ne[2], ", ", tensor.ne[3], "] at offset ", start,
                    " + ", offset, " reaches beyond the end of the file at ", size);
            tensor.bytes = numel * value_bytes;
            tensor.data = bytes_.data() + start + offset;
        }
        tensors_.push_back(tensor);
    }
}

std::optional<int64_t> GgufFile::find(const std::string &key, gguf_type type) const {
    const int64_t id = gguf_find_key(gguf_.get(), key.c_str());
    if (id < 0) return std::nullopt;
    const gguf_type found = gguf_get_kv_type(gguf_.get(), id);
    require(found == type, RWKV_MS_E_KEY_TYPE, path_, ": key ", key, ": expected type ", gguf_type_name(type),
            ", found ", gguf_type_name(found));
    return id;
}

std::optional<std::string> GgufFile::string(const std::string &key) const {
    const auto id = find(key, GGUF_TYPE_STRING);
    return id ? std::optional<std::string>(gguf_get_val_str(gguf_.get(), *id)) : std::nullopt;
}

std::optional<uint32_t> GgufFile::u32(const std::string &key) const {
    const auto id = find(key, GGUF_TYPE_UINT32);
    return id ? std::optional<uint32_t>(gguf_get_val_u32(gguf_.get(), *id)) : std::nullopt;
}

std::optional<uint64_t> GgufFile::u64(const std::string &key) const {
    const auto id = find(key, GGUF_TYPE_UINT64);
    return id ? std::optional<uint64_t>(gguf_get_val_u64(gguf_.get(), *id)) : std::nullopt;
}

std::optional<float> GgufFile::f32(const std::string &key) const {
    const auto id = find(key, GGUF_TYPE_FLOAT32);
    return id ? std::optional<float>(gguf_get_val_f32(gguf_.get(), *id)) : std::nullopt;
}

} // namespace rwkv_ms
