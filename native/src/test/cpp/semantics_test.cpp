// What a sidecar says, in a sound container: each fault with its status and its whole text.
#include <algorithm>

#include "faults.h"
#include "ggml.h"
#include "gguf.h"

using namespace test;

TEST(keys) {
    const std::string at = ": key delta_mem.";
    for (const char *key :
         {"schema", "tensor_name_format", "format_version", "tensor_count", "total_numel", "total_bytes", "rank",
          "alpha", "num_state_heads", "rwkv_ms_num_states", "rwkv_ms_chunk_size", "target_layers_json",
          "delta_heads_json", "per_layer_attention_json", "config_json", "adapter_metadata_json",
          "tensor_manifest_json", "required_runtime_hooks_json"}) {
        expect_fault([&](Sidecar &s) { s.remove_key(key); }, "RWKV_MS_E_KEY_MISSING", at + key + ": missing");
        expect_fault([&](Sidecar &s) { s.set(key, {7, "\1"}); }, "RWKV_MS_E_KEY_TYPE",
                     at + key + ": expected type " + gguf_type_name(static_cast<gguf_type>(Sidecar().key(key).type)) +
                         ", found bool");
    }
    for (const char *key : {"general.architecture", "general.alignment"})
        expect_fault([&](Sidecar &s) { s.remove_key(key); }, "RWKV_MS_E_KEY_MISSING",
                     std::string(": key ") + key + ": missing");
    Settings two;
    two.semantics = 2;
    for (const char *key : {"rwkv_ms_semantics_version", "rwkv_ms_state_dtype"}) {
        expect_fault([&](Sidecar &s) { s.remove_key(key); }, "RWKV_MS_E_KEY_MISSING", at + key + ": missing", two);
        expect_fault([&](Sidecar &s) { s.keys.emplace_back("delta_mem." + std::string(key), Sidecar(two).key(key)); },
                     "RWKV_MS_E_KEY_VERSION", at + key + ": expected no such key in format version 1");
    }
}

TEST(identity) {
    const std::string at = ": key delta_mem.";
    expect_fault([](Sidecar &s) { s.set("general.architecture", text("llama")); }, "RWKV_MS_E_ARCHITECTURE",
                 ": key general.architecture: expected 'rwkv_ms_memory', found 'llama'");
    expect_fault([](Sidecar &s) { s.set("general.architecture", text(std::string("rwkv_ms_memory\0", 15))); },
                 "RWKV_MS_E_ARCHITECTURE",
                 R"(: key general.architecture: expected 'rwkv_ms_memory', found 'rwkv_ms_memory\x00')");
    Sidecar wide;
    wide.alignment = 64;
    wide.set("general.alignment", u32(64));
    expect_fault(wide.bytes(), "RWKV_MS_E_ALIGNMENT", ": key general.alignment: expected 32, found 64");
    const std::string v1 = "'delta_mem_rwkv_ms_memory_gguf_sidecar.v1'", v2 = v1.substr(0, v1.size() - 2) + "2'";
    expect_fault([](Sidecar &s) { s.set("schema", text("v9")); }, "RWKV_MS_E_SCHEMA",
                 at + "schema: expected " + v1 + ", found 'v9'");
    Settings two;
    two.semantics = 2;
    expect_fault([](Sidecar &s) { s.set("schema", Sidecar().key("schema")); }, "RWKV_MS_E_SCHEMA",
                 at + "schema: expected " + v2 + ", found " + v1, two);
    expect_fault([](Sidecar &s) { s.set("format_version", u32(3)); }, "RWKV_MS_E_FORMAT_VERSION",
                 at + "format_version: expected 1 or 2, found 3");
    expect_fault([](Sidecar &s) { s.set("tensor_name_format", text("long")); }, "RWKV_MS_E_NAME_FORMAT",
                 at + "tensor_name_format: expected 'compact_with_source_name_manifest', found 'long'");
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_state_dtype", text("bf16")); }, "RWKV_MS_E_STATE_DTYPE",
                 at + "rwkv_ms_state_dtype: expected 'f32', found 'bf16'", two);
    const std::string hash = at + "base_gguf_sha256: expected 64 lower-case hexadecimal digits, found ";
    expect_fault([](Sidecar &s) { s.remove_key("base_gguf_sha256"); }, "RWKV_MS_E_BASE_SHA256_MISSING", hash + "none");
    expect_fault([](Sidecar &s) { s.set("base_gguf_sha256", text("")); }, "RWKV_MS_E_BASE_SHA256_MISSING",
                 hash + "none");
    for (const std::string &bad : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
                                   std::string(64, 'g'), std::string(63, 'a') + '\0'}) {
        expect_fault([&](Sidecar &s) { s.set("base_gguf_sha256", text(bad)); }, "RWKV_MS_E_BASE_SHA256_FORM",
                     hash + (bad.back() == 0 ? "'" + bad.substr(0, 63) + "\\x00'" : "'" + bad + "'"));
    }
}

