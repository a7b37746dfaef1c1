// Opening sidecars: what is accepted, and each fault with its status and its whole text.
#include <functional>

#include "check.h"
#include "ggml.h"
#include "handles.h"

using namespace test;

namespace {

void expect_fault(const std::string &bytes, const std::string &status, const std::string &text) {
    SidecarHandle handle;
    const int32_t found = try_open(bytes, handle);
    CHECK_EQUAL(status_text(found), status);
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), temporary_file() + text);
    CHECK(handle == nullptr);
}

void expect_fault(const std::function<void(Sidecar &)> &spoil, const std::string &status, const std::string &text,
                  const Settings &s = {}) {
    Sidecar sidecar(s);
    spoil(sidecar);
    expect_fault(sidecar.bytes(), status, text);
}

rwkv_ms_config config_of(const Sidecar &sidecar) {
    const SidecarHandle handle = open(sidecar);
    rwkv_ms_config config{};
    expect_ok(rwkv_ms_sidecar_config(handle.get(), &config), "config");
    return config;
}

// BF16's bits in another type's place: same size, so that only the type is at fault.
constexpr uint32_t kI16 = 25;

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
    CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle, "base-open_test.bin")), "RWKV_MS_E_BASE_MISMATCH");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base-open_test.bin: SHA-256: expected " + s.base_sha256 + " as the sidecar " + temporary_file() +
                    " names it, found a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9");
    std::remove("base-open_test.bin");
    CHECK_EQUAL(status_text(try_open(Sidecar(s).bytes(), handle, "base-open_test.bin")), "RWKV_MS_E_IO");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base-open_test.bin: cannot be opened for its SHA-256: No such file or directory");
}

TEST(files_that_are_no_gguf) {
    rwkv_ms_sidecar *opened = nullptr;
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "absent.gguf", nullptr, 0, &opened)), "RWKV_MS_E_IO");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "absent.gguf: cannot be opened: No such file or directory");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), ".", nullptr, 0, &opened)), "RWKV_MS_E_IO");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), ".: cannot be read: Is a directory");
    expect_fault("", "RWKV_MS_E_GGUF", ": not a GGUF file: expected the magic 'GGUF' at offset 0");
    expect_fault("GGML and more", "RWKV_MS_E_GGUF", ": not a GGUF file: expected the magic 'GGUF' at offset 0");
    std::string bytes = Sidecar().bytes();
    bytes[4] = 4;
    expect_fault(bytes, "RWKV_MS_E_GGUF", ": GGUF version at offset 4: expected 3, found 4");
    expect_fault(Sidecar().bytes().substr(0, 20), "RWKV_MS_E_GGUF",
                 ": truncated or damaged header: the key count at offset 16 needs 8 bytes, the file has 4 more");
    bytes = Sidecar().bytes();
    bytes.replace(24, 8, raw<uint64_t>(uint64_t{1} << 62)); // the length of the first key
    expect_fault(bytes, "RWKV_MS_E_GGUF",
                 ": truncated or damaged header: a key at offset 32 needs 4611686018427387904 bytes, the file has " +
                     std::to_string(bytes.size() - 32) + " more");
}

TEST(damaged_containers) {
    Sidecar twice;
    twice.tensor("mem_k").name = "blk.0.mem_q";
    const size_t second = twice.bytes().rfind("blk.0.mem_q") - 8; // a name starts with its length
    expect_fault(twice.bytes(), "RWKV_MS_E_DUPLICATE_TENSOR",
                 ": tensor 'blk.0.mem_q': the name stands twice, the second time at offset " + std::to_string(second));
    expect_fault([](Sidecar &s) { s.keys.push_back(s.keys.back()); }, "RWKV_MS_E_GGUF",
                 ": ggml's GGUF reader refuses the file, its log names the reason; the header is complete, so look for "
                 "duplicate keys, "
                 "bad tensor types, dimensions, offsets or alignment");
    const std::string whole = Sidecar().bytes();
    SidecarHandle handle;
    CHECK_EQUAL(status_text(try_open(whole.substr(0, whole.size() - 33), handle)), "RWKV_MS_E_TRUNCATED_DATA");
    expect_fault(whole.substr(0, whole.size() - 17), "RWKV_MS_E_TRUNCATED_DATA",
                 ": tensor 'blk.0.rwkv.ln_x.bias': its data of shape [8, 1, 1, 1] at offset 2720 + 11648 reaches "
                 "beyond the end of the file "
                 "at 14383");
    // ggml takes a last tensor whose size wraps around to zero
    Sidecar wraps;
    wraps.tensors.back().ne = {uint64_t{1} << 32, uint64_t{1} << 32};
    CHECK_EQUAL(status_text(try_open(wraps.bytes(), handle)), "RWKV_MS_E_TRUNCATED_DATA");
}

