// rwkv_ms_scan: coefficients and scan without weights.
#include <algorithm>
#include <cfloat>
#include <climits>

#include "check.h"
#include "handles.h"

using namespace test;

namespace {

// Inputs and room for the outputs of one call.
struct Call {
    static constexpr size_t kTokens = 6, kRank = 4, kStates = 3;
    rwkv_ms_config config{};
    std::vector<float> r, w, k, v, a, b, beta, lambda, state;
    std::vector<uint8_t> mask;
    int64_t position = 0;
    std::vector<float> w_decay, keep, erase, write, raw_reads, routes_per_head, routes, write_routes, final_state;
    std::vector<int64_t> slots;
    rwkv_ms_scan_input input{};
    rwkv_ms_scan_output output{};

    Call() {
        config.rank = kRank;
        config.num_state_heads = 1;
        config.num_states = kStates;
        config.chunk_size = 2;
        config.erase_gate = 1;
        config.semantics_version = 1;
        config.rankwise_gates = 1;
        unsigned seed = 1;
        for (std::vector<float> *values : {&r, &w, &k, &v, &a, &b})
            *values = random_values(kTokens * kRank, 0.5, seed++);
        beta = random_values(kTokens * kRank, 0.1, seed++);
        lambda = random_values(kTokens * kRank, 0.1, seed++);
        state = random_values(kStates * kRank * kRank, 0.5, seed);
        for (std::vector<float> *values : {&w_decay, &keep, &erase, &write, &raw_reads})
            values->assign(kTokens * kRank, -7);
        for (std::vector<float> *values : {&routes_per_head, &routes, &write_routes})
            values->assign(kTokens * kStates, -7);
        final_state.assign(state.size(), -7);
        slots.assign(kTokens, -7);
        connect();
    }

    void connect() {
        const auto in = [](const std::vector<float> &values) { return rwkv_ms_floats{values.data(), values.size()}; };
        const auto out = [](std::vector<float> &values) { return rwkv_ms_buffer{values.data(), values.size()}; };
        input = {static_cast<int32_t>(kTokens),
                 0,
                 in(r),
                 in(w),
                 in(k),
                 in(v),
                 in(a),
                 in(b),
                 in(beta),
                 in(lambda),
                 in(state),
                 mask.empty() ? nullptr : mask.data(),
                 position};
        output = {out(w_decay), out(keep),         out(erase),       out(write),   out(raw_reads), out(routes_per_head),
                  out(routes),  out(write_routes), out(final_state), slots.data(), slots.size(),   -7};
    }

    int32_t run() { return rwkv_ms_scan(runtime(), &config, &input, &output); }
    std::string error() const { return last_error(rwkv_ms_runtime_error, runtime()); }
};

} // namespace

TEST(a_state_of_one_number) {
    // rank 1, one slot: S' = keep d S + write v k + erase (S a) b, and a route of 1.
    Call call;
    call.config.rank = 1;
    call.config.num_states = 1;
    call.r = {2, 3};
    call.w = {0, 0};
    call.k = {5, 5};
    call.v = {7, 7};
    call.a = {-1, -1};
    call.b = {0.5f, 0.5f};
    call.beta = {0.25f, 0.25f};
    call.lambda = {0.5f, 0.5f};
    call.state = {4};
    for (auto *values : {&call.w_decay, &call.keep, &call.erase, &call.write, &call.raw_reads, &call.routes,
                         &call.routes_per_head, &call.write_routes}) {
        values->assign(2, -7);
    }
    call.final_state.assign(1, -7);
    call.slots.assign(2, -7);
    call.connect();
    call.input.n_tokens = 2;
    CHECK_EQUAL(call.run(), 0);
    const double decay = static_cast<float>(std::exp(-1.0));
    CHECK_EQUAL(call.w_decay[0], static_cast<float>(decay));
    CHECK_EQUAL(call.raw_reads[0], 8.0f); // before the write
    const float first = static_cast<float>(0.5 * decay * 4 + 0.25 * 7 * 5 + 0.25 * (4 * -1) * 0.5);
    CHECK_EQUAL(call.raw_reads[1], 3 * first);
    CHECK_EQUAL(call.final_state[0],
                static_cast<float>(0.5 * decay * first + 0.25 * 7 * 5 + 0.25 * (first * -1.0) * 0.5));
    CHECK_EQUAL(call.routes[1], 1.0f);
    CHECK_EQUAL(call.output.final_position, 2);
}

