// The few lines of a test framework that these tests need.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace test {

inline int failures = 0;

inline void fail_at(const char *file, int line, const std::string &text) {
    ++failures;
    std::fprintf(stderr, "%s:%d: %s\n", file, line, text.c_str());
}

// By value, so that texts of every length are of one type, and this is compiled once for all of them.
template <typename A, typename B> void check_equal(const char *file, int line, const char *what, A found, B expected) {
    if (found == expected) return;
    std::ostringstream text;
    text << what << "\n  expected: " << expected << "\n  found:    " << found;
    fail_at(file, line, text.str());
}

// How often to repeat what only shows after many rounds. RWKV_MS_TEST_ROUNDS is a share of it in percent, for processors that
// are emulated: there it would take minutes, and says nothing more.
inline int rounds(int usual) {
    const char *const percent = std::getenv("RWKV_MS_TEST_ROUNDS");
    const int share = percent == nullptr ? usual : static_cast<int>(int64_t{usual} * std::atoi(percent) / 100);
    return share < 1 ? 1 : share;
}

using Case = std::pair<const char *, void (*)()>;

inline std::vector<Case> &cases() {
    static std::vector<Case> all;
    return all;
}

struct Register {
    Register(const char *name, void (*body)()) { cases().emplace_back(name, body); }
};

// With RWKV_MS_TEST_FIRST the first test that fails is the last: behind it a faulty library may keep the others waiting for ever.
inline int run_all() {
    const bool first = std::getenv("RWKV_MS_TEST_FIRST") != nullptr;
    for (const auto &[name, body] : cases()) {
        const int before = failures;
        try {
            body();
        } catch (const std::exception &e) {
            fail_at(name, 0, e.what());
        }
        std::printf("%s %s\n", failures == before ? "passed" : "FAILED", name);
        if (first && failures > before) return 1;
    }
    std::printf("%zu tests, %d failed checks\n", cases().size(), failures);
    return failures == 0 && !cases().empty() ? 0 : 1;
}

} // namespace test

#define TEST(name)                                                                                                     \
    static void name();                                                                                                \
    static const test::Register register_##name(#name, name);                                                          \
    static void name()
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) test::fail_at(__FILE__, __LINE__, "does not hold: " #condition);                             \
    } while (false)
#define CHECK_EQUAL(found, expected) test::check_equal(__FILE__, __LINE__, #found, found, expected)
