// Opening sidecars: what is accepted, and each fault with its status and its whole text.
#include <cstring>
#include <functional>

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "ggml.h"
#include "gguf.h"

using namespace test;

namespace {

std::string lie;     // the function of ggml's GGUF reader whose answers this program changes
bool reading = false; // ggml asks itself

template <typename Function> Function *real(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

} // namespace

#if !defined(__APPLE__)
namespace {
int64_t said_size = 0; // of files whose name begins with base-, if it is not 0
}

// Whatever lies beyond the end of such a file is not touched.
extern "C" int fstat(int file, struct stat *about) noexcept {
    static const auto next = real<int(int, struct stat *)>("fstat");
    const int status = next(file, about);
    char name[4096] = "";
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    if (said_size != 0 && readlink(link.c_str(), name, sizeof name - 1) > 0 && std::strstr(name, "/base-") != nullptr)
        about->st_size = said_size;
    return status;
}
#endif

#define ANSWER(type, name, parameters, arguments, changed)                                                             \
    extern "C" type name parameters {                                                                                  \
        static const auto next = real<type parameters>(#name);                                                         \
        const auto answer = next arguments;                                                                            \
        return !reading && lie == #name ? changed : answer;                                                            \
    }
extern "C" gguf_context *gguf_init_from_buffer(const void *data, size_t size, gguf_init_params params) {
    static const auto next =
        real<gguf_context *(const void *, size_t, gguf_init_params)>("gguf_init_from_buffer");
    reading = true;
    gguf_context *const made = next(data, size, params);
    reading = false;
    return made;
}
ANSWER(int64_t, gguf_get_n_kv, (const gguf_context *gguf), (gguf), answer - 1)
ANSWER(const char *, gguf_get_key, (const gguf_context *gguf, int64_t id), (gguf, id), "x")
ANSWER(gguf_type, gguf_get_kv_type, (const gguf_context *gguf, int64_t id), (gguf, id), GGUF_TYPE_INT8)
ANSWER(int64_t, gguf_get_n_tensors, (const gguf_context *gguf), (gguf), answer - 1)
ANSWER(size_t, gguf_get_data_offset, (const gguf_context *gguf), (gguf), answer + 32)
ANSWER(const char *, gguf_get_tensor_name, (const gguf_context *gguf, int64_t id), (gguf, id), "x")
ANSWER(ggml_type, gguf_get_tensor_type, (const gguf_context *gguf, int64_t id), (gguf, id), GGML_TYPE_F16)
ANSWER(size_t, gguf_get_tensor_offset, (const gguf_context *gguf, int64_t id), (gguf, id), answer + 32)

namespace {

rwkv_ms_config config_of(const Sidecar &sidecar) {
    const SidecarHandle handle = open(sidecar);
    rwkv_ms_config config{};
    expect_ok(rwkv_ms_sidecar_config(handle.get(), &config), "config");
    return config;
}

} // namespace

TEST(the_configuration_is_read) {
    Settings s;
    s.layers = {2, 5};
    s.couple_lambda = false;
    s.rankwise_gates = false;
    s.update_mode = "lambda_outside";
    s.erase_gate = "0.75";
    s.read_top_k = 2;
    s.heads = R"(["q","v"])";
    const rwkv_ms_config config = config_of(Sidecar(s));
    CHECK_EQUAL(config.hidden_size, 64);
    CHECK_EQUAL(config.rank, 8);
    CHECK_EQUAL(config.num_state_heads, 1);
    CHECK_EQUAL(config.num_states, 4);
    CHECK_EQUAL(config.chunk_size, 16);
    CHECK_EQUAL(config.alpha, 16.0);
    CHECK_EQUAL(config.erase_gate, 0.75);
    CHECK_EQUAL(config.read_top_k, 2);
    CHECK_EQUAL(config.semantics_version, 1);
    CHECK_EQUAL(config.update_mode, int{RWKV_MS_MODE_LAMBDA_OUTSIDE});
    CHECK_EQUAL(config.delta_heads, RWKV_MS_HEAD_Q | RWKV_MS_HEAD_V);
    CHECK_EQUAL(config.normalize_qk, 1);
    CHECK_EQUAL(config.couple_lambda, 0);
    CHECK_EQUAL(config.rankwise_gates, 0);
    CHECK_EQUAL(config.layer_count, 2);
    s.read_top_k = INT32_MAX; // as many as there can be
    CHECK_EQUAL(config_of(Sidecar(s)).read_top_k, INT32_MAX);
}

TEST(every_width_may_be_one) {
    Settings s;
    s.hidden = s.rank = s.states = s.chunk = s.q_out = s.k_out = s.v_out = s.o_out = 1;
    const rwkv_ms_config config = config_of(Sidecar(s));
    CHECK_EQUAL(config.hidden_size, 1);
    CHECK_EQUAL(config.rank, 1);
    CHECK_EQUAL(config.num_states, 1);
    CHECK_EQUAL(config.chunk_size, 1);
}

// max(32, 32 * round(2.5 * sqrt(rank) / 32)) and the same of 5 * sqrt(rank), by hand. Of rank 256 the second is 2.5 blocks,
// which Python, as it makes the weights, rounds to the even 2.
TEST(low_rank_pairs_are_as_wide_as_the_rank_asks) {
    const struct {
        uint32_t rank, low, low_g;
    } rows[] = {{91, 32, 32}, {93, 32, 64}, {256, 32, 64}, {368, 32, 96}, {370, 64, 96}};
    for (const auto &row : rows) {
        Settings s;
        s.rank = row.rank;
        s.low = row.low;
        s.low_g = row.low_g;
        CHECK_EQUAL(config_of(Sidecar(s)).rank, static_cast<int32_t>(row.rank));
        SidecarHandle handle;
        s.low_g = row.low_g + 32;
        CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle)), "RWKV_MS_E_TENSOR_SHAPE");
        s.low_g = row.low_g;
        s.low = row.low + 32;
        CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle)), "RWKV_MS_E_TENSOR_SHAPE");
    }
}

