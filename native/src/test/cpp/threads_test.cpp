// More than one thread: contexts, sessions and errors of one thread beside those of another. A missing lock or a memory that two
// share shows once in a while: threads are interrupted at any instruction, so that the others work meanwhile, locks are counted,
// and what is destroyed in use is in use for long. mvn -Ptsan verify finds the same without luck.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <thread>

#include <dlfcn.h>
#include <pthread.h>

#include "fake_llama.h"

using namespace test;

namespace {

thread_local int locks = 0; // taken by this thread

std::atomic<bool> device_memory{false}; // nodes are in memory that the processor does not reach: they are copied

void rest(int) {
    const timespec moment{0, 20000};
    nanosleep(&moment, nullptr);
}

// Runs the body on each of some threads at once, and interrupts them in turn.
void at_once(int threads, const std::function<void(int)> &body) {
    struct sigaction action {};
    action.sa_handler = rest;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, nullptr);
    std::vector<std::thread> all;
    std::atomic<int> ready{0}, running{threads};
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            ++ready;
            while (ready < threads) std::this_thread::yield();
            body(i);
            --running;
        });
    }
    for (size_t i = 0; running > 0; ++i) {
        pthread_kill(all[i % all.size()].native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::microseconds(30));
    }
    for (std::thread &thread : all) thread.join();
}

int locks_of(const std::function<void()> &call) {
    const int before = locks;
    call();
    return locks - before;
}

} // namespace

// Before anything else: what is made when it is first asked for is made once.
TEST(the_first_layouts_of_many_threads_at_once) {
    std::string found[4];
    at_once(4, [&](int i) {
        std::string text(1 << 16, ' ');
        size_t needed = 0;
        if (rwkv_ms_layout(&text[0], text.size(), &needed) == RWKV_MS_OK) found[i] = text.substr(0, needed);
    });
    for (const std::string &text : found) CHECK_EQUAL(text, found[0]);
    CHECK_EQUAL(found[0].find("rwkv_ms_config - "), found[0].rfind("rwkv_ms_config - "));
    CHECK(found[0].find("rwkv_ms_config - ") != std::string::npos);
}

#if defined(__linux__)
extern "C" bool ggml_backend_buffer_is_host(ggml_backend_buffer_t buffer) {
    static const auto next = reinterpret_cast<bool (*)(ggml_backend_buffer_t)>(dlsym(RTLD_NEXT, "ggml_backend_buffer_is_host"));
    return !device_memory && next(buffer);
}
extern "C" int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static const auto next = reinterpret_cast<int (*)(pthread_mutex_t *)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    ++locks;
    return next(mutex);
}

// Each call looks its handle up under the lock of the table, and an error text has a lock of its own.
TEST(locks_are_taken) {
    const OwnLayer layer{Settings{}};
    rwkv_ms_context *const context = layer.handle.get();
    char text[512];
    CHECK_EQUAL(locks_of([&] { rwkv_ms_state_get(context, 0, nullptr, 0, nullptr, 0, nullptr); }), 1);
    CHECK_EQUAL(locks_of([&] { rwkv_ms_state_get(context, 7, nullptr, 0, nullptr, 0, nullptr); }), 2);
    CHECK_EQUAL(locks_of([&] { rwkv_ms_context_error(context, text, sizeof text, nullptr); }), 2);
    rwkv_ms_context *none = nullptr;
    const rwkv_ms_context_params params{1, -1};
    const auto look = [&] { rwkv_ms_context_create_on(layer.sidecar.get(), &params, "none", 1, 0, &none); };
    look(); // devices are loaded
    CHECK_EQUAL(locks_of(look), 3); // of the devices too: ggml's log is taken meanwhile, and given back
    rwkv_ms_hook *hook = nullptr;
    CHECK_EQUAL(locks_of([&] { rwkv_ms_hook_create(context, nullptr, &hook); }), 2);
    CHECK_EQUAL(locks_of([&] { rwkv_ms_hook_destroy(hook); }), 1);
    Live live;
    live.attached();
    CHECK_EQUAL(locks_of([&] { rwkv_ms_hook_detach(live.hook.get()); }), 2); // the table, and the llama_contexts with a hook
    CHECK_EQUAL(locks_of([&] { rwkv_ms_hook_attach(live.hook.get(), &live.llama, nullptr); }), 2);
    CHECK_EQUAL(live.decode(1), 0);
    const auto node = [&] { rwkv_ms_hook_eval(nullptr, true, live.hook.get()); };
    CHECK_EQUAL(locks_of(node), 0); // each node of each graph
    const Live another;
    std::thread([&] { rwkv_ms_hook_eval(nullptr, true, another.hook.get()); }).join();
    CHECK_EQUAL(locks_of(node), 0); // each thread remembers its own
}
#endif

