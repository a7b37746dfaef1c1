// More than one thread: contexts, sessions and errors of one thread beside those of another. Each check would notice a shared
// scratch memory or a missing lock within a fraction of a second; mvn -Ptsan verify finds them without luck.
#include <atomic>
#include <thread>

#include "fake_llama.h"

using namespace test;

namespace {

// Runs the body on each of some threads at once.
void at_once(int threads, const std::function<void(int)> &body) {
    std::vector<std::thread> all;
    std::atomic<int> ready{0};
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            ++ready;
            while (ready < threads) std::this_thread::yield();
            body(i);
        });
    }
    for (std::thread &thread : all) thread.join();
}

} // namespace

// Each of two contexts gives what it gives alone, token for token.
TEST(contexts_of_two_threads) {
    constexpr int kRounds = 1500;
    Settings s;
    s.rank = 16;
    s.states = 8;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden[] = {random_values(24 * s.hidden, 1, 1), random_values(24 * s.hidden, 1, 2)};
    std::atomic<int> wrong{0};
    const auto run = [&](int seed, rwkv_ms_context *context) {
        Layer layer(context, s);
        layer.forward(hidden[seed]);
        return std::pair{layer.q, layer.state()};
    };
    std::vector<std::pair<std::vector<float>, State>> expected;
    for (int i = 0; i < 2; ++i) expected.push_back(run(i, context(sidecar.get()).get()));
    const ContextHandle contexts[] = {context(sidecar.get()), context(sidecar.get())};
    at_once(2, [&](int i) {
        for (int round = 0; round < kRounds && wrong == 0; ++round) {
            rwkv_ms_context_reset(contexts[i].get());
            const auto [q, state] = run(i, contexts[i].get());
            wrong += !(q == expected[static_cast<size_t>(i)].first && state == expected[static_cast<size_t>(i)].second);
        }
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// The same inside two llama_contexts, with sessions.
TEST(sessions_of_two_threads) {
    constexpr int kRounds = 20;
    Live lives[2];
    lives[0].attached();
    lives[1].attached();
    const auto run = [](Live &live, int tokens) {
        rwkv_ms_memory_clear(live.context.get());
        for (int i = 0; i < 3; ++i) live.decode(tokens);
        return live.save_session();
    };
    const Bytes expected[] = {run(lives[0], 2), run(lives[1], 3)};
    std::atomic<int> wrong{0};
    at_once(2, [&](int i) {
        for (int round = 0; round < kRounds; ++round) {
            wrong += run(lives[i], 2 + i) != expected[i];
            wrong += lives[i].load_session(expected[i]) != "RWKV_MS_OK";
            wrong += lives[i].check() != "RWKV_MS_OK";
        }
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// A text that another thread reads is one of those that were set, whole.
TEST(errors_are_read_from_another_thread) {
    constexpr int kRounds = 40000;
    const OwnLayer layer{Settings{}}, other{Settings{}};
    const std::string names[] = {std::string(3000, 'x'), std::string(1500, 'y')};
    const auto error = [](const OwnLayer &of) {
        return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(of.handle.get()));
    };
    const auto cause = [](const OwnLayer &of, const std::string &name) {
        rwkv_ms_tap(of.handle.get(), name.c_str(), nullptr, nullptr, 0);
    };
    std::string expected[2];
    for (int i = 0; i < 2; ++i) {
        cause(layer, names[i]);
        expected[i] = error(layer);
    }
    cause(other, "mine");
    const std::string mine = error(other);
    std::atomic<int> torn{0};
    std::atomic<bool> done{false};
    at_once(3, [&](int i) {
        if (i == 0) {
            for (int round = 0; round < kRounds && torn == 0; ++round) cause(layer, names[round % 2]);
            done = true;
        } else if (i == 1) {
            while (!done) {
                const std::string found = error(layer);
                torn += found != expected[0] && found != expected[1];
            }
        } else {
            while (!done) torn += error(other) != mine;
        }
    });
    CHECK_EQUAL(torn.load(), 0);
}

// Handles are made, found and destroyed by some threads while others use theirs.
TEST(handles_come_and_go) {
    constexpr int kRounds = 1500;
    const SidecarHandle sidecar = open(Sidecar(Settings{}));
    const ContextHandle mine = context(sidecar.get());
    std::atomic<int> wrong{0};
    std::atomic<bool> done{false};
    at_once(4, [&](int i) {
        if (i == 0) {
            while (!done) wrong += rwkv_ms_state_get(mine.get(), 0, nullptr, 0, nullptr, 0, nullptr) != RWKV_MS_OK;
            return;
        }
        for (int round = 0; round < kRounds; ++round) {
            rwkv_ms_hook *hook = nullptr, *second = nullptr;
            const ContextHandle own = round % 50 == 0 ? context(sidecar.get()) : nullptr;
            if (own != nullptr) {
                wrong += rwkv_ms_hook_create(own.get(), nullptr, &hook) != RWKV_MS_OK;
                wrong += rwkv_ms_hook_create(own.get(), nullptr, &second) != RWKV_MS_E_ATTACHED;
                rwkv_ms_hook_destroy(hook);
                wrong += rwkv_ms_hook_detach(hook) != RWKV_MS_E_ARGUMENT;
            }
            rwkv_ms_runtime *made = nullptr;
            const rwkv_ms_runtime_params one{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
            wrong += rwkv_ms_runtime_create(&one, &made, nullptr, 0) != RWKV_MS_OK;
            size_t needed = 0;
            wrong += rwkv_ms_build_info(made, nullptr, 0, &needed) != RWKV_MS_E_SHORT_BUFFER;
            rwkv_ms_runtime_destroy(made);
            wrong += rwkv_ms_build_info(made, nullptr, 0, &needed) != RWKV_MS_E_ARGUMENT;
        }
        done = true;
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// One thread destroys what another is using: each call is done, or refused.
TEST(what_is_destroyed_while_it_is_used) {
    constexpr int kRounds = 150;
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden = random_values(8 * s.hidden, 1);
    std::atomic<int> wrong{0};
    for (int round = 0; round < kRounds; ++round) {
        ContextHandle handle = context(sidecar.get());
        rwkv_ms_context *const number = handle.get();
        at_once(2, [&](int i) {
            if (i == 0) {
                handle.reset();
                return;
            }
            rwkv_ms_deltas none{};
            const int32_t status = rwkv_ms_forward(number, 0, hidden.data(), hidden.size(), nullptr, 8, 0, &none);
            wrong += status != RWKV_MS_OK && status != RWKV_MS_E_ARGUMENT;
        });
    }
    CHECK_EQUAL(wrong.load(), 0);
}

TEST(attachments_of_many_threads) {
    constexpr int kRounds = 3000;
    std::vector<std::unique_ptr<Live>> lives;
    for (int i = 0; i < 3; ++i) lives.push_back(std::make_unique<Live>());
    std::atomic<int> wrong{0};
    at_once(3, [&](int i) {
        Live &live = *lives[static_cast<size_t>(i)];
        for (int round = 0; round < kRounds; ++round) {
            wrong += rwkv_ms_hook_attach(live.hook.get(), &live.llama, nullptr) != RWKV_MS_OK;
            wrong += rwkv_ms_hook_detach(live.hook.get()) != RWKV_MS_OK;
        }
    });
    CHECK_EQUAL(wrong.load(), 0);
}

int main() { return run_all(); }