TEST(keys) {
    const std::string at = ": key delta_mem.";
    expect_fault([](Sidecar &s) { s.set("general.architecture", text("llama")); }, "RWKV_MS_E_ARCHITECTURE",
                 ": key general.architecture: expected 'rwkv_ms_memory', found 'llama'");
    Sidecar wide;
    wide.alignment = 64;
    wide.set("general.alignment", u32(64));
    expect_fault(wide.bytes(), "RWKV_MS_E_KEY_VALUE", ": key general.alignment: expected 32, found 64");
    expect_fault([](Sidecar &s) { s.remove_key("general.architecture"); }, "RWKV_MS_E_KEY_MISSING",
                 ": key general.architecture: missing");
    for (const char *key :
         {"schema", "tensor_name_format", "format_version", "tensor_count", "total_numel", "total_bytes", "rank",
          "alpha", "num_state_heads", "rwkv_ms_num_states", "rwkv_ms_chunk_size", "rwkv_ms_boundary_mode",
          "target_layers_json", "delta_heads_json", "config_json"}) {
        expect_fault([&](Sidecar &s) { s.remove_key(key); }, "RWKV_MS_E_KEY_MISSING", at + key + ": missing");
    }
    expect_fault([](Sidecar &s) { s.set("rank", f32(8)); }, "RWKV_MS_E_KEY_TYPE",
                 at + "rank: expected type u32, found f32");
    expect_fault([](Sidecar &s) { s.set("config_json", u32(8)); }, "RWKV_MS_E_KEY_TYPE",
                 at + "config_json: expected type str, found u32");
    expect_fault([](Sidecar &s) { s.set("schema", text("v9")); }, "RWKV_MS_E_KEY_VALUE",
                 at + "schema: expected 'delta_mem_rwkv_ms_memory_gguf_sidecar.v1', found 'v9'");
    expect_fault([](Sidecar &s) { s.set("format_version", u32(3)); }, "RWKV_MS_E_KEY_VALUE",
                 at + "format_version: expected 1 or 2, found 3");
    expect_fault([](Sidecar &s) { s.set("tensor_name_format", text("long")); }, "RWKV_MS_E_KEY_VALUE",
                 at + "tensor_name_format: expected 'compact_with_source_name_manifest', found 'long'");
    expect_fault([](Sidecar &s) { s.set("alpha", f32(-1)); }, "RWKV_MS_E_KEY_VALUE",
                 at + "alpha: expected a finite number above 0, found -1");
    expect_fault([](Sidecar &s) { s.set("rank", u32(0)); }, "RWKV_MS_E_KEY_VALUE",
                 ": rank: expected 1 to 1024, found 0");
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_num_states", u32(0)); }, "RWKV_MS_E_KEY_VALUE",
                 ": rwkv_ms_num_states: expected 1 to 65536, found 0");
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_chunk_size", u32(0)); }, "RWKV_MS_E_KEY_VALUE",
                 ": rwkv_ms_chunk_size: expected 1 to 9223372036854775807, found 0");
    expect_fault([](Sidecar &s) { s.set("tensor_count", u32(30)); }, "RWKV_MS_E_KEY_VALUE",
                 at + "tensor_count: expected 31 as the tensors have, found 30");
    expect_fault([](Sidecar &s) { s.set("total_numel", u64(1)); }, "RWKV_MS_E_KEY_VALUE",
                 at + "total_numel: expected 5736 as the tensors have, found 1");
    expect_fault([](Sidecar &s) { s.set("total_bytes", u64(1)); }, "RWKV_MS_E_KEY_VALUE",
                 at + "total_bytes: expected 11472 as the tensors have, found 1");
    for (const uint32_t heads : {0u, 2u}) {
        expect_fault([&](Sidecar &s) { s.set("num_state_heads", u32(heads)); }, "RWKV_MS_E_NUM_STATE_HEADS",
                     at + "num_state_heads: expected 1, found " + std::to_string(heads) +
                         ": this runtime keeps one state head");
    }
    Settings two;
    two.semantics = 2;
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_state_dtype", text("bf16")); }, "RWKV_MS_E_KEY_VALUE",
                 at + "rwkv_ms_state_dtype: expected 'f32', found 'bf16'", two);
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_semantics_version", u32(3)); }, "RWKV_MS_E_UNSUPPORTED",
                 at + "rwkv_ms_semantics_version: expected 1 or 2, found 3", two);
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_boundary_mode", text("learned")); }, "RWKV_MS_E_UNSUPPORTED",
                 at + "rwkv_ms_boundary_mode: expected 'fixed_chunk', found 'learned'");
}

