// Memory ends where its owner says. What this program and the library allocate in C++ ends at a page that nobody may touch, and
// each result in ggml's memory begins where the device asks: whatever reads or writes one element too many ends the program here.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

#include <dlfcn.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "ggml-backend.h"
#include "ggml.h"
#include "handles.h"

using namespace test;

namespace {

constexpr size_t kUnit = 16; // what is no multiple of it, such as a text, ends within a page

// Before each piece of memory.
struct alignas(kUnit) Head {
    void *map; // nullptr: of malloc
    size_t size;
};

// Maps of one page and its fence, which are used again: to make them would take most of the time. This program has one thread.
struct Spare {
    void *maps[4096];
    size_t count = 0;
} spare;

size_t page() {
    static const size_t size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

// LeakSanitizer does not know these maps, and what is pointed at only from there would be lost to it.
void watch([[maybe_unused]] const Head &head) {
#ifdef __SANITIZE_ADDRESS__
    __lsan_register_root_region(head.map, head.size - page());
#endif
}

void unwatch([[maybe_unused]] const Head &head) {
#ifdef __SANITIZE_ADDRESS__
    __lsan_unregister_root_region(head.map, head.size - page());
#endif
}

void *fenced(size_t size) {
    const size_t used = (size + sizeof(Head) + page() - 1) / page() * page();
    void *map = used == page() && spare.count > 0 ? spare.maps[--spare.count] : nullptr;
    if (map == nullptr) {
        map = ::mmap(nullptr, used + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED) throw std::bad_alloc();
        ::mprotect(static_cast<char *>(map) + used, page(), PROT_NONE);
    }
    Head *const head = reinterpret_cast<Head *>(static_cast<char *>(map) + used - size) - 1;
    *head = {map, used + page()};
    watch(*head);
    return head + 1;
}

void give_back(void *memory) noexcept {
    if (memory == nullptr) return;
    Head *const head = static_cast<Head *>(memory) - 1;
    if (head->map == nullptr) {
        std::free(head);
        return;
    }
    unwatch(*head);
    if (head->size == 2 * page() && spare.count < std::size(spare.maps))
        spare.maps[spare.count++] = head->map;
    else
        ::munmap(head->map, head->size);
}

} // namespace

void *operator new(size_t size) {
    if (size != 0 && size % kUnit == 0) return fenced(size);
    Head *const head = static_cast<Head *>(std::malloc(sizeof(Head) + size));
    if (head == nullptr) throw std::bad_alloc();
    head->map = nullptr;
    return head + 1;
}
void operator delete(void *memory) noexcept { give_back(memory); }
void operator delete(void *memory, size_t) noexcept { give_back(memory); }

// ggml does not ask where a result is put, and a processor that reads it in pieces of its alignment does.
extern "C" ggml_status ggml_backend_tensor_alloc(ggml_backend_buffer_t memory, ggml_tensor *tensor, void *at) {
    using Function = ggml_status(ggml_backend_buffer_t, ggml_tensor *, void *);
    static const auto next = reinterpret_cast<Function *>(dlsym(RTLD_NEXT, "ggml_backend_tensor_alloc"));
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(at) % ggml_backend_buffer_get_alignment(memory), uintptr_t{0});
    return next(memory, tensor, at);
}

namespace {

constexpr size_t kTokens = 16, kWhole = 64; // few, and as many as are computed at once

// All memory a multiple of kUnit.
Settings in_units(Settings s) {
    s.states = 16;
    s.chunk = 2;
    s.heads = R"(["q","k","v","o"])";
    return s;
}

std::vector<uint8_t> some_masked(size_t tokens) {
    std::vector<uint8_t> mask(tokens, 1);
    for (size_t t = 1; t < tokens; t += 3) mask[t] = 0;
    return mask;
}

// Bytes of any number that end at a page which nobody may touch.
class Edge {
public:
    explicit Edge(const std::vector<uint8_t> &bytes) : size_(bytes.size()), memory_((bytes.size() + kUnit) / kUnit * kUnit) {
        std::copy(bytes.begin(), bytes.end(), data());
    }
    uint8_t *data() { return memory_.data() + memory_.size() - size_; }
    size_t size() const { return size_; }

private:
    size_t size_;
    std::vector<uint8_t> memory_;
};

} // namespace