// Each of two contexts gives what it gives alone, token for token.
TEST(contexts_of_two_threads) {
    const int kRounds = rounds(200);
    constexpr size_t kTokens = 71; // more than one microbatch
    Settings s;
    s.rank = 16;
    s.states = 8;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden[] = {random_values(kTokens * s.hidden, 1, 1), random_values(kTokens * s.hidden, 1, 2)};
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

// Scans without weights, which do nothing beside.
TEST(scans_of_two_threads) {
    const int kRounds = rounds(150);
    constexpr size_t kTokens = 64, kRank = 16, kStates = 8;
    rwkv_ms_config config{};
    config.rank = kRank;
    config.num_state_heads = 1;
    config.num_states = kStates;
    config.chunk_size = 3;
    config.erase_gate = 1;
    config.read_top_k = 3;
    config.semantics_version = 2;
    config.rankwise_gates = 1;
    const auto run = [&](int seed) {
        std::vector<std::vector<float>> in, out;
        for (unsigned i = 0; i < 8; ++i) in.push_back(random_values(kTokens * kRank, 0.2, 10 * static_cast<unsigned>(seed) + i));
        const std::vector<float> state = random_values(kStates * kRank * kRank, 0.2, 3);
        for (int i = 0; i < 5; ++i) out.emplace_back(kTokens * kRank);
        for (int i = 0; i < 3; ++i) out.emplace_back(kTokens * kStates);
        out.emplace_back(state.size());
        std::vector<int64_t> slots(kTokens);
        const auto from = [](const std::vector<float> &values) { return rwkv_ms_floats{values.data(), values.size()}; };
        const auto to = [](std::vector<float> &values) { return rwkv_ms_buffer{values.data(), values.size()}; };
        const rwkv_ms_scan_input input{static_cast<int32_t>(kTokens), 0,           from(in[0]), from(in[1]), from(in[2]),
                                       from(in[3]),                   from(in[4]), from(in[5]), from(in[6]), from(in[7]),
                                       from(state),                   nullptr,     0};
        rwkv_ms_scan_output output{to(out[0]), to(out[1]), to(out[2]),   to(out[3]),   to(out[4]), to(out[5]),
                                   to(out[6]), to(out[7]), to(out[8]), slots.data(), slots.size(), 0};
        expect_ok(rwkv_ms_scan(runtime(), &config, &input, &output), last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())));
        return out;
    };
    const std::vector<std::vector<float>> expected[] = {run(0), run(1)};
    std::atomic<int> wrong{0};
    at_once(2, [&](int i) {
        for (int round = 0; round < kRounds && wrong == 0; ++round) wrong += run(i) != expected[i];
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// Everything else that computes: sidecars that are opened, taps, payloads, contexts on a device, scans without weights.
TEST(every_call_of_two_threads) {
    const int kRounds = rounds(25);
    const auto run = [](int i) {
        Settings s;
        s.rank = i == 0 ? 16 : 8;
        s.semantics = i + 1;
        s.read_top_k = i * 2;
        const std::string file = std::to_string(i) + temporary_file(), base = file + ".base";
        const std::string bytes(3000000, static_cast<char>('a' + i));
        write_file(base, bytes);
        s.base_sha256 = sha256(bytes);
        write_file(file, Sidecar(s).bytes());
        rwkv_ms_sidecar *opened = nullptr;
        expect_ok(rwkv_ms_sidecar_open(runtime(), file.c_str(), base.c_str(), 0, &opened), "open");
        std::remove(file.c_str());
        std::remove(base.c_str());
        const SidecarHandle sidecar(opened);
        const std::vector<float> hidden = random_values(9 * s.hidden, 1, static_cast<unsigned>(i));
        const ContextHandle plain = context(sidecar.get());
        rwkv_ms_context *made = nullptr;
        const rwkv_ms_context_params params{1, -1};
        expect_ok(rwkv_ms_context_create_on(sidecar.get(), &params, "CPU", 4, 0, &made), "create_on");
        const ContextHandle on(made);
        std::vector<double> out;
        for (rwkv_ms_context *each : {plain.get(), on.get()}) {
            Layer layer(each, s);
            layer.forward(hidden, {1, 1, 0, 1, 1, 1, 0, 1, 1}, RWKV_MS_FORWARD_TAPS);
            for (const char *name : {"reads", "read_routes", "feature_w", "final_state"}) {
                const std::vector<double> values = layer.tap(name);
                out.insert(out.end(), values.begin(), values.end());
            }
            size_t size = 0;
            rwkv_ms_state_size(each, &size);
            Bytes payload(size);
            expect_ok(rwkv_ms_state_save(each, payload.data(), size, nullptr), "save");
            expect_ok(rwkv_ms_state_load(each, payload.data(), size), "load");
            out.insert(out.end(), payload.begin(), payload.end());
        }
        return out;
    };
    const std::vector<double> expected[] = {run(0), run(1)};
    std::atomic<int> wrong{0};
    at_once(2, [&](int i) {
        for (int round = 0; round < kRounds && wrong == 0; ++round) {
            try {
                wrong += run(i) != expected[i];
            } catch (const std::exception &) {
                ++wrong;
            }
        }
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// The same inside two llama_contexts, with sessions, and with nodes in memory that is copied to the processor and back.
TEST(sessions_of_two_threads) {
    const int kRounds = rounds(20);
    const rwkv_ms_hook_params params{nullptr, nullptr, RWKV_MS_HOOK_PROCESSOR_ADDS, 0};
    for (const bool copied : {false, true}) {
        Live lives[] = {Live(hook_settings(), &params), Live(hook_settings(), &params)};
        std::vector<float> changed[2];
        for (int i = 0; i < 2; ++i) {
            lives[i].cpu = copied;
            lives[i].attached();
            lives[i].made = [i](ggml_tensor &tensor) { // not the same values for both
                float *const values = static_cast<float *>(tensor.data);
                for (int64_t at = 0; at < ggml_nelements(&tensor); ++at) values[at] *= static_cast<float>(1 + i);
            };
            lives[i].changed = [&changed, i](ggml_tensor &tensor) {
                const float *const values = static_cast<const float *>(tensor.data);
                changed[i].insert(changed[i].end(), values, values + ggml_nelements(&tensor));
            };
        }
        const auto run = [&](int i) {
            rwkv_ms_memory_clear(lives[i].context.get());
            changed[i].clear();
            for (int round = 0; round < 3; ++round) lives[i].decode(2 + i);
            return std::pair{lives[i].save_session(), changed[i]};
        };
        device_memory = copied;
        const std::pair<Bytes, std::vector<float>> expected[] = {run(0), run(1)};
        std::atomic<int> wrong{0};
        at_once(2, [&](int i) {
            for (int round = 0; round < kRounds; ++round) {
                wrong += run(i) != expected[i];
                wrong += lives[i].load_session(expected[i].first) != "RWKV_MS_OK";
                wrong += lives[i].check() != "RWKV_MS_OK";
            }
        });
        device_memory = false;
        CHECK_EQUAL(wrong.load(), 0);
    }
}

// Each of two refusals is told as it is told alone.
TEST(refusals_of_two_threads) {
    const int kRounds = rounds(2000);
    const OwnLayer layers[] = {OwnLayer(Settings{}), OwnLayer(Settings{})};
    const auto refused = [&](int i) {
        const float hidden = 0;
        rwkv_ms_deltas none{};
        rwkv_ms_forward(layers[i].handle.get(), 0, &hidden, static_cast<size_t>(1000003 + i * 7000000), nullptr, 1, 0, &none);
        return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(layers[i].handle.get()));
    };
    const std::string expected[] = {refused(0), refused(1)};
    CHECK_EQUAL(expected[1], "hidden_count: expected 64 floats, found 8000003");
    std::atomic<int> wrong{0};
    at_once(2, [&](int i) {
        for (int round = 0; round < kRounds && wrong == 0; ++round) wrong += refused(i) != expected[i];
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// The callback of each node finds the hook that it is asked for: of layer 1 the one wants the projection, and the other does not.
TEST(callbacks_of_two_threads) {
    const int kCalls = rounds(200000);
    Settings even = hook_settings();
    even.layers = {2, 4};
    Live one, other(even);
    one.attached();
    other.attached();
    ggml_tensor node{};
    node.op = GGML_OP_MUL_MAT;
    std::strcpy(node.name, "Qcur-1");
    std::atomic<int> wrong{0};
    at_once(2, [&](int i) {
        void *const hook = i == 0 ? one.user_data : other.user_data;
        for (int call = 0; call < kCalls; ++call) wrong += rwkv_ms_hook_eval(&node, true, hook) != (i == 0);
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// A text that another thread reads is one of those that were set, whole.
TEST(errors_are_read_from_another_thread) {
    const int kRounds = rounds(20000);
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
    const int kRounds = rounds(4000);
    const SidecarHandle sidecar = open(Sidecar(Settings{}));
    const ContextHandle mine = context(sidecar.get());
    std::atomic<int> wrong{0};
    std::atomic<int> working{3};
    at_once(4, [&](int i) {
        if (i == 0) {
            while (working > 0) wrong += rwkv_ms_state_get(mine.get(), 0, nullptr, 0, nullptr, 0, nullptr) != RWKV_MS_OK;
            return;
        }
        const ContextHandle own = context(sidecar.get());
        for (int round = 0; round < kRounds; ++round) {
            rwkv_ms_hook *hook = nullptr, *second = nullptr;
            wrong += rwkv_ms_hook_create(own.get(), nullptr, &hook) != RWKV_MS_OK;
            wrong += rwkv_ms_hook_create(own.get(), nullptr, &second) != RWKV_MS_E_ATTACHED;
            wrong += rwkv_ms_hook_detach(hook) != RWKV_MS_OK;
            rwkv_ms_hook_destroy(hook);
            wrong += rwkv_ms_hook_detach(hook) != RWKV_MS_E_ARGUMENT;
        }
        --working;
    });
    CHECK_EQUAL(wrong.load(), 0);
}

// A number that was given once is not given again, whatever it is for and also if its handle has gone. Handles of two kinds wait
// for no common lock.
TEST(numbers_of_handles_are_not_given_twice) {
    const auto kRounds = static_cast<size_t>(rounds(250000));
    const SidecarHandle sidecar = open(Sidecar(Settings{}));
    const ContextHandle own = context(sidecar.get());
    std::vector<const void *> numbers[2];
    at_once(2, [&](int i) {
        std::vector<const void *> &mine = numbers[i];
        mine.reserve(kRounds);
        for (size_t round = 0; round < kRounds; ++round) {
            if (i == 0) {
                rwkv_ms_hook *hook = nullptr;
                rwkv_ms_hook_create(own.get(), nullptr, &hook);
                mine.push_back(hook);
                rwkv_ms_hook_destroy(hook);
            } else {
                rwkv_ms_runtime *made = nullptr;
                const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
                rwkv_ms_runtime_create(&params, &made, nullptr, 0);
                mine.push_back(made);
                rwkv_ms_runtime_destroy(made);
            }
        }
    });
    std::vector<const void *> all = numbers[0];
    all.insert(all.end(), numbers[1].begin(), numbers[1].end());
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    CHECK(all.front() != nullptr);
}

// One thread destroys what another is using: each call is done, or refused.
TEST(what_is_destroyed_while_it_is_used) {
    const int kRounds = rounds(5);
    constexpr size_t kTokens = 5000; // some milliseconds
    const Settings s;
    const SidecarHandle sidecar = open(Sidecar(s));
    const std::vector<float> hidden = random_values(kTokens * s.hidden, 1);
    std::atomic<int> wrong{0};
    for (int round = 0; round < kRounds; ++round) {
        ContextHandle handle = context(sidecar.get());
        rwkv_ms_context *const number = handle.get();
        at_once(2, [&](int i) {
            if (i == 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                handle.reset();
                return;
            }
            rwkv_ms_deltas none{};
            const int32_t status = rwkv_ms_forward(number, 0, hidden.data(), hidden.size(), nullptr,
                                                   static_cast<int32_t>(kTokens), 0, &none);
            wrong += status != RWKV_MS_OK && status != RWKV_MS_E_ARGUMENT;
        });
    }
    CHECK_EQUAL(wrong.load(), 0);
}

TEST(attachments_of_many_threads) {
    const int kRounds = rounds(1000);
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