TEST(base_hashes) {
    const std::string at = ": key delta_mem.base_gguf_sha256: ",
                      digits = "expected 64 lower-case hexadecimal digits, found '";
    expect_fault([](Sidecar &s) { s.remove_key("base_gguf_sha256"); }, "RWKV_MS_E_BASE_SHA256",
                 at + "missing: expected the base file's SHA-256 as 64 lower-case hexadecimal digits");
    for (const std::string &bad :
         {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), std::string(64, 'g')}) {
        expect_fault([&](Sidecar &s) { s.set("base_gguf_sha256", text(bad)); }, "RWKV_MS_E_BASE_SHA256",
                     at + digits + bad + "'");
    }
}

TEST(lists) {
    const std::string layers = ": key delta_mem.target_layers_json: ", heads = ": key delta_mem.delta_heads_json: ";
    const auto set = [](const char *key, const char *json) { return [=](Sidecar &s) { s.set(key, text(json)); }; };
    expect_fault(set("target_layers_json", "[]"), "RWKV_MS_E_KEY_VALUE",
                 layers + "expected at least one layer, found none");
    expect_fault(set("target_layers_json", "0"), "RWKV_MS_E_JSON", layers + "expected an array, found a number");
    expect_fault(set("target_layers_json", "[0,0]"), "RWKV_MS_E_KEY_VALUE",
                 layers + "entry 1: expected ascending layers without repetition, found 0 after the one before it");
    expect_fault(set("target_layers_json", "[1,0]"), "RWKV_MS_E_KEY_VALUE",
                 layers + "entry 1: expected ascending layers without repetition, found 0 after the one before it");
    for (const char *bad : {"[-1]", "[0.5]", "[\"0\"]", "[65536]", "[1e300]"}) {
        expect_fault(set("target_layers_json", bad), "RWKV_MS_E_KEY_VALUE",
                     layers + "entry 0: expected a layer index from 0 to 65535");
    }
    expect_fault(set("delta_heads_json", "{}"), "RWKV_MS_E_JSON", heads + "expected an array, found an object");
    expect_fault(set("delta_heads_json", R"(["q","x"])"), "RWKV_MS_E_KEY_VALUE",
                 heads + R"(expected "q", "k", "v" or "o", found "x")");
    expect_fault(set("delta_heads_json", "[1]"), "RWKV_MS_E_KEY_VALUE",
                 heads + R"(expected "q", "k", "v" or "o", found a number)");
    expect_fault(set("delta_heads_json", R"(["q","q"])"), "RWKV_MS_E_KEY_VALUE",
                 heads + R"(the head "q" stands twice)");
}

TEST(settings) {
    const std::string at = ": key delta_mem.config_json: ";
    const auto set = [](const char *json) { return [=](Sidecar &s) { s.set("config_json", text(json)); }; };
    expect_fault(set("[]"), "RWKV_MS_E_JSON", at + "expected an object, found an array");
    expect_fault(set("{"), "RWKV_MS_E_JSON",
                 at + "not valid JSON at byte 1: expected a name in quotes, found the end of the text");
    expect_fault(set("{} x"), "RWKV_MS_E_JSON",
                 at + "not valid JSON at byte 3: expected the end of the text, found \"x\"");
    expect_fault(set(R"({"rank":8,"rank":8})"), "RWKV_MS_E_JSON", at + R"(the name "rank" stands twice in one object)");
    expect_fault(set(R"({"alpha":NaN})"), "RWKV_MS_E_JSON",
                 at + "not valid JSON at byte 9: expected a value, found \"N\"");
    expect_fault(set(R"({"normalize_qk":1})"), "RWKV_MS_E_JSON",
                 at + "normalize_qk: expected a boolean, found a number");
    expect_fault(set(R"({"rwkv_ms_read_top_k":1.5})"), "RWKV_MS_E_JSON",
                 at + "rwkv_ms_read_top_k: expected an integer, found 1.5");
    expect_fault(set(R"({"rwkv_ms_read_top_k":-1})"), "RWKV_MS_E_KEY_VALUE",
                 ": rwkv_ms_read_top_k: expected 0 to 2147483647, found -1");
    expect_fault(set(R"({"state_update_mode":"delta"})"), "RWKV_MS_E_UNSUPPORTED",
                 at + "state_update_mode: expected 'standard', 'lambda_outside' or 'no_lambda', found 'delta'");
    expect_fault(
        set(R"({"trainable_delta_scale":true})"), "RWKV_MS_E_UNSUPPORTED",
        at + "trainable_delta_scale: expected false, found true: this runtime scales every delta by alpha / rank");
    expect_fault(set(R"({"rwkv_ms_boundary_mode":"learned"})"), "RWKV_MS_E_JSON",
                 at + "rwkv_ms_boundary_mode: contradicts key delta_mem.rwkv_ms_boundary_mode: expected 'fixed_chunk', "
                      "found 'learned'");
    expect_fault(set(R"({"rank":16})"), "RWKV_MS_E_JSON",
                 at + "rank: contradicts key delta_mem.rank: expected 8, found 16");
    expect_fault(set(R"({"alpha":"16"})"), "RWKV_MS_E_JSON",
                 at + "alpha: contradicts key delta_mem.alpha: expected 16, found a string");
    expect_fault(
        [](Sidecar &s) { s.keys.emplace_back("delta_mem.tensor_manifest_json", text("[")); }, "RWKV_MS_E_JSON",
        ": key delta_mem.tensor_manifest_json: not valid JSON at byte 1: expected a value, found the end of the text");
}

