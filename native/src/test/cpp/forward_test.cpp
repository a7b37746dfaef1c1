// The forward pass: against the double reference, and facts of the math that need no reference.
#include <thread>

#include "check.h"
#include "handles.h"
#include "reference.h"

using namespace test;

namespace {

constexpr double kTolerance = 1e-5; // absolute and relative, as the gate's

double largest(const Vector &values) {
    double max = 0;
    for (const double value : values) max = std::max(max, std::fabs(value));
    return max;
}

// Largest |found - expected| in units of the tolerance, 1e-5 * (floor + |expected|); infinity if the sizes differ or
// a value is no number.
double distance(const Vector &found, const Vector &expected, double floor = 1) {
    if (found.size() != expected.size()) return INFINITY;
    double worst = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        const double ratio = std::fabs(found[i] - expected[i]) / (kTolerance * (floor + std::fabs(expected[i])));
        worst = ratio <= worst ? worst : ratio;
        if (std::isnan(ratio)) return INFINITY;
    }
    return worst;
}

Vector doubles(const std::vector<float> &values) { return Vector(values.begin(), values.end()); }

State start_state(const Settings &s, double scale) {
    return {random_values(s.states * s.rank * s.rank, scale, 11), random_values(s.rank, 0.0625, 12), 13};
}

std::vector<uint8_t> some_masked(size_t tokens) {
    std::vector<uint8_t> mask(tokens, 1);
    for (size_t t = 2; t < tokens; t += 5) mask[t] = 0;
    return mask;
}

Vector last(const Vector &values, size_t count) {
    return Vector(values.end() - static_cast<std::ptrdiff_t>(count), values.end());
}

struct Inputs {
    double state_scale = 0.03, hidden_scale = 1;
    size_t tokens = 21;
    bool legacy = false;
    bool by_norm = false; // judge a tensor by its largest value, not each element by its own
};

// Every tensor of a forward with step trace against the reference.
void compare(const Settings &s, const Inputs &inputs, const std::string &name) {
    const Sidecar file(s);
    const SidecarHandle sidecar = open(file);
    const ContextHandle handle = context(sidecar.get());
    Layer layer(handle.get(), s);
    Reference reference(file, s);
    const State start = start_state(s, inputs.state_scale);
    layer.set(start);
    reference.start(start);
    const std::vector<float> hidden = random_values(inputs.tokens * s.hidden, inputs.hidden_scale);
    const std::vector<uint8_t> mask = some_masked(inputs.tokens);
    reference.forward(hidden, mask, inputs.legacy);
    layer.forward(hidden, mask,
                  RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE |
                      (inputs.legacy ? RWKV_MS_FORWARD_LEGACY_PREDECESSOR : 0));
    CHECK(reference.out.size() >= 32);
    for (const auto &[tensor, expected] : reference.out) {
        const double worst =
            distance(layer.tap(tensor), expected, inputs.by_norm ? std::max(1.0, largest(expected)) : 1);
        if (!(worst <= 1)) fail_at(name.c_str(), 0, tensor + ": " + std::to_string(worst) + " times the tolerance");
    }
    CHECK(layer.tap("final_state") == last(layer.tap("state_after"), reference.state.size()));
    CHECK(distance(layer.tap("final_previous_source"), reference.source) <= 1);
    CHECK_EQUAL(layer.tap("final_positions").at(0), static_cast<double>(reference.position));
    CHECK(doubles(layer.q) == layer.tap("delta_q"));
    CHECK(doubles(layer.o) == layer.tap("delta_o"));
    CHECK(layer.tap("r_heads") == layer.tap("feature_r"));
}

} // namespace

TEST(every_setting_agrees_with_the_reference) {
    test::for_each_setting([](const Settings &s, const std::string &name) {
        Inputs inputs;
        compare(s, inputs, name);
        inputs.legacy = true;
        if (s.semantics == 1) compare(s, inputs, name + ", legacy");
    });
}