TEST(the_projector_is_named_by_a_hash_if_at_all) {
    const auto projector = [](const std::string &hash) {
        return [=](Sidecar &s) { s.keys.emplace_back("delta_mem.mmproj_gguf_sha256", text(hash)); };
    };
    Sidecar named;
    projector(std::string(64, '0'))(named);
    open(named);
    for (const std::string &bad : {std::string(), std::string(63, 'a'), std::string(64, 'A')})
        expect_fault(projector(bad), "RWKV_MS_E_MMPROJ_SHA256",
                     ": key delta_mem.mmproj_gguf_sha256: expected 64 lower-case hexadecimal digits, found '" + bad +
                         "'");
}

TEST(numbers) {
    const std::string at = ": key delta_mem.";
    const struct {
        const char *key;
        Value value;
        const char *status, *text;
    } rows[] = {
        {"rank", u32(0), "RANK", "expected 1 to 32768, found 0"},
        {"rank", u32(32769), "RANK", "expected 1 to 32768, found 32769"},
        {"rwkv_ms_num_states", u32(0), "NUM_STATES", "expected 1 to 2147483647, found 0"},
        {"rwkv_ms_num_states", u32(1u << 31), "NUM_STATES", "expected 1 to 2147483647, found 2147483648"},
        {"rwkv_ms_chunk_size", u32(0), "CHUNK_SIZE", "expected 1 to 2147483647, found 0"},
        {"rwkv_ms_chunk_size", u32(1u << 31), "CHUNK_SIZE", "expected 1 to 2147483647, found 2147483648"},
        {"alpha", f32(0), "ALPHA", "expected a finite number above 0, found 0"},
        {"alpha", f32(-1), "ALPHA", "expected a finite number above 0, found -1"},
        {"alpha", f32(INFINITY), "ALPHA", "expected a finite number above 0, found inf"},
        {"alpha", f32(NAN), "ALPHA", "expected a finite number above 0, found nan"},
        {"num_state_heads", u32(4097), "STATE_WIDTH", "expected heads times rank of at most 32768, found 4097 times 8"},
        {"tensor_count", u32(30), "TENSOR_COUNT", "expected 31 as the tensors have, found 30"},
        {"total_numel", u64(1), "TOTAL_NUMEL", "expected 5736 as the tensors have, found 1"},
        {"total_bytes", u64(1), "TOTAL_BYTES", "expected 11472 as the tensors have, found 1"},
    };
    for (const auto &row : rows)
        expect_fault([&](Sidecar &s) { s.set(row.key, row.value); }, std::string("RWKV_MS_E_") + row.status,
                     at + row.key + ": " + row.text);
    Settings two;
    two.semantics = 2;
    expect_fault([](Sidecar &s) { s.set("rwkv_ms_semantics_version", u32(3)); }, "RWKV_MS_E_SEMANTICS_VERSION",
                 at + "rwkv_ms_semantics_version: expected 1 to 2, found 3", two);
}

TEST(documents) {
    const std::string at = ": key delta_mem.";
    const struct {
        const char *key, *json, *status, *text;
    } rows[] = {
        {"config_json", "[]", "FORM", "expected an object, found an array"},
        {"config_json", " ", "FORM", "expected an object, found an empty text"},
        {"config_json", "{", "SYNTAX",
         "not valid JSON at byte 1: expected a name in quotes, found the end of the text"},
        {"config_json", "{} x", "SYNTAX", "not valid JSON at byte 3: expected the end of the text, found \"x\""},
        {"config_json", "{}\f", "SYNTAX", "not valid JSON at byte 2: expected the end of the text, found \"\\u000c\""}, // no blank
        {"config_json", R"({"rank":8,"rank":8})", "SYNTAX", R"(the name "rank" stands twice in one object)"},
        {"config_json", R"({"alpha":NaN})", "SYNTAX", "not valid JSON at byte 9: expected a value, found \"N\""},
        {"adapter_metadata_json", "[]", "FORM", "expected an object, found an array"},
        {"target_layers_json", "0", "FORM", "expected an array, found a number"},
        {"delta_heads_json", "{}", "FORM", "expected an array, found an object"},
        {"per_layer_attention_json", "null", "FORM", "expected an array, found null"},
        {"required_runtime_hooks_json", "\"\"", "FORM", "expected an array, found a string"},
        {"tensor_manifest_json", "true", "FORM", "expected an array, found a boolean"},
        {"tensor_manifest_json", "[", "SYNTAX",
         "not valid JSON at byte 1: expected a value, found the end of the text"},
    };
    for (const auto &row : rows)
        expect_fault([&](Sidecar &s) { s.set(row.key, text(row.json)); }, std::string("RWKV_MS_E_JSON_") + row.status,
                     at + row.key + ": " + row.text);
}