TEST(update_modes) {
    const struct {
        int mode, semantics;
        bool keep_is_lambda, erase_has_lambda;
    } rows[] = {{RWKV_MS_MODE_STANDARD, 1, true, false},
                {RWKV_MS_MODE_LAMBDA_OUTSIDE, 1, true, true},
                {RWKV_MS_MODE_NO_LAMBDA, 1, false, false},
                {RWKV_MS_MODE_LAMBDA_OUTSIDE, 2, false, false}};
    for (const auto &row : rows) {
        Call call;
        call.config.update_mode = row.mode;
        call.config.semantics_version = row.semantics;
        CHECK_EQUAL(call.run(), 0);
        for (size_t i = 0; i < call.beta.size(); ++i) {
            CHECK_EQUAL(call.keep[i], row.keep_is_lambda ? call.lambda[i] : 1.0f);
            CHECK_EQUAL(call.erase[i], row.erase_has_lambda ? call.lambda[i] * call.beta[i] : call.beta[i]);
            CHECK_EQUAL(call.write[i], call.beta[i]);
        }
    }
}

TEST(scalar_gates_hold_for_every_row) {
    Call call;
    call.config.rankwise_gates = 0;
    call.beta.resize(Call::kTokens);
    call.lambda.resize(Call::kTokens);
    call.connect();
    CHECK_EQUAL(call.run(), 0);
    for (size_t i = 0; i < call.keep.size(); ++i) CHECK_EQUAL(call.keep[i], call.lambda[i / Call::kRank]);
}

TEST(a_zero_slot_has_cosine_zero) {
    Call call;
    call.config.semantics_version = 2;
    std::fill(call.state.begin() + 16, call.state.begin() + 32, 0.0f); // slot 1
    std::copy_n(call.state.begin(), 16, call.state.begin() + 32);      // slot 2 as slot 0
    call.mask.assign(Call::kTokens, 0);
    call.mask[0] = 1;
    call.connect();
    CHECK_EQUAL(call.run(), 0);
    CHECK_EQUAL(call.routes[0], call.routes[2]);
    const double cosine = std::log(static_cast<double>(call.routes[0]) / call.routes[1]); // score of slot 0 minus 0
    CHECK(std::fabs(cosine) <= 1 && std::fabs(cosine) > 1e-3);
    for (size_t t = 1; t < Call::kTokens; ++t) CHECK_EQUAL(call.slots[t], 0);
    CHECK_EQUAL(call.output.final_position, 1);
}

TEST(masked_tokens_leave_the_state) {
    Call call;
    call.mask.assign(Call::kTokens, 0);
    call.connect();
    CHECK_EQUAL(call.run(), 0);
    CHECK(call.final_state == call.state);
    CHECK(call.raw_reads == std::vector<float>(call.raw_reads.size(), 0));
    CHECK(call.routes == std::vector<float>(call.routes.size(), 0));
    CHECK(call.write_routes == std::vector<float>(call.routes.size(), 0));
}

TEST(positions_wrap_over_the_slots) {
    Call call;
    call.position = (int64_t{1} << 40) + 3;
    call.connect();
    CHECK_EQUAL(call.run(), 0);
    for (size_t t = 0; t < Call::kTokens; ++t)
        CHECK_EQUAL(call.slots[t], (call.position + static_cast<int64_t>(t)) / 2 % 3);
}