TEST(other_shapes_agree_with_the_reference) {
    Settings s;
    s.heads = R"(["q","k","v","o"])";
    Inputs inputs;
    inputs.hidden_scale =
        0.125; // as fixtures have it; many tokens at larger ones sum up to states where float32 features show
    inputs.tokens = 70;
    for (const uint32_t rank : {1u, 3u, 16u, 40u}) {
        s.rank = rank;
        compare(s, inputs, "rank " + std::to_string(rank));
    }
    s.rank = 100;
    s.low_g = 64; // the pairs of w and a are narrower
    inputs.tokens = 9;
    compare(s, inputs, "rank 100");
    s.rank = 8;
    s.low_g = 32;
    inputs.tokens = 70;
    s.states = 1;
    compare(s, inputs, "one slot");
    s.states = 7;
    s.chunk = 1;
    s.type = kF32;
    s.hidden = 33; // no multiple of any vector width
    compare(s, inputs, "seven slots, float32, odd width");
}

// Rows of about twice the floors under which a norm is not taken: 1e-6 of the projections, 1e-12 of the keys.
TEST(rows_as_small_as_the_floors) {
    for (const double scale : {7e-7, 7e-13}) {
        for (const int semantics : {1, 2}) {
            Settings s;
            s.semantics = semantics;
            Inputs inputs;
            inputs.hidden_scale = scale;
            inputs.tokens = 9;
            compare(s, inputs, "hidden states of " + std::to_string(scale) + ", semantics " + std::to_string(semantics));
        }
    }
}

// Gates and decays saturate where hidden states are large; what is inside them overflows a float64's exponential.
TEST(large_hidden_states_saturate) {
    const Settings s;
    const Sidecar file(s);
    OwnLayer layer(file, s);
    Reference reference(file, s);
    const std::vector<float> hidden = random_values(3 * s.hidden, 1e5);
    reference.forward(hidden, {}, false);
    layer.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
    for (const char *tensor : {"feature_w", "feature_g", "feature_a", "beta", "w_decay"})
        CHECK(distance(layer.tap(tensor), reference.out.at(tensor)) <= 1);
}

// States as large as live sessions have. The features are float32, off by 6e-8 of themselves: a read of a state of 1500
// is off by 1e-4 then, whatever its own value, so each tensor is judged by its largest value. One slot, because several
// would turn that 1e-4 of a score into as much of a route.
TEST(large_states_agree_with_the_reference) {
    Settings s;
    s.states = 1;
    Inputs inputs;
    inputs.state_scale = 1500;
    inputs.tokens = 40;
    inputs.by_norm = true;
    compare(s, inputs, "large state");
}