TEST(forwards_of_every_setting) {
    for_each_setting([](const Settings &setting, const std::string &) {
        if (!setting.normalize_qk) return; // takes no other memory
        const Settings s = in_units(setting);
        OwnLayer layer(s);
        State start = layer.state();
        start.values = random_values(start.values.size(), 0.03);
        layer.set(start);
        const std::vector<float> few = random_values(kTokens * s.hidden, 1), many = random_values(kWhole * s.hidden, 1);
        layer.forward(few, some_masked(kTokens), RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE);
        layer.forward(few, {}, RWKV_MS_FORWARD_READ_ONLY);
        layer.forward(many, some_masked(kWhole), RWKV_MS_FORWARD_TAPS);
        layer.forward(many, {}, s.semantics == 1 ? RWKV_MS_FORWARD_LEGACY_PREDECESSOR : 0);
        CHECK(layer.state().position != 0);
    });
}

TEST(scans) {
    constexpr size_t kRank = 4, kStates = 16;
    for (const size_t gates : {kRank, size_t{1}}) {
        for (const int semantics : {1, 2}) {
            for (const int top_k : {0, 3}) {
                rwkv_ms_config config{};
                config.rank = kRank;
                config.num_state_heads = 1;
                config.num_states = kStates;
                config.chunk_size = 2;
                config.erase_gate = 1;
                config.read_top_k = top_k;
                config.semantics_version = semantics;
                config.rankwise_gates = gates == kRank;
                const auto in = [](const std::vector<float> &values) { return rwkv_ms_floats{values.data(), values.size()}; };
                const std::vector<float> row = random_values(kTokens * kRank, 0.5), gate = random_values(kTokens * gates, 0.1),
                                         state = random_values(kStates * kRank * kRank, 0.5);
                std::vector<std::vector<float>> rows(5, std::vector<float>(kTokens * kRank)),
                    routes(3, std::vector<float>(kTokens * kStates));
                std::vector<float> final_state(state.size());
                std::vector<int64_t> slots(kTokens);
                const auto out = [](std::vector<float> &values) { return rwkv_ms_buffer{values.data(), values.size()}; };
                const std::vector<uint8_t> mask = some_masked(kTokens);
                const rwkv_ms_scan_input input{kTokens,  0,        in(row),  in(row),   in(row),     in(row), in(row),
                                               in(row),  in(gate), in(gate), in(state), mask.data(), 0};
                rwkv_ms_scan_output output{out(rows[0]),   out(rows[1]),   out(rows[2]),     out(rows[3]),  out(rows[4]), out(routes[0]),
                                           out(routes[1]), out(routes[2]), out(final_state), slots.data(), slots.size(), -1};
                CHECK_EQUAL(rwkv_ms_scan(runtime(), &config, &input, &output), 0);
                CHECK_EQUAL(output.final_position, int64_t{kTokens - 5});
            }
        }
    }
}

TEST(payloads_of_every_length) {
    Settings s = in_units({});
    s.layers = {2, 5};
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    size_t size = 0;
    expect_ok(rwkv_ms_state_size(handle.get(), &size), "size");
    Edge whole(std::vector<uint8_t>(size, 0));
    expect_ok(rwkv_ms_state_save(handle.get(), whole.data(), size, nullptr), "save");
    expect_ok(rwkv_ms_state_load(handle.get(), whole.data(), size), "load");
    for (size_t length = 0; length < size; length += length < 100 ? 1 : 97) {
        Edge part(std::vector<uint8_t>(whole.data(), whole.data() + length));
        CHECK_EQUAL(status_text(rwkv_ms_state_load(handle.get(), part.data(), length)), "RWKV_MS_E_STATE_LENGTH");
    }
    std::vector<uint8_t> fingerprint(RWKV_MS_FINGERPRINT_BYTES);
    expect_ok(rwkv_ms_sidecar_fingerprint(sidecar.get(), fingerprint.data(), fingerprint.size()), "fingerprint");
    std::vector<int32_t> layers(2);
    size_t count = 0;
    expect_ok(rwkv_ms_sidecar_layers(sidecar.get(), layers.data(), layers.size(), &count), "layers");
    CHECK(layers == (std::vector<int32_t>{2, 5}));
}

int main() { return run_all(); }