// Either document repeats keys: those of both, and those of one.
TEST(repetitions) {
    const auto expect = [](const char *document, const std::string &json, const std::string &status,
                           const std::string &text) {
        Sidecar sidecar;
        for (const char *key : {"memory_backend", "memory_readout_mode", "memory_type", "base_model"})
            sidecar.keys.emplace_back("delta_mem." + std::string(key),
                                      test::text(std::string(key) == "memory_backend" ? "rwkv_ms" : "a"));
        sidecar.set(document, test::text(json));
        if (text.empty()) {
            open(sidecar);
            return;
        }
        expect_fault(sidecar.bytes(), "RWKV_MS_E_" + status, ": key delta_mem." + std::string(document) + ": " + text);
    };
    const std::string settings = "SETTING_CONTRADICTS", metadata = "METADATA_CONTRADICTS",
                      as = " as its key has it, found ";
    for (const char *document : {"config_json", "adapter_metadata_json"}) {
        const std::string status = document[0] == 'c' ? settings : metadata;
        expect(document, R"({"rank":16})", status, "rank: expected 8" + as + "16");
        expect(document, R"({"rank":8.0})", status, "rank: expected 8" + as + "8");
        expect(document, R"({"rwkv_ms_num_states":null})", status, "rwkv_ms_num_states: expected 4" + as + "null");
        expect(document, R"({"rwkv_ms_chunk_size":"16"})", status, "rwkv_ms_chunk_size: expected 16" + as + "\"16\"");
        expect(document, R"({"alpha":"16"})", status, "alpha: expected 16" + as + "\"16\"");
        expect(document, R"({"memory_backend":"x"})", status, "memory_backend: expected 'rwkv_ms'" + as + "\"x\"");
        expect(document, R"({"delta_heads":["o","q"]})", status,
               R"(delta_heads: expected ["q","o"])" + as + R"(["o","q"])");
        expect(document, R"({"rank":8,"alpha":16,"memory_backend":"rwkv_ms","delta_heads":["q","o"],"x":1})", "",
               "");
    }
    expect("config_json", R"({"num_state_heads":2})", settings, "num_state_heads: expected 1" + as + "2");
    expect("config_json", R"({"rwkv_ms_semantics_version":2})", settings,
           "rwkv_ms_semantics_version: expected 1" + as + "2");
    expect("config_json", R"({"rwkv_ms_boundary_mode":"learned"})", settings,
           "rwkv_ms_boundary_mode: expected 'fixed_chunk'" + as + "\"learned\"");
    expect("config_json", R"({"memory_readout_mode":1})", settings, "memory_readout_mode: expected 'a'" + as + "1");
    expect("config_json", R"({"target_layers":[0,1]})", settings, "target_layers: expected [0]" + as + "[0,1]");
    expect("adapter_metadata_json", R"({"memory_type":"b"})", metadata, "memory_type: expected 'a'" + as + "\"b\"");
    expect("adapter_metadata_json", R"({"base_model":"b"})", metadata, "base_model: expected 'a'" + as + "\"b\"");
    expect("adapter_metadata_json", R"({"wrapped_layers":[]})", metadata, "wrapped_layers: expected [0]" + as + "[]");
    expect("adapter_metadata_json", R"({"target_layers":[],"num_state_heads":2})", "", "");
    expect("config_json", R"({"memory_type":"b","base_model":"b","wrapped_layers":[]})", "", "");
}