TEST(tensors) {
    const std::string at = ": tensor 'blk.0.";
    for (const Tensor &tensor : Sidecar().tensors) {
        const std::string name = tensor.name.substr(6);
        expect_fault([&](Sidecar &s) { s.remove_tensor(name); }, "RWKV_MS_E_TENSOR_MISSING", at + name + "': missing");
    }
    expect_fault([](Sidecar &s) { s.tensor("mem_k").ne = {8, 64}; }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "mem_k': expected shape (ggml order) [64, 8], found [8, 64]");
    expect_fault([](Sidecar &s) { s.tensor("rwkv.w1").ne = {8, 32}; }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "rwkv.w1': expected shape (ggml order) [32, 8], found [8, 32]");
    expect_fault([](Sidecar &s) { s.tensor("delta_q").ne = {96, 8}; }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "delta_q': expected shape (ggml order) [8, its width], found [96, 8]");
    expect_fault([](Sidecar &s) { s.tensor("beta_b").ne = {1, 8}; }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "beta_b': expected shape (ggml order) [8], found [1, 8]");
    expect_fault([](Sidecar &s) { s.tensor("mem_v").ne = {64, 4, 2}; }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "mem_v': expected shape (ggml order) [64, 8], found [64, 4, 2, 1]");
    expect_fault([](Sidecar &s) { s.tensor("mem_v").type = kI16; }, "RWKV_MS_E_TENSOR_TYPE",
                 at + "mem_v': expected type bf16, f16 or f32, found i16");
    expect_fault([](Sidecar &s) { s.fill("rwkv.key.weight", NAN); }, "RWKV_MS_E_TENSOR_VALUE",
                 at + "rwkv.key.weight': element 0: expected a finite number, found NaN or infinity");
    expect_fault([](Sidecar &s) { s.fill("delta_k", INFINITY); }, "RWKV_MS_E_TENSOR_VALUE",
                 at + "delta_k': element 0: expected a finite number, found NaN or infinity");
    const auto extra = [](const char *name) {
        return [=](Sidecar &s) {
            s.tensors.push_back(s.tensors.back());
            s.tensors.back().name = name;
            s.count();
        };
    };
    for (const std::string name : {"blk.0.rwkv.g0", "blk.1.mem_q", "mem_q", "blk.00.mem_q"}) {
        expect_fault(extra(name.c_str()), "RWKV_MS_E_TENSOR_UNKNOWN",
                     ": tensor '" + name + "': no tensor of a target layer has this name");
    }
    expect_fault([](Sidecar &s) { s.set("target_layers_json", text("[1]")); }, "RWKV_MS_E_TENSOR_MISSING",
                 ": tensor 'blk.1.mem_q': missing");
    expect_fault([](Sidecar &s) { s.edit("config_json", "\"couple_lambda\":true", "\"couple_lambda\":false"); },
                 "RWKV_MS_E_TENSOR_MISSING", at + "lambda': missing");
    expect_fault([](Sidecar &s) { s.edit("config_json", "\"rankwise_gates\":true", "\"rankwise_gates\":false"); },
                 "RWKV_MS_E_TENSOR_SHAPE", at + "beta': expected shape (ggml order) [64], found [64, 8]");
}

TEST(bad_calls) {
    rwkv_ms_sidecar *opened = nullptr;
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(nullptr, "x", nullptr, 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), nullptr, nullptr, 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "path: must not be NULL");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", nullptr, 0, nullptr)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "out: must not be NULL");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", "", 0, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()),
                "base_path: expected a path or NULL, found an empty text");
    CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), "x", nullptr, 4, &opened)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), "flags: expected a combination of 0, found 4");
    rwkv_ms_sidecar_close(nullptr);
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
