// Writes the structs of a llama.cpp as this compiler lays them out by its headers, with the defaults of its library: one
// line "struct - size" per struct, one line "struct.field offset size [default]" per field (docs/spec/native.md). It ends
// with 1 and a sentence if headers and libraries contradict each other, and with 2 if it could not compare them.
//
//   layouts LIBGGML_BASE LIBGGML LIBLLAMA
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include <dlfcn.h>

#include "ggml.h"
#include "llama.h"

namespace {

constexpr size_t kRoom = 512;      // more bytes than the struct of any version
constexpr size_t kObjectSize = 32; // ggml_tensor_overhead() counts a private struct of ggml of this size
constexpr unsigned char kPatterns[] = {0xa5, 0x5a};

struct Field {
    std::string name;
    size_t offset, size;
    bool flag; // of type bool
};

struct Struct {
    const char *name, *defaults; // the function that returns the defaults, or nullptr
    size_t size;
    std::vector<Field> fields;
};

// A struct of a fork may lack a field, or have others between these.
#define FIELD(name)                                                                                                    \
    template <typename T, typename = void> struct Add_##name {                                                         \
        static void to(std::vector<Field> &) {}                                                                        \
    };                                                                                                                 \
    template <typename T> struct Add_##name<T, std::void_t<decltype(T::name)>> {                                       \
        static void to(std::vector<Field> &fields) {                                                                   \
            fields.push_back({#name, offsetof(T, name), sizeof(T::name), std::is_same_v<decltype(T::name), bool>});    \
        }                                                                                                              \
    };
#include "fields.h"
#undef FIELD

template <typename T> std::vector<Field> fields_of() {
    std::vector<Field> fields;
#define FIELD(name) Add_##name<T>::to(fields);
#include "fields.h"
#undef FIELD
    std::sort(fields.begin(), fields.end(), [](const Field &a, const Field &b) { return a.offset < b.offset; });
    return fields;
}

template <typename T> Struct described(const char *name, const char *defaults) {
    static_assert(sizeof(T) <= kRoom, "a struct that has outgrown kRoom");
    return {name, defaults, sizeof(T), fields_of<T>()};
}

std::vector<Struct> structs() {
    return {described<llama_model_params>("llama_model_params", "llama_model_default_params"),
            described<llama_context_params>("llama_context_params", "llama_context_default_params"),
            described<llama_model_quantize_params>("llama_model_quantize_params",
                                                   "llama_model_quantize_default_params"),
            described<llama_batch>("llama_batch", nullptr), described<ggml_init_params>("ggml_init_params", nullptr),
            described<ggml_tensor>("ggml_tensor", nullptr)};
}

struct Room {
    unsigned char bytes[kRoom];
};

[[noreturn]] void end(int code, const std::string &sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::exit(code);
}

void *open(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) end(2, std::string("cannot be loaded: ") + dlerror());
    return library;
}

template <typename Function> Function find(void *library, const char *name) {
    void *address = dlsym(library, name);
    if (address == nullptr) end(1, std::string("the function ") + name + " of the header is missing in the library");
    return reinterpret_cast<Function>(address);
}

// What a function that returns a struct writes into memory that holds the pattern. The struct is larger than two
// registers, so that the caller says where to put it; this works for any such struct without optimisation only.
void call(void *library, const char *function, unsigned char pattern, Room &room) {
    std::memset(&room, pattern, sizeof room);
    new (&room) Room(find<Room (*)()>(library, function)());
}

// The bytes of the defaults that were written, with what was written.
struct Defaults {
    Room values;
    bool written[kRoom];

    Defaults(void *library, const char *function) {
        Room other;
        call(library, function, kPatterns[0], values);
        call(library, function, kPatterns[1], other);
        for (size_t i = 0; i < kRoom; ++i)
            written[i] = values.bytes[i] != kPatterns[0] || other.bytes[i] != kPatterns[1];
    }

    size_t end() const {
        size_t end = kRoom;
        while (end > 0 && !written[end - 1]) --end;
        return end;
    }
};

void check(const Struct &type, const Defaults &defaults) {
    if (defaults.end() > type.size)
        end(1, std::string("struct ") + type.name + ": the header has " + std::to_string(type.size) +
                   " bytes, the library writes at least " + std::to_string(defaults.end()));
    for (const Field &field : type.fields) {
        const std::string name = std::string("struct ") + type.name + "." + field.name + " at byte " +
                                 std::to_string(field.offset) + " of the header: ";
        for (size_t i = field.offset; i < field.offset + field.size; ++i)
            if (!defaults.written[i]) end(1, name + "the library writes no default there");
        const int value = defaults.values.bytes[field.offset];
        if (field.flag && value > 1) end(1, name + "expected a bool, the library writes " + std::to_string(value));
    }
}

void print(const Struct &type, const Defaults *defaults) {
    std::printf("%s - %zu\n", type.name, type.size);
    for (const Field &field : type.fields) {
        std::printf("%s.%s %zu %zu", type.name, field.name.c_str(), field.offset, field.size);
        if (defaults != nullptr) {
            std::printf(" 0x");
            for (size_t i = field.size; i-- > 0;) std::printf("%02x", defaults->values.bytes[field.offset + i]);
        }
        std::printf("\n");
    }
}

// What the hook reads of the nodes of a graph.
void check_ggml(void *base) {
    const size_t size = find<size_t (*)()>(base, "ggml_tensor_overhead")() - kObjectSize;
    if (size != sizeof(ggml_tensor))
        end(1, "struct ggml_tensor: the header has " + std::to_string(sizeof(ggml_tensor)) + " bytes, the library " +
                   std::to_string(size));
    const char *name = find<const char *(*)(ggml_op)>(base, "ggml_op_name")(GGML_OP_MUL_MAT);
    if (std::strcmp(name, "MUL_MAT") != 0)
        end(1, "GGML_OP_MUL_MAT of the header: the library calls it " + std::string(name));
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4) end(2, "usage: layouts LIBGGML_BASE LIBGGML LIBLLAMA");
    void *const base = open(argv[1]);
    open(argv[2]);
    void *const llama = open(argv[3]);
    check_ggml(base);
    for (const Struct &type : structs()) {
        if (type.defaults == nullptr) {
            print(type, nullptr);
            continue;
        }
        const Defaults defaults(llama, type.defaults);
        check(type, defaults);
        print(type, &defaults);
    }
    return 0;
}
