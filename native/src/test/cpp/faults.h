// A sidecar with one fault must be refused with its status and its whole text.
#pragma once

#include <functional>
#include <string>

#include "check.h"
#include "handles.h"

namespace test {

inline void expect_fault(const std::string &bytes, const std::string &status, const std::string &text) {
    SidecarHandle handle;
    const int32_t found = try_open(bytes, handle);
    CHECK_EQUAL(status_text(found), status);
    CHECK_EQUAL(last_error(rwkv_ms_runtime_error, runtime()), temporary_file() + text);
    CHECK(handle == nullptr);
}

inline void expect_fault(const std::function<void(Sidecar &)> &spoil, const std::string &status,
                         const std::string &text, const Settings &s = {}) {
    Sidecar sidecar(s);
    spoil(sidecar);
    expect_fault(sidecar.bytes(), status, text);
}

} // namespace test
