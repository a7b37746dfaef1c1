// The keys of a sidecar (sidecar.md, "Keys"), and the JSON documents that some of them hold.
#pragma once

#include <string>
#include <string_view>

#include "gguf_file.h"
#include "json.h"

namespace rwkv_ms {

// "delta_mem." and the name.
std::string key_of(std::string_view name);
// How messages name a key of a file.
std::string key_place(const GgufFile &file, std::string_view name);

// Every key that the format requires must be there, of its type and of this format version: RWKV_MS_E_KEY_MISSING,
// _TYPE, _VERSION. Other keys are ignored.
void check_keys(const GgufFile &file);

struct Documents {
    Json target_layers, delta_heads, attention, config, metadata, manifest;
};

// After check_keys: RWKV_MS_E_JSON_SYNTAX or RWKV_MS_E_JSON_FORM. The runtime hooks are parsed too, and ignored.
Documents read_documents(const GgufFile &file);

} // namespace rwkv_ms