TEST(scan_of_large_states_agrees_with_the_reference) {
    Settings s;
    s.scale = 4;
    OwnLayer layer(s);
    const State start = start_state(s, 500);
    layer.set(start);
    const size_t tokens = 40;
    layer.forward(random_values(tokens * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE);
    // the next state of the library's own recorded one and features
    const Vector before = layer.tap("state_before"), after = layer.tap("candidate_state"), r = layer.tap("feature_r"),
                 a = layer.tap("feature_a"), b = layer.tap("feature_b"), k = layer.tap("feature_k"),
                 v = layer.tap("feature_v"), keep = layer.tap("keep"), erase = layer.tap("erase"),
                 write = layer.tap("write"), decay = layer.tap("w_decay");
    const size_t d = s.rank, rows = s.states * d;
    Vector reads(tokens * rows), next(tokens * rows * d);
    for (size_t t = 0; t < tokens; ++t) {
        for (size_t row = 0; row < rows; ++row) {
            const size_t at = (t * rows + row) * d, i = t * d + row % d;
            double corr = 0;
            for (size_t j = 0; j < d; ++j) {
                reads[t * rows + row] += before[at + j] * r[t * d + j];
                corr += before[at + j] * a[t * d + j];
            }
            for (size_t j = 0; j < d; ++j) {
                next[at + j] = keep[i] * decay[t * d + j] * before[at + j] + write[i] * v[i] * k[t * d + j] +
                               erase[i] * corr * b[t * d + j];
            }
        }
    }
    CHECK(distance(layer.tap("slot_reads"), reads) <= 0.02); // one rounding to float32
    CHECK(distance(after, next) <= 0.02);
    CHECK(largest(before) > 1000);
}

TEST(any_split_gives_what_the_whole_gives) {
    const Settings s;
    const Sidecar file(s);
    const SidecarHandle sidecar = open(file);
    const size_t tokens = 150;
    const std::vector<float> hidden = random_values(tokens * s.hidden, 1);
    const std::vector<uint8_t> mask = some_masked(tokens);
    const ContextHandle whole_handle = context(sidecar.get());
    Layer whole(whole_handle.get(), s);
    whole.set(start_state(s, 0.03));
    whole.forward(hidden, mask);
    for (const size_t chunk : {1, 2, 7, 8, 9, 16, 63, 64, 65, 149}) {
        const ContextHandle handle = context(sidecar.get());
        Layer layer(handle.get(), s);
        layer.set(start_state(s, 0.03));
        Vector q, o;
        for (size_t t = 0; t < tokens; t += chunk) {
            const size_t n = std::min(chunk, tokens - t);
            const auto at = [](size_t i) { return static_cast<std::ptrdiff_t>(i); };
            layer.forward({hidden.begin() + at(t * s.hidden), hidden.begin() + at((t + n) * s.hidden)},
                          {mask.begin() + at(t), mask.begin() + at(t + n)});
            q.insert(q.end(), layer.q.begin(), layer.q.end());
            o.insert(o.end(), layer.o.begin(), layer.o.end());
        }
        CHECK(distance(q, doubles(whole.q)) <= 1);
        CHECK(distance(o, doubles(whole.o)) <= 1);
        CHECK(layer.state() == whole.state());
    }
}

// Also if the hidden size fills no vector, and if there are fewer tokens than threads.
TEST(threads_change_no_bit_before_the_readout) {
    Settings s;
    s.hidden = 67;
    write_file(temporary_file(), Sidecar(s).bytes());
    State first;
    Vector reads;
    for (const int32_t threads : {1, 2, 3}) {
        const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), threads, 0};
        rwkv_ms_runtime *made = nullptr;
        char error[4096] = "";
        expect_ok(rwkv_ms_runtime_create(&params, &made, error, sizeof error), error);
        const RuntimeHandle with_threads(made);
        rwkv_ms_sidecar *opened = nullptr;
        expect_ok(rwkv_ms_sidecar_open(made, temporary_file().c_str(), nullptr, 0, &opened), "open");
        const SidecarHandle sidecar(opened);
        const ContextHandle handle = context(opened);
        Layer layer(handle.get(), s);
        layer.set(start_state(s, 0.03));
        layer.forward(random_values(2 * s.hidden, 1));
        layer.forward(random_values(33 * s.hidden, 1), some_masked(33), RWKV_MS_FORWARD_TAPS);
        if (threads == 1) {
            first = layer.state();
            reads = layer.tap("raw_reads");
        }
        CHECK(layer.state() == first);
        CHECK(layer.tap("raw_reads") == reads);
    }
    std::remove(temporary_file().c_str());
}

TEST(the_same_call_gives_the_same_bits) {
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden = random_values(100 * s.hidden, 1);
    const ContextHandle first = context(sidecar.get()), second = context(sidecar.get());
    Layer one(first.get(), s), two(second.get(), s);
    std::thread other([&] { one.forward(hidden); });
    two.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
    other.join();
    CHECK(one.q == two.q);
    CHECK(one.o == two.o);
    CHECK(one.state() == two.state());
}