TEST(bad_calls_are_refused_and_write_nothing) {
    const struct {
        void (*spoil)(Call &);
        const char *status, *text;
    } rows[] = {
        {[](Call &c) { c.config.num_state_heads = 2; }, "RWKV_MS_E_NUM_STATE_HEADS",
         "config: num_state_heads: expected 1, found 2"},
        {[](Call &c) { c.config.semantics_version = 3; }, "RWKV_MS_E_UNSUPPORTED",
         "config: semantics_version: expected 1 or 2, found 3"},
        {[](Call &c) { c.config.update_mode = 3; }, "RWKV_MS_E_UNSUPPORTED",
         "config: update_mode: expected 0 to 2, found 3"},
        {[](Call &c) { c.config.rankwise_gates = 2; }, "RWKV_MS_E_ARGUMENT",
         "config: rankwise_gates: expected 0 or 1, found 2"},
        {[](Call &c) { c.config.rank = 0; }, "RWKV_MS_E_RANK", "config: rank: expected 1 to 32768, found 0"},
        {[](Call &c) { c.config.rank = 1025; }, "RWKV_MS_E_UNSUPPORTED",
         "config: rank: expected at most 1024, found 1025"},
        {[](Call &c) { c.config.num_states = 0; }, "RWKV_MS_E_NUM_STATES",
         "config: num_states: expected 1 to 2147483647, found 0"},
        {[](Call &c) { c.config.num_states = INT_MAX; }, "RWKV_MS_E_UNSUPPORTED",
         "config: rwkv_ms_num_states: expected at most 65536, found 2147483647"},
        {[](Call &c) { c.config.rank = 1024, c.config.num_states = 257; }, "RWKV_MS_E_UNSUPPORTED",
         "config: rwkv_ms_num_states * rank * rank: expected at most 268435456, found 269484032"},
        {[](Call &c) { c.config.rank = 65, c.config.num_states = 65536; }, "RWKV_MS_E_UNSUPPORTED",
         "config: rwkv_ms_num_states * rank * rank: expected at most 268435456, found 276889600"},
        {[](Call &c) { c.config.chunk_size = 0; }, "RWKV_MS_E_CHUNK_SIZE",
         "config: chunk_size: expected 1 to 9223372036854775807, found 0"},
        {[](Call &c) { c.config.read_top_k = -1; }, "RWKV_MS_E_SETTING_RANGE",
         "config: read_top_k: expected 0 to 2147483647, found -1"},
        {[](Call &c) { c.config.erase_gate = NAN; }, "RWKV_MS_E_SETTING_RANGE",
         "config: erase_gate: expected a finite number, found nan"},
        {[](Call &c) { c.input.n_tokens = 0; }, "RWKV_MS_E_ARGUMENT", "n_tokens: expected at least 1, found 0"},
        {[](Call &c) { c.input.reserved = 1; }, "RWKV_MS_E_ARGUMENT", "reserved: expected 0, found 1"},
        {[](Call &c) { c.input.position = -1; }, "RWKV_MS_E_STATE_VALUE",
         "position: expected 0 or more and room for 6 tokens, found -1"},
        {[](Call &c) { c.input.position = INT64_MAX; }, "RWKV_MS_E_STATE_VALUE",
         "position: expected 0 or more and room for 6 tokens, found 9223372036854775807"},
        {[](Call &c) { c.input.k.data = nullptr; }, "RWKV_MS_E_ARGUMENT", "k: must not be NULL"},
        {[](Call &c) { --c.input.beta.count; }, "RWKV_MS_E_ARGUMENT", "beta: expected 24 floats, found 23"},
        {[](Call &c) { ++c.input.state.count; }, "RWKV_MS_E_ARGUMENT", "state: expected 48 floats, found 49"},
        {[](Call &c) { c.output.keep.data = nullptr; }, "RWKV_MS_E_ARGUMENT", "keep: must not be NULL"},
        {[](Call &c) { --c.output.raw_reads.count; }, "RWKV_MS_E_SHORT_BUFFER",
         "raw_reads: expected room for at least 24 floats, found 23"},
        {[](Call &c) { --c.output.slot_indices_count; }, "RWKV_MS_E_SHORT_BUFFER",
         "slot_indices: expected room for at least 6 elements, found 5"},
        {[](Call &c) { c.config.chunk_size = -1; }, "RWKV_MS_E_CHUNK_SIZE",
         "config: chunk_size: expected 1 to 9223372036854775807, found -1"},
        {[](Call &c) { c.output.erase.data = c.output.keep.data + 1; }, "RWKV_MS_E_ARGUMENT",
         "erase: expected memory of its own, found it overlapping keep"},
        {[](Call &c) { c.input.k.data = c.output.write.data; }, "RWKV_MS_E_ARGUMENT",
         "k: expected memory of its own, found it overlapping write"},
    };
    for (const auto &row : rows) {
        Call call;
        row.spoil(call);
        CHECK_EQUAL(status_text(call.run()), row.status);
        CHECK_EQUAL(call.error(), row.text);
        CHECK(call.raw_reads == std::vector<float>(call.raw_reads.size(), -7));
        CHECK(call.final_state == std::vector<float>(call.final_state.size(), -7));
        CHECK_EQUAL(call.output.final_position, -7);
    }
    Call call;
    call.mask = {1, 1, 2, 1, 1, 1};
    call.connect();
    CHECK_EQUAL(status_text(call.run()), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(call.error(), "mask: token 2: expected 0 or 1, found 2");
    CHECK_EQUAL(status_text(rwkv_ms_scan(nullptr, &call.config, &call.input, &call.output)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_scan(runtime(), nullptr, &call.input, &call.output)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_scan(runtime(), &call.config, nullptr, &call.output)), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(status_text(rwkv_ms_scan(runtime(), &call.config, &call.input, nullptr)), "RWKV_MS_E_ARGUMENT");
}

// semantics.md, version 2: a norm is at least 1e-6. Slot 1 reads a vector of norm c along r, the others nothing.
TEST(the_floor_of_a_cosine) {
    for (const auto &[c, cosine] : {std::pair{5e-7f, 0.5}, {2e-6f, 1.0}}) {
        Call call;
        call.config.semantics_version = 2;
        std::fill(call.state.begin(), call.state.end(), 0.0f);
        std::fill(call.r.begin(), call.r.end(), 0.0f);
        call.r[0] = 1;
        call.state[Call::kRank * Call::kRank] = c;
        CHECK_EQUAL(call.run(), 0);
        CHECK(std::fabs(std::log(static_cast<double>(call.routes[1]) / call.routes[0]) - cosine) < 1e-5);
    }
}

TEST(a_position_has_64_bits) {
    for (const int64_t position : {int64_t{1} << 31, int64_t{1} << 32, int64_t{1} << 62}) {
        Call call;
        call.input.position = position;
        CHECK_EQUAL(call.run(), 0);
        for (size_t t = 0; t < Call::kTokens; ++t)
            CHECK_EQUAL(call.slots[t], (position + static_cast<int64_t>(t)) / 2 % static_cast<int64_t>(Call::kStates));
        CHECK_EQUAL(call.output.final_position, position + static_cast<int64_t>(Call::kTokens));
    }
}

TEST(a_chunk_has_64_bits) {
    constexpr int64_t kWide = int64_t{1} << 32;
    for (const int64_t chunk : {kWide + 1, kWide + 7, 5 * kWide + 2}) { // 1, 7 and 2 in 32 bits
        Call call;
        call.input.position = chunk - 3;
        call.config.chunk_size = chunk;
        CHECK_EQUAL(call.run(), 0);
        for (size_t t = 0; t < Call::kTokens; ++t) CHECK_EQUAL(call.slots[t], t < 3 ? 0 : 1);
    }
}

// Rank 1, one slot, n tokens alike: S' = keep d S + write v k + erase (S a) b.
namespace {

struct Number : Call {
    explicit Number(size_t n, float start) : Call() {
        config.rank = 1;
        config.num_states = 1;
        for (auto *values : {&r, &k, &beta, &lambda}) values->assign(n, 1);
        for (auto *values : {&v, &a, &b}) values->assign(n, 0);
        w.assign(n, -200); // no decay
        state = {start};
        for (auto *values : {&w_decay, &keep, &erase, &write, &raw_reads, &routes, &routes_per_head, &write_routes})
            values->assign(n, -7);
        final_state.assign(1, -7);
        slots.assign(n, -7);
        connect();
        input.n_tokens = static_cast<int32_t>(n);
    }
    float end() {
        CHECK_EQUAL(run(), 0);
        return final_state[0];
    }
};

} // namespace

// A change of two units in the last place, 4,096 times.
TEST(slow_changes_add_up) {
    Number write(4096, 1);
    write.v.assign(4096, std::ldexp(1.0f, -22));
    CHECK_EQUAL(write.end(), 1 + std::ldexp(1.0f, -10));
    Number lambda(4096, 1);
    lambda.lambda.assign(4096, 1 - std::ldexp(1.0f, -22));
    double expected = 1;
    for (int i = 0; i < 4096; ++i) expected = static_cast<float>(expected * (1 - std::ldexp(1.0, -22)));
    CHECK_EQUAL(lambda.end(), static_cast<float>(expected));
    CHECK(expected < 1 - 1e-4);
    Number decay(4096, 1);
    decay.w.assign(4096, std::log(4e-7f)); // a decay of 1 - 4e-7
    decay.end();
    expected = 1;
    for (int i = 0; i < 4096; ++i) expected = static_cast<float>(expected * static_cast<double>(decay.w_decay[0]));
    CHECK_EQUAL(decay.final_state[0], static_cast<float>(expected));
    CHECK(expected < 1 - 1e-3);
    Number erase(4096, 1);
    erase.a.assign(4096, -1);
    erase.b.assign(4096, std::ldexp(1.0f, -22));
    expected = 1;
    for (int i = 0; i < 4096; ++i) expected = static_cast<float>(expected - expected * std::ldexp(1.0, -22));
    CHECK_EQUAL(erase.end(), static_cast<float>(expected));
    CHECK(expected < 1 - 1e-4);
    Number small(8, 0);
    small.v.assign(8, std::ldexp(1.0f, -100));
    CHECK_EQUAL(small.end(), std::ldexp(1.0f, -97));
}

TEST(an_erase_gate_of_zero_erases_nothing) {
    for (const double gate : {0.0, -0.0, -0.5, 1.0}) {
        Number number(1, 1);
        number.a = {-1};
        number.b = {0.5f};
        number.config.erase_gate = gate;
        CHECK_EQUAL(number.end(), static_cast<float>(1 - gate * 0.5));
    }
}

// Slots follow the position, which has 64 bits.
TEST(slots_at_late_positions) {
    for (const int64_t start : {int64_t{0}, (int64_t{1} << 24) - 3, int64_t{1} << 24, (int64_t{1} << 31) - 3, int64_t{1} << 31,
                                (int64_t{1} << 32) - 3, (int64_t{1} << 32) + 1, (int64_t{1} << 53) + 1, INT64_MAX - 6}) {
        Call call;
        call.input.position = start;
        CHECK_EQUAL(call.run(), 0);
        for (size_t t = 0; t < Call::kTokens; ++t)
            CHECK_EQUAL(call.slots[t], (start + static_cast<int64_t>(t)) / 2 % static_cast<int64_t>(Call::kStates));
        CHECK_EQUAL(call.output.final_position, start + 6);
    }
}

int main() { return run_all(); }
