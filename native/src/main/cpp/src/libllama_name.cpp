// In a file of its own: the library is linked with several llama.cpp whose names differ (cmake/Releases.cmake).
#include "llama_api.h"

namespace rwkv_ms {

const char *const kLibllama = RWKV_MS_LIBLLAMA;

} // namespace rwkv_ms