TEST(absent_settings_take_their_defaults) {
    Sidecar sidecar;
    sidecar.set("config_json", text("{}"));
    const rwkv_ms_config config = config_of(sidecar);
    CHECK_EQUAL(config.normalize_qk, 1);
    CHECK_EQUAL(config.couple_lambda, 1);
    CHECK_EQUAL(config.rankwise_gates, 1);
    CHECK_EQUAL(config.update_mode, int{RWKV_MS_MODE_STANDARD});
    CHECK_EQUAL(config.erase_gate, 1.0);
    CHECK_EQUAL(config.read_top_k, 0);
    CHECK_EQUAL(config.semantics_version, 1);
}

TEST(alpha_is_compared_as_the_float_that_the_key_holds) {
    Sidecar sidecar;
    sidecar.set("alpha", f32(0.1f));
    sidecar.set("config_json", text("{\"alpha\":0.1}"));
    CHECK_EQUAL(config_of(sidecar).alpha, static_cast<double>(0.1f));
}

TEST(both_container_versions_and_every_type_open) {
    Settings s;
    s.semantics = 2;
    CHECK_EQUAL(config_of(Sidecar(s)).semantics_version, 2);
    Sidecar first_in_second(s);
    first_in_second.set("rwkv_ms_semantics_version", u32(1));
    CHECK_EQUAL(config_of(first_in_second).semantics_version, 1);
    s.semantics = 1;
    s.type = kF32;
    open(Sidecar(s));
    Sidecar halves;
    halves.tensor("mem_q").type = kF16;
    open(halves);
}

TEST(lambda_tensors_beside_a_coupled_lambda_are_legal) {
    Settings s;
    s.couple_lambda = false;
    Sidecar sidecar(s);
    sidecar.edit("config_json", "\"couple_lambda\":false", "\"couple_lambda\":true");
    CHECK_EQUAL(config_of(sidecar).couple_lambda, 1);
}

TEST(the_base_file_is_verified) {
    write_file("base-open_test.bin", "abc");
    Settings s;
    s.base_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, "abc"
    SidecarHandle handle;
    CHECK_EQUAL(try_open(Sidecar(s).bytes(), handle, "base-open_test.bin"), 0);
    write_file("base-open_test.bin", "abd");
    CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle, "base-open_test.bin")),
                "RWKV_MS_E_BASE_SHA256_DIFFERS");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base-open_test.bin: SHA-256: expected " + s.base_sha256 + " as the sidecar " + temporary_file() +
                    " names it, found a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9");
    std::remove("base-open_test.bin");
    CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle, "base-open_test.bin")),
                "RWKV_MS_E_BASE_UNREADABLE");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base-open_test.bin: cannot be opened for its SHA-256: No such file or directory");
    CHECK_EQUAL(mkfifo("base-open_test.bin", 0600), 0); // without a writer
    for (const char *base : {"base-open_test.bin", "/dev/zero"}) {
        CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle, base)), "RWKV_MS_E_BASE_UNREADABLE");
        CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                    std::string(base) + ": cannot be read for its SHA-256: not a regular file");
    }
    std::remove("base-open_test.bin");
}