// A text that is escaped in a document is the one that the key has.
TEST(escapes) {
    const auto status = [](const std::string &key, const std::string &json) {
        Sidecar sidecar;
        sidecar.keys.emplace_back("delta_mem.base_model", text(key));
        sidecar.set("adapter_metadata_json", text("{\"base_model\":\"" + json + "\"}"));
        SidecarHandle handle;
        return status_text(try_open(sidecar.bytes(), handle));
    };
    for (const auto &[key, json] : {std::pair<std::string, std::string>{"\"\\/\b\f\n\r\t", R"(\"\\\/\b\f\n\r\t)"},
                                    {"a/b", R"(a/b)"},
                                    {"\xc3\xa9\xea\xaf\x8d\xea\xaf\x8d", R"(\u00E9\uABCD\uabcd)"},
                                    {"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80", R"(\u007f\u0080\u07ff\u0800)"},
                                    {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", R"(\ud800\udc00\udbff\udfff)"}})
        CHECK_EQUAL(json + ": " + status(key, json), json + ": RWKV_MS_OK");
    CHECK_EQUAL(status("\xf0\x90\x90\x80", R"(\ud800\ue000)"), "RWKV_MS_E_METADATA_CONTRADICTS"); // no pair
    Sidecar twice;
    twice.set("config_json", text(R"({"x":[{"a":1,"b":2,"a":1}]})"));
    SidecarHandle handle;
    CHECK_EQUAL(status_text(try_open(twice.bytes(), handle)), "RWKV_MS_E_JSON_SYNTAX");
}

TEST(settings) {
    const std::string at = ": key delta_mem.config_json: ";
    const struct {
        const char *json, *status, *text;
    } rows[] = {
        {R"({"normalize_qk":1})", "SETTING_TYPE", "normalize_qk: expected a boolean, found a number"},
        {R"({"couple_lambda":null})", "SETTING_TYPE", "couple_lambda: expected a boolean, found null"},
        {R"({"state_update_mode":1})", "SETTING_TYPE", "state_update_mode: expected a string, found a number"},
        {R"({"rwkv_ms_erase_gate":"1"})", "SETTING_TYPE", "rwkv_ms_erase_gate: expected a number, found a string"},
        {R"({"rwkv_ms_read_top_k":1.5})", "SETTING_RANGE",
         "rwkv_ms_read_top_k: expected an integer of 0 to 2147483647, found 1.5"},
        {R"({"rwkv_ms_read_top_k":-1})", "SETTING_RANGE",
         "rwkv_ms_read_top_k: expected an integer of 0 to 2147483647, found -1"},
        {R"({"rwkv_ms_read_top_k":9223372036854775808})", "SETTING_RANGE", // 2^63
         "rwkv_ms_read_top_k: expected an integer of 0 to 2147483647, found 9.22337e+18"},
    };
    for (const auto &row : rows)
        expect_fault([&](Sidecar &s) { s.set("config_json", text(row.json)); }, std::string("RWKV_MS_E_") + row.status,
                     at + row.text);
}

TEST(lists) {
    const std::string layers = ": key delta_mem.target_layers_json: ", heads = ": key delta_mem.delta_heads_json: ";
    const auto set = [](const char *key, const std::string &json) {
        return [=](Sidecar &s) { s.set(key, text(json)); };
    };
    expect_fault(set("target_layers_json", "[]"), "RWKV_MS_E_TARGET_LAYERS",
                 layers + "expected 1 to 1024 layers, found 0");
    std::string many = "[0";
    for (int i = 1; i <= 1024; ++i) many += "," + std::to_string(i);
    expect_fault(set("target_layers_json", many + "]"), "RWKV_MS_E_TARGET_LAYERS",
                 layers + "expected 1 to 1024 layers, found 1025");
    expect_fault(set("target_layers_json", many.substr(0, many.rfind(',')) + "]"), "RWKV_MS_E_TENSOR_MISSING",
                 ": tensor 'blk.1.mem_q': missing"); // 1024 are allowed
    expect_fault(set("target_layers_json", "[2147483647]"), "RWKV_MS_E_TENSOR_LAYER",
                 ": tensor 'blk.0.mem_q': layer 0 is not among the target layers");
    for (const char *bad : {"[0,0]", "[1,1]", "[7,3]"})
        expect_fault(set("target_layers_json", bad), "RWKV_MS_E_TARGET_LAYERS",
                     layers + "entry 1: expected a layer number above " + bad[1] + ", found " + bad[3]);
    for (const char *bad : {"-1", "0.5", "\"0\"", "2147483648", "1e+300", "null"})
        expect_fault(set("target_layers_json", "[" + std::string(bad) + "]"), "RWKV_MS_E_TARGET_LAYERS",
                     layers + "entry 0: expected a layer number above -1, found " + bad);
    for (const char *bad : {"\"x\"", "1", "\"q\""})
        expect_fault(set("delta_heads_json", "[\"q\"," + std::string(bad) + "]"), "RWKV_MS_E_DELTA_HEADS",
                     heads + R"(expected some of "q", "k", "v" and "o", each once, found )" + bad);
}

TEST(attention) {
    const std::string at = ": key delta_mem.per_layer_attention_json: ";
    const auto edit = [&](const std::string &from, const std::string &to, const std::string &text) {
        expect_fault([&](Sidecar &s) { s.edit("per_layer_attention_json", from, to); }, "RWKV_MS_E_ATTENTION",
                     at + text);
    };
    expect_fault([](Sidecar &s) { s.set("per_layer_attention_json", text("[]")); }, "RWKV_MS_E_ATTENTION",
                 at + "expected an entry of layer 0, found none");
    const std::string once = "expected each target layer once, found an entry of layer ";
    for (const char *bad : {"1", "-1", "0.5", "\"0\"", "4294967296"})
        edit("\"layer\":0", "\"layer\":" + std::string(bad), once + bad);
    edit("\"layer\"", "\"lair\"", once + "none");
    edit("[{", "[7,{", once + "none");
    const std::string entry = Sidecar().key("per_layer_attention_json").bytes.substr(9);
    edit("[{", "[" + entry.substr(0, entry.size() - 1) + ",{", once + "0");
    for (const char *bad : {"0", "-1", "\"96\"", "2147483648"})
        edit("96", bad, "layer 0: q_out: expected an integer of 1 to 2147483647, found " + std::string(bad));
    edit("v_out", "w_out", "layer 0: v_out: expected an integer of 1 to 2147483647, found none");
    edit("\"sliding_attention\"", "\"full_attention\"",
         R"(layer 0: attention_kind: expected "sliding_attention", found "full_attention")");
    edit("\"q_out\":96", "\"q_out\":2049",
         R"(layer 0: attention_kind: expected "full_attention", found "sliding_attention")");
    edit(R"("active_delta_heads":["q","o"])", R"("active_delta_heads":["q"])",
         R"(layer 0: active_delta_heads: expected ["q","o"], found ["q"])");
    edit("compat_delta_heads", "other_delta_heads", R"(layer 0: compat_delta_heads: expected ["k","v"], found none)");
    expect_fault([](Sidecar &s) { s.edit("per_layer_attention_json", "\"k_out\":32", "\"k_out\":2147483647"); },
                 "RWKV_MS_E_TENSOR_SHAPE",
                 ": tensor 'blk.0.delta_k': expected shape (ggml order) [8, 2147483647], found [8, 32]");
    Settings s;
    for (const uint32_t width : {2048u, 2049u}) { // the widest of a sliding layer, and the narrowest of a full one
        s.q_out = width;
        open(Sidecar(s));
    }
    s.v_out = 48; // not the keys' width
    open(Sidecar(s));
}

TEST(tensors) {
    const std::string at = ": tensor 'blk.0.";
    for (const Tensor &tensor : Sidecar().tensors) {
        const std::string name = tensor.name.substr(6);
        expect_fault([&](Sidecar &s) { s.remove_tensor(name); }, "RWKV_MS_E_TENSOR_MISSING", at + name + "': missing");
    }
    const struct {
        const char *name;
        std::vector<uint64_t> ne;
        const char *status, *expected, *found;
    } shapes[] = {
        {"mem_k", {8, 64}, "TRANSPOSED", "[64, 8]", "it transposed, [8, 64]"},
        {"rwkv.w1", {8, 32}, "TRANSPOSED", "[32, 8]", "it transposed, [8, 32]"},
        {"delta_q", {96, 8}, "TRANSPOSED", "[8, 96]", "it transposed, [96, 8]"},
        {"delta_q", {768}, "SHAPE", "[8, 96]", "[768]"},
        {"beta_b", {1, 8}, "SHAPE", "[8]", "[1, 8]"},
        {"beta_b", {8, 1}, "SHAPE", "[8]", "[8, 1]"},
        {"mem_v", {128, 4}, "SHAPE", "[64, 8]", "[128, 4]"}, // the other two tell how wide
        {"mem_v", {64, 4, 2}, "SHAPE", "[64, 8]", "[64, 4, 2]"},
        {"mem_v", {64, 8, 1, 1}, "SHAPE", "[64, 8]", "[64, 8, 1, 1]"},
    };
    for (const auto &row : shapes)
        expect_fault([&](Sidecar &s) { s.tensor(row.name).ne = row.ne; }, std::string("RWKV_MS_E_TENSOR_") + row.status,
                     at + row.name + "': expected shape (ggml order) " + row.expected + ", found " + row.found);
    const auto majority = [](const std::vector<uint64_t> &ne) {
        return [=](Sidecar &s) { s.tensor("mem_k").ne = s.tensor("mem_v").ne = ne; };
    };
    expect_fault(majority({128, 4}), "RWKV_MS_E_TENSOR_SHAPE",
                 at + "mem_q': expected shape (ggml order) [128, 8], found [64, 8]");
    expect_fault(
        [](Sidecar &s) {
            s.tensor("mem_k").ne = {128, 4};
            s.tensor("mem_v").ne = {32, 16};
        },
        "RWKV_MS_E_TENSOR_SHAPE", at + "mem_q': expected shape (ggml order) [128, 8], found [64, 8]"); // the largest of three
    expect_fault([](Sidecar &s) { s.tensor("mem_q").ne = s.tensor("mem_k").ne = s.tensor("mem_v").ne = {512}; },
                 "RWKV_MS_E_TENSOR_SHAPE", at + "mem_q': expected shape (ggml order) [0, 8], found [512]");
    expect_fault([](Sidecar &s) { s.set("num_state_heads", u32(4096)); }, "RWKV_MS_E_TENSOR_SHAPE",
                 at + "mem_q': expected shape (ggml order) [64, 32768], found [64, 8]"); // as wide as may be
    Settings narrow;
    narrow.rank = 1;
    Sidecar turned(narrow);
    majority({1, 64})(turned);
    expect_fault(turned.bytes(), "RWKV_MS_E_TENSOR_TRANSPOSED",
                 at + "mem_k': expected shape (ggml order) [64, 1], found it transposed, [1, 64]");
    expect_fault([](Sidecar &s) { s.fill("rwkv.key.weight", NAN); }, "RWKV_MS_E_PAYLOAD_VALUE",
                 at + "rwkv.key.weight': element 0: expected a finite number, found NaN or infinity");
    for (const uint32_t type : {kBf16, kF32, kF16}) {
        Settings s;
        s.type = type == kF32 ? kF32 : kBf16;
        Sidecar sidecar(s);
        Tensor &tensor = sidecar.tensor("delta_k");
        tensor.type = type;
        tensor.data.replace(tensor.data.size() - (type == kF32 ? 4 : 2), 4,
                            type == kF16 ? std::string("\x00\xfc", 2) : Sidecar::encode(type, -INFINITY));
        expect_fault(sidecar.bytes(), "RWKV_MS_E_PAYLOAD_VALUE",
                     at + "delta_k': element 255: expected a finite number, found NaN or infinity");
    }
    const auto extra = [](const char *name) {
        return [=](Sidecar &s) {
            s.tensors.push_back(s.tensors.back());
            s.tensors.back().name = name;
            s.count();
        };
    };
    for (const std::string name :
         {"blk.0.rwkv.g0", "mem_q", "blk.00.mem_q", "blk.", "blk.1", "blk.x.mem_q", "blk.0.", "blk.0.mem_q ",
          "blk.1000000000.mem_q", "BLK.0.mem_q"}) {
        expect_fault(extra(name.c_str()), "RWKV_MS_E_TENSOR_UNKNOWN",
                     ": tensor '" + name + "': no tensor of a layer has this name");
    }
    expect_fault(extra("blk.1.mem_q"), "RWKV_MS_E_TENSOR_LAYER",
                 ": tensor 'blk.1.mem_q': layer 1 is not among the target layers");
    expect_fault([](Sidecar &s) { s.edit("config_json", "\"couple_lambda\":true", "\"couple_lambda\":false"); },
                 "RWKV_MS_E_TENSOR_MISSING", at + "lambda': missing");
    expect_fault([](Sidecar &s) { s.edit("config_json", "\"rankwise_gates\":true", "\"rankwise_gates\":false"); },
                 "RWKV_MS_E_TENSOR_SHAPE", at + "beta': expected shape (ggml order) [64, 1], found [64, 8]");
}

TEST(manifests) {
    const std::string at = ": manifest entry 'blk.0.mem_q': ", entry = Sidecar().manifest().bytes.substr(9);
    const auto edit = [](const std::string &from, const std::string &to) {
        return [=](Sidecar &s) { s.edit("tensor_manifest_json", from, to); };
    };
    const std::string hash = sha256(Sidecar().tensors[0].data);
    const struct {
        std::string from, to, text;
    } rows[] = {
        {"\"bytes\":1024", "\"bytes\":1025", "bytes: expected 1024 as the tensor has it, found 1025"},
        {"\"bytes\":1024,", "", "bytes: expected 1024 as the tensor has it, found none"},
        {"\"bfloat16\"", "\"float32\"", R"(torch_dtype: expected "bfloat16" as the tensor has it, found "float32")"},
        {"\"BF16\"", "\"F16\"", R"(gguf_type: expected "BF16" as the tensor has it, found "F16")"},
        {"\"numel\":512", "\"numel\":512.0", "numel: expected 512 as the tensor has it, found 512"},
        {"[8,64]", "[64,8]", "shape: expected [8,64] as the tensor has it, found [64,8]"},
        {"[8,64]", "[8.0,64]", "shape: expected [8,64] as the tensor has it, found [8,64]"},
        {"[8,64]", "[8,64,1]", "shape: expected [8,64] as the tensor has it, found [8,64,1]"},
        {"[8,64]", "512", "shape: expected [8,64] as the tensor has it, found 512"},
        {"memory_q_proj", "memory_k_proj",
         R"(source_name: expected "model.language_model.layers.0.self_attn.memory_q_proj" as the tensor has it, )"
         R"(found "model.language_model.layers.0.self_attn.memory_k_proj")"},
    };
    for (const auto &row : rows) expect_fault(edit(row.from, row.to), "RWKV_MS_E_MANIFEST_CONTRADICTS", at + row.text);
    expect_fault(edit(hash, std::string(64, '0')), "RWKV_MS_E_MANIFEST_SHA256",
                 at + "sha256_raw: expected \"" + hash + "\" as the tensor has it, found \"" +
                     std::string(64, '0') + "\"");
    expect_fault([](Sidecar &s) { // one bit of the payload beside a manifest of before
        s.set("tensor_manifest_json", s.manifest());
        s.tensor("rwkv.g2").data[5] ^= 1;
    }, "RWKV_MS_E_MANIFEST_SHA256",
                 ": manifest entry 'blk.0.rwkv.g2': sha256_raw: expected \"" + [] {
                     std::string data = Sidecar().tensor("rwkv.g2").data;
                     data[5] ^= 1;
                     return sha256(data);
                 }() + "\" as the tensor has it, found \"" + sha256(Sidecar().tensor("rwkv.g2").data) + "\"");
    expect_fault(edit("\"blk.0.mem_q\"", "\"blk.0.mem_x\""), "RWKV_MS_E_MANIFEST_MISSING",
                 ": tensor 'blk.0.mem_q': expected an entry in delta_mem.tensor_manifest_json, found none");
    expect_fault(edit("\"blk.0.mem_q\"", "\"blk.0.mem_k\""), "RWKV_MS_E_MANIFEST_CONTRADICTS",
                 ": manifest entry 'blk.0.mem_k': expected one entry of that name, found another");
    expect_fault(edit("[{", "[5,{"), "RWKV_MS_E_MANIFEST_UNKNOWN",
                 ": manifest entry '': expected a tensor of that name, found none");
}

// Sound, but beyond this runtime; with another fault beside it, that one is named.
TEST(unsupported_sidecars) {
    const std::string at = ": key delta_mem.";
    const std::function<void(Sidecar &)> broken = [](Sidecar &s) { s.set("total_bytes", u64(1)); };
    const auto expect = [&](const std::function<void(Sidecar &)> &spoil, const std::string &status,
                            const std::string &text, const Settings &s = {}) {
        expect_fault(spoil, status, text, s);
        Sidecar both(s);
        spoil(both);
        broken(both);
        SidecarHandle handle;
        CHECK_EQUAL(status_text(try_open(both.bytes(), handle)), "RWKV_MS_E_TOTAL_BYTES");
        Sidecar of_another_base(s); // which is a fault too, found last
        spoil(of_another_base);
        write_file("base-semantics_test.bin", "x");
        CHECK_EQUAL(status_text(try_open(of_another_base.bytes(), handle, "base-semantics_test.bin")),
                    "RWKV_MS_E_BASE_SHA256_DIFFERS");
        std::remove("base-semantics_test.bin");
    };
    const std::string heads = at + "num_state_heads: expected 1, found ", why = ": this runtime keeps one state head";
    expect([](Sidecar &s) { s.set("num_state_heads", u32(0)); }, "RWKV_MS_E_NUM_STATE_HEADS", heads + "0" + why);
    Settings wide; // rank 8 with two heads has the tensors of rank 16
    wide.rank = 16;
    expect(
        [](Sidecar &s) {
            s.set("num_state_heads", u32(2));
            s.set("rank", u32(8));
        },
        "RWKV_MS_E_NUM_STATE_HEADS", heads + "2" + why, wide);
    expect([](Sidecar &s) { s.set("rwkv_ms_boundary_mode", text("learned")); }, "RWKV_MS_E_BOUNDARY_MODE",
           at + "rwkv_ms_boundary_mode: expected 'fixed_chunk', found 'learned'");
    expect([](Sidecar &s) { s.keys.emplace_back("delta_mem.memory_backend", text("lstm")); },
           "RWKV_MS_E_MEMORY_BACKEND", at + "memory_backend: expected 'rwkv_ms', found 'lstm'");
    for (const char *name : {"fusion_placement", "rwkv_ms_fusion_placement"})
        expect([&](Sidecar &s) { s.edit("config_json", "{", "{\"" + std::string(name) + "\":\"ffn\","); },
               "RWKV_MS_E_FUSION", at + "config_json: " + name + ": expected \"attention_output\", found \"ffn\"");
    expect([](Sidecar &s) { s.edit("config_json", "{", "{\"fusion_mode\":1,"); }, "RWKV_MS_E_FUSION",
           at + "config_json: fusion_mode: expected \"add\", found 1");
    Sidecar added;
    added.edit("config_json", "{", R"({"fusion_placement":"attention_output","a_fusion_mode":"add","x":1,)");
    open(added);
    expect([](Sidecar &s) { s.edit("config_json", "\"standard\"", "\"delta\""); }, "RWKV_MS_E_UPDATE_MODE",
           at + "config_json: state_update_mode: expected 'standard', 'lambda_outside' or 'no_lambda', found 'delta'");
    expect([](Sidecar &s) { s.edit("config_json", "scale\":false", "scale\":true"); },
           "RWKV_MS_E_TRAINABLE_DELTA_SCALE",
           at + "config_json: trainable_delta_scale: expected false, found true: this runtime scales every delta by "
                "alpha / rank");
    expect([](Sidecar &s) { s.set("rwkv_ms_num_states", u32(65537)); }, "RWKV_MS_E_UNSUPPORTED",
           ": rwkv_ms_num_states: expected at most 65536, found 65537");
    Settings tall;
    tall.states = 65536;
    tall.rank = 72;
    expect([](Sidecar &) {}, "RWKV_MS_E_UNSUPPORTED",
           ": rwkv_ms_num_states * rank * rank: expected at most 268435456, found 339738624", tall);
}

TEST(hidden_states_of_a_million) {
    constexpr uint64_t kMost = 1 << 20;
    const auto as_wide = [](uint64_t width) {
        Settings s;
        s.hidden = s.rank = 1;
        Sidecar sidecar(s);
        for (const char *name : {"mem_q", "mem_k", "mem_v", "beta"}) {
            Tensor &tensor = sidecar.tensor(name);
            tensor.ne = {width, 1};
            tensor.data.assign(2 * width, '\0');
        }
        sidecar.count();
        return sidecar;
    };
    open(as_wide(kMost));
    expect_fault(as_wide(kMost + 1).bytes(), "RWKV_MS_E_UNSUPPORTED",
                 ": hidden size: expected at most 1048576, found 1048577");
}

// The gate that erases: what is written counts, also where it is 0.
TEST(erase_gates) {
    for (const auto &[written, expected] : {std::pair{"0", 0.0}, {"0.0", 0.0}, {"-0.5", -0.5}, {"0.5", 0.5}, {"1", 1.0}, {"2.5", 2.5}}) {
        Settings s;
        s.erase_gate = written;
        const SidecarHandle sidecar = open(Sidecar(s));
        rwkv_ms_config config{};
        expect_ok(rwkv_ms_sidecar_config(sidecar.get(), &config), "config");
        CHECK_EQUAL(config.erase_gate, expected);
    }
}

TEST(flags_that_are_false) {
    for (int bits = 0; bits < 8; ++bits) {
        Settings s;
        s.normalize_qk = (bits & 1) != 0;
        s.couple_lambda = (bits & 2) != 0;
        s.rankwise_gates = (bits & 4) != 0;
        const SidecarHandle sidecar = open(Sidecar(s));
        rwkv_ms_config config{};
        expect_ok(rwkv_ms_sidecar_config(sidecar.get(), &config), "config");
        CHECK(config.normalize_qk == (bits & 1) && config.couple_lambda == (bits >> 1 & 1) &&
              config.rankwise_gates == (bits >> 2 & 1));
    }
}

// Each of many layers has the weights that the file gives it: as if it were alone in a sidecar.
TEST(layers_have_their_own_weights) {
    Settings s;
    s.layers = {1, 2, 10, 11, 20, 33, 41};
    const Sidecar all(s);
    Sidecar turned = all; // a file may have its tensors in any order
    std::reverse(turned.tensors.begin(), turned.tensors.end());
    const SidecarHandle sidecar = open(turned);
    const ContextHandle handle = context(sidecar.get());
    const std::vector<float> hidden = random_values(3 * s.hidden, 1);
    for (const int number : s.layers) {
        Settings one = s;
        one.layers = {number};
        Sidecar alone(one);
        for (Tensor &tensor : alone.tensors) tensor.data = Sidecar(all).tensor(tensor.name).data;
        const SidecarHandle opened = open(alone);
        const ContextHandle own = context(opened.get());
        Layer of_all(handle.get(), s, number), of_one(own.get(), one, number);
        of_all.forward(hidden);
        of_one.forward(hidden);
        CHECK(of_all.q == of_one.q && of_all.o == of_one.o);
        CHECK(of_all.state() == of_one.state());
    }
}

// Numbers beyond 8 and 16 bits.
TEST(large_settings) {
    Settings s;
    s.rank = 2;
    s.states = 300;
    s.chunk = 100000;
    s.layers = {0, 255, 256, 65535, 70000};
    s.read_top_k = 257;
    s.q_out = 300;
    s.o_out = 64;
    const SidecarHandle sidecar = open(Sidecar(s));
    rwkv_ms_config config{};
    expect_ok(rwkv_ms_sidecar_config(sidecar.get(), &config), "config");
    CHECK_EQUAL(config.num_states, 300);
    CHECK_EQUAL(config.chunk_size, int64_t{100000});
    CHECK_EQUAL(config.read_top_k, 257);
    std::vector<int32_t> layers(s.layers.size());
    expect_ok(rwkv_ms_sidecar_layers(sidecar.get(), layers.data(), layers.size(), nullptr), "layers");
    CHECK(layers == std::vector<int32_t>(s.layers.begin(), s.layers.end()));
    const ContextHandle handle = context(sidecar.get());
    for (const int number : s.layers) {
        Layer layer(handle.get(), s, number);
        const int64_t start = int64_t{299} * 100000 + 99999; // the last of the last slot
        expect_ok(rwkv_ms_state_set(handle.get(), number, nullptr, 0, nullptr, 0, &start), "set");
        layer.forward(random_values(3 * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
        CHECK(layer.tap("slot_indices") == std::vector<double>({299, 0, 0}));
        CHECK_EQUAL(layer.state().position, start + 3);
    }
}

int main() { return run_all(); }
