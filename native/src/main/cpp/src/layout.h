// The memory layout of every struct of rwkv_ms.h, for bindings that declare their own.
#pragma once

#include <string>

namespace rwkv_ms {

// Lines "struct.field offset size" and "struct - sizeof".
const std::string &layout_text();

} // namespace rwkv_ms