// A base that is a GGUF file tells its layers; one that is none, as above, does not.
TEST(the_base_offers_the_target_layers) {
    const auto base = [](const std::vector<std::pair<std::string, Value>> &keys) {
        Sidecar file;
        file.keys = keys;
        file.tensors.clear();
        return file.bytes();
    };
    const std::string name = "base-open_test.gguf";
    const auto expect = [&](const std::string &bytes, int layer, const std::string &text) {
        write_file(name, bytes);
        Settings s;
        s.layers = {0, layer};
        s.base_sha256 = sha256(bytes);
        SidecarHandle handle;
        const int32_t status = try_open(Sidecar(s).bytes(), handle, name.c_str());
        CHECK_EQUAL(status_text(status), text.empty() ? "RWKV_MS_OK" : "RWKV_MS_E_BASE_LAYERS");
        if (!text.empty()) CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), name + ": " + text);
        std::remove(name.c_str());
    };
    const std::pair<std::string, Value> gemma = {"general.architecture", text("gemma4")},
                                        blocks = {"gemma4.block_count", u32(42)},
                                        shared = {"gemma4.attention.shared_kv_layers", {1, "\x12"}},
                                        odd = {"gemma4.bad", text("\xff")};
    const std::string beyond = "expected target layers of its 42 without the last ",
                      why = ", which share their keys and values, found layer ";
    expect(base({gemma, blocks, shared}), 23, "");
    expect(base({gemma, blocks, shared, odd}), 24, beyond + "18" + why + "24");
    expect(base({gemma, blocks}), 41, "");
    expect(base({gemma, blocks}), 42, beyond + "0" + why + "42");
    expect(base({gemma, {"gemma4.block_count", {5, raw(int32_t{-1})}}}), 1,
           "expected target layers of its -1 without the last 0" + why + "0");
    for (const auto &[type, number] : {std::pair<uint32_t, std::string>{0, raw(uint8_t{42})}, {1, raw(int8_t{42})},
                                       {2, raw(uint16_t{42})}, {3, raw(int16_t{42})}, {4, raw(uint32_t{42})},
                                       {5, raw(int32_t{42})}, {10, raw(uint64_t{42})}, {11, raw(int64_t{42})}})
        expect(base({gemma, {"gemma4.block_count", {type, number}}}), 42, beyond + "0" + why + "42");
    expect(base({gemma, {"gemma4.block_count", {0, raw(uint8_t{200})}}}), 199, "");
    expect(base({gemma, {"gemma4.block_count", {2, raw(uint16_t{40000})}}}), 39999, "");
    const std::string token = raw_string("t");
    std::string vocabulary = raw<uint32_t>(8) + raw<uint64_t>(262144); // as long as Gemma's
    for (int i = 0; i < 262144; ++i) vocabulary += token;
    expect(base({gemma, {"tokenizer.ggml.tokens", {9, vocabulary}}, blocks}), 42, beyond + "0" + why + "42");
    expect(base({gemma, {"gemma4.block_count", text("42")}}), 99, "");
    expect(base({blocks}), 99, "");
    expect("GGUF", 99, "");
#if !defined(__APPLE__) // there a program's own functions are not those of its libraries
    said_size = int64_t{5} << 30; // more than a sidecar may have, and less than the addresses of a faulty library
    expect(base({gemma, blocks}), 41, "");
    expect(base({gemma, blocks}), 42, beyond + "0" + why + "42");
    said_size = 0;
#endif
}

#if !defined(__APPLE__) // there a program's own functions are not those of its libraries
// Both read the file, so that neither alone decides what a byte means.
TEST(ggmls_reader_must_find_the_same) {
    const std::string finds = ": ggml's GGUF reader finds other ";
    for (const auto &[function, other] :
         {std::pair{"gguf_get_n_kv", "keys"}, {"gguf_get_key", "keys"}, {"gguf_get_kv_type", "keys"},
          {"gguf_get_n_tensors", "tensors"}, {"gguf_get_data_offset", "tensors"}, {"gguf_get_tensor_name", "tensors"},
          {"gguf_get_tensor_type", "tensors"}, {"gguf_get_tensor_offset", "tensors"}}) {
        lie = function;
        expect_fault(Sidecar().bytes(), "RWKV_MS_E_GGUF", finds + other + " than the file holds");
    }
    lie.clear();
    open(Sidecar());
}
#endif

TEST(bad_calls) {
    rwkv_ms_sidecar *opened = reinterpret_cast<rwkv_ms_sidecar *>(&opened); // must be overwritten
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "none", nullptr, 0, &opened)), "RWKV_MS_E_FILE_UNREADABLE");
    CHECK(opened == nullptr);
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), nullptr, nullptr, 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "path: must not be NULL");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", nullptr, 0, nullptr)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "out: must not be NULL");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", "", 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base_path: expected a path or NULL, found an empty text");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", nullptr, 4, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "flags: expected 0, found 4");
    opened = reinterpret_cast<rwkv_ms_sidecar *>(&opened); // as before the first call, and without a runtime
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(nullptr, "x", nullptr, 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK(opened == nullptr);
}

// Whatever a byte of the file says, opening it ends with a status. A sound file after each bad one shows that nothing
// stuck.
TEST(no_damaged_byte_stops_the_process) {
    const std::string whole = Sidecar().bytes();
    std::mt19937 random(3);
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string bytes = whole;
        const size_t header = 3000; // most of the damage where it matters
        for (int n = i % 4; n >= 0; --n)
            bytes[random() % (i % 8 == 0 ? bytes.size() : header)] = static_cast<char>(random() % 256);
        if (i % 5 == 0) bytes.resize(random() % bytes.size());
        SidecarHandle handle;
        const int32_t status = try_open(bytes, handle);
        CHECK(status_text(status) != "unknown" && status_text(status) != "RWKV_MS_E_INTERNAL");
        refused += status != RWKV_MS_OK;
    }
    CHECK(refused > 1500);
    open(Sidecar());
}

int main() {
    runtime();                                                          // with ggml's log as it is
    ggml_log_set([](ggml_log_level, const char *, void *) {}, nullptr); // ggml prints a line for every file it refuses
    return run_all();
}