TEST(a_zero_state_reads_nothing_and_routes_evenly) {
    const Settings s;
    OwnLayer layer(s);
    layer.forward(random_values(s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
    CHECK(layer.tap("read_routes") == Vector(s.states, 0.25));
    CHECK(layer.tap("raw_reads") == Vector(s.rank, 0));
    CHECK(layer.q == std::vector<float>(s.q_out, 0));
    CHECK(layer.o == std::vector<float>(s.o_out, 0));
    CHECK(layer.state().values != std::vector<float>(s.states * s.rank * s.rank, 0)); // but it was written
}

TEST(zero_delta_weights_give_zero_deltas) {
    const Settings s;
    for (const char *tensor : {"delta_q", "rwkv.output.weight"}) {
        Sidecar file(s);
        file.fill(tensor, 0);
        OwnLayer layer(file, s);
        layer.set(start_state(s, 1));
        layer.forward(random_values(20 * s.hidden, 1));
        CHECK(layer.q == std::vector<float>(20 * s.q_out, 0));
        CHECK((layer.o == std::vector<float>(20 * s.o_out, 0)) == (std::string(tensor) != "delta_q"));
    }
}

TEST(the_norm_bias_is_ignored) {
    const Settings s;
    Sidecar plain(s), biased(s);
    biased.fill("rwkv.ln_x.bias", 100);
    const SidecarHandle a = open(plain), b = open(biased);
    const ContextHandle first = context(a.get()), second = context(b.get());
    Layer one(first.get(), s), two(second.get(), s);
    const std::vector<float> hidden = random_values(5 * s.hidden, 1);
    one.forward(hidden);
    two.forward(hidden);
    CHECK(one.q == two.q);
}

// A masked token gives zeros and leaves no trace, whatever it contains: the same tokens without it give the same.
TEST(a_masked_token_changes_nothing) {
    const Settings s;
    OwnLayer masked(s), plain(s);
    masked.set(start_state(s, 0.03));
    plain.set(start_state(s, 0.03));
    std::vector<float> hidden = random_values(5 * s.hidden, 1);
    std::vector<float> shorter = hidden;
    shorter.erase(shorter.begin() + 2 * s.hidden, shorter.begin() + 3 * s.hidden);
    std::fill(hidden.begin() + 2 * s.hidden, hidden.begin() + 3 * s.hidden, NAN);
    masked.forward(hidden, {1, 1, 0, 1, 1}, RWKV_MS_FORWARD_TAPS);
    plain.forward(shorter);
    const auto rows = [](std::vector<float> values, size_t width, size_t first, size_t count) {
        return Vector(values.begin() + static_cast<std::ptrdiff_t>(first * width),
                      values.begin() + static_cast<std::ptrdiff_t>((first + count) * width));
    };
    CHECK(rows(masked.q, s.q_out, 2, 1) == Vector(s.q_out, 0));
    CHECK(rows(masked.o, s.o_out, 2, 1) == Vector(s.o_out, 0));
    CHECK(distance(rows(masked.q, s.q_out, 0, 2), rows(plain.q, s.q_out, 0, 2)) <= 1);
    CHECK(distance(rows(masked.q, s.q_out, 3, 2), rows(plain.q, s.q_out, 2, 2)) <= 1);
    CHECK(distance(doubles(masked.state().values), doubles(plain.state().values)) <= 1);
    CHECK_EQUAL(masked.state().position, plain.state().position);
    const Vector routes = masked.tap("read_routes"), raw = masked.tap("raw_reads"), reads = masked.tap("reads"),
                 slots = masked.tap("slot_indices");
    for (size_t i = 0; i < s.states; ++i) CHECK(routes[2 * s.states + i] == 0);
    for (size_t i = 0; i < s.rank; ++i) CHECK(raw[2 * s.rank + i] == 0 && reads[2 * s.rank + i] == 0);
    CHECK_EQUAL(slots[2], 0.0); // 13 + 2 tokens: the last position of slot 0
    CHECK_EQUAL(slots[4], 1.0);
}

TEST(not_a_number_never_stops_the_library) {
    Settings s;
    for (const int top_k : {0, 2}) {
        s.read_top_k = top_k;
        OwnLayer layer(s);
        std::vector<float> hidden = random_values(9 * s.hidden, 1);
        hidden[3 * s.hidden] = NAN;
        hidden[5 * s.hidden] = INFINITY;
        hidden[6 * s.hidden] = 3e38f;
        layer.forward(hidden, {}, RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE);
        CHECK(std::isnan(layer.q.back()));
        expect_ok(rwkv_ms_context_reset(layer.handle.get()), "reset");
        layer.forward(random_values(9 * s.hidden, 1));
        CHECK(!std::isnan(layer.q.back()));
    }
}

TEST(equal_scores_keep_the_lowest_slots) {
    const Settings s;
    OwnLayer layer(s, 2);
    layer.forward(random_values(s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS); // a zero state: all scores are 0
    CHECK(layer.tap("read_routes") == (Vector{0.5, 0.5, 0, 0}));
}

TEST(a_context_takes_the_sidecars_top_k_or_its_own) {
    Settings s;
    s.read_top_k = 2;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<std::pair<int32_t, Vector>> rows = {{-1, {0.5, 0.5, 0, 0}},         // the sidecar's
                                                          {0, {0.25, 0.25, 0.25, 0.25}}, // all slots
                                                          {1, {1, 0, 0, 0}}};
    for (const auto &[own, routes] : rows) {
        const ContextHandle handle = context(sidecar.get(), own);
        Layer layer(handle.get(), s);
        layer.forward(random_values(s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS); // a zero state: all scores are 0
        CHECK(layer.tap("read_routes") == routes);
    }
}

TEST(only_the_slot_of_the_position_is_written) {
    const Settings s; // 4 slots of 16 positions
    OwnLayer layer(s);
    State before = start_state(s, 0.03);
    before.position = 63; // the last of slot 3, then slot 0 again
    layer.set(before);
    layer.forward(random_values(2 * s.hidden, 1), {}, RWKV_MS_FORWARD_TAPS);
    CHECK(layer.tap("slot_indices") == (Vector{3, 0}));
    CHECK(layer.tap("write_routes") == (Vector{0, 0, 0, 1, 1, 0, 0, 0}));
    const State after = layer.state();
    CHECK_EQUAL(after.position, 65);
    const std::ptrdiff_t slot = s.rank * s.rank;
    for (std::ptrdiff_t i = 0; i < 4; ++i) {
        const bool same = std::equal(before.values.begin() + i * slot, before.values.begin() + (i + 1) * slot,
                                     after.values.begin() + i * slot);
        CHECK_EQUAL(same, i == 1 || i == 2);
    }
}

TEST(the_predecessor_survives_the_call) {
    const Settings s;
    OwnLayer kept(s), forgotten(s);
    kept.set(start_state(s, 0.03));
    State zero = start_state(s, 0.03);
    zero.source.assign(s.rank, 0);
    forgotten.set(zero);
    const std::vector<float> hidden = random_values(3 * s.hidden, 1);
    kept.forward(hidden);
    forgotten.forward(hidden);
    CHECK(kept.q != forgotten.q);
    forgotten.set(zero);
    kept.set(start_state(s, 0.03));
    kept.forward(hidden, {},
                 RWKV_MS_FORWARD_LEGACY_PREDECESSOR); // whatever the context holds, zero is before the first row
    forgotten.forward(hidden);
    CHECK(kept.q == forgotten.q);
    CHECK(kept.state() == forgotten.state());
}

TEST(reset_forgets_everything) {
    const Settings s;
    OwnLayer layer(s);
    const State zero = layer.state();
    const std::vector<float> hidden = random_values(30 * s.hidden, 1);
    layer.forward(hidden, {}, RWKV_MS_FORWARD_TAPS);
    const std::vector<float> first = layer.q;
    expect_ok(rwkv_ms_context_reset(layer.handle.get()), "reset");
    CHECK(layer.state() == zero);
    CHECK_EQUAL(status_text(rwkv_ms_tap(layer.handle.get(), "reads", nullptr, nullptr, 0)), "RWKV_MS_E_NO_TAP");
    layer.forward(hidden);
    CHECK(layer.q == first);
}

TEST(a_read_only_call_keeps_the_state_and_reports_the_next_one) {
    const Settings s;
    OwnLayer layer(s);
    layer.set(start_state(s, 0.03));
    const State before = layer.state();
    const std::vector<float> hidden = random_values(10 * s.hidden, 1);
    layer.forward(hidden, {}, RWKV_MS_FORWARD_READ_ONLY | RWKV_MS_FORWARD_TAPS);
    CHECK(layer.state() == before);
    const std::vector<float> q = layer.q;
    const Vector next = layer.tap("final_state"), source = layer.tap("final_previous_source");
    layer.forward(hidden);
    CHECK(layer.q == q);
    CHECK(doubles(layer.state().values) == next);
    CHECK(doubles(layer.state().source) == source);
    CHECK_EQUAL(layer.tap("final_positions").at(0), 23.0);
}

TEST(layers_do_not_touch_each_other) {
    Settings s;
    s.layers = {1, 4};
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle both = context(sidecar.get()), alone = context(sidecar.get());
    Layer first(both.get(), s, 1), second(both.get(), s, 4), only(alone.get(), s, 4);
    const std::vector<float> hidden = random_values(20 * s.hidden, 1);
    for (int i = 0; i < 2; ++i) {
        first.forward(hidden);
        second.forward(hidden);
        only.forward(hidden);
        CHECK(second.q == only.q);
        CHECK(first.q != second.q);
    }
}

// The layers of a real model are not all as wide: each needs its own memory, and the widest may be in any place.
TEST(layers_of_different_widths) {
    for (const auto &widths : {std::vector<uint32_t>{1000, 32, 96}, {32, 1000, 96}, {32, 96, 1000}}) {
        Settings s;
        s.layers = {0, 3, 5};
        s.q_outs = widths;
        const SidecarHandle sidecar = open(Sidecar(s));
        const ContextHandle together = context(sidecar.get());
        const std::vector<float> hidden = random_values(70 * s.hidden, 1);
        for (size_t i = 0; i < s.layers.size(); ++i) {
            int32_t width = 0;
            expect_ok(rwkv_ms_sidecar_delta_width(sidecar.get(), s.layers[i], RWKV_MS_HEAD_Q, &width), "width");
            CHECK_EQUAL(width, static_cast<int32_t>(widths[i]));
            const ContextHandle alone = context(sidecar.get());
            Layer layer(together.get(), s.of(i), s.layers[i]), same(alone.get(), s.of(i), s.layers[i]);
            layer.forward(hidden);
            same.forward(hidden);
            CHECK(layer.q == same.q && layer.o == same.o && layer.state() == same.state());
        }
    }
}

// So many masked tokens that all that is computed at once is masked: what is before them is the predecessor of what follows.
TEST(many_masked_tokens_change_nothing) {
    const Settings s;
    constexpr size_t kBefore = 5, kMasked = 200, kAfter = 7;
    for (const uint32_t flags : {0u, uint32_t{RWKV_MS_FORWARD_TAPS}}) {
        OwnLayer masked(s), plain(s);
        masked.set(start_state(s, 0.03));
        plain.set(start_state(s, 0.03));
        std::vector<float> hidden = random_values((kBefore + kMasked + kAfter) * s.hidden, 1);
        std::vector<uint8_t> mask(kBefore + kMasked + kAfter, 1);
        std::fill_n(mask.begin() + kBefore, kMasked, uint8_t{0});
        masked.forward(hidden, mask, flags);
        hidden.erase(hidden.begin() + kBefore * s.hidden, hidden.begin() + (kBefore + kMasked) * s.hidden);
        plain.forward(hidden, {}, flags);
        CHECK(masked.state() == plain.state());
    }
}

TEST(deltas_that_are_not_wanted_are_not_needed) {
    const Settings s;
    OwnLayer layer(s), reference(s);
    const std::vector<float> hidden = random_values(70 * s.hidden, 1);
    reference.forward(hidden);
    rwkv_ms_deltas none{};
    CHECK_EQUAL(rwkv_ms_forward(layer.handle.get(), 0, hidden.data(), hidden.size(), nullptr, 70, RWKV_MS_FORWARD_TAPS,
                                &none),
                0);
    CHECK(layer.tap("delta_q") == doubles(reference.q));
    CHECK(layer.state() == reference.state());
}

// A delta that this call does not want is not written where an earlier one, of as many tokens, wanted it.
TEST(buffers_of_an_earlier_call_are_left_alone) {
    const Settings s;
    OwnLayer layer(s);
    const std::vector<float> hidden = random_values(5 * s.hidden, 1);
    layer.forward(hidden);
    const std::vector<float> q = layer.q, o = layer.o;
    rwkv_ms_deltas none{};
    CHECK_EQUAL(rwkv_ms_forward(layer.handle.get(), 0, hidden.data(), hidden.size(), nullptr, 5, 0, &none), 0);
    CHECK(layer.q == q && layer.o == o);
    layer.forward(hidden);
    CHECK(layer.q != q && layer.o != o); // what would have been written is something else
}

int main() { return run_all(); }
