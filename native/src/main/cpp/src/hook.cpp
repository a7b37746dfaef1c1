#include "hook.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <set>

#include "base_model.h"

namespace rwkv_ms {

namespace {

constexpr int32_t kNoTarget = -1;
constexpr int32_t kSequence = 0;
constexpr size_t kOutputHead = 3;
constexpr const char *kHeadNames = "qkvo";

// A node must be a plain matrix of float32 with rows of that width. n_tokens -1: any.
void check_shape(const ggml_tensor &tensor, int64_t width, int64_t n_tokens) {
    const bool plain = tensor.type == GGML_TYPE_F32 && ggml_is_contiguous(&tensor) && tensor.data != nullptr;
    require(plain, RWKV_MS_E_HOST_NODE, "node ", tensor.name, ": expected contiguous f32, found ",
            ggml_type_name(tensor.type));
    const bool fits = tensor.ne[0] == width && tensor.ne[1] >= 1 && (n_tokens < 0 || tensor.ne[1] == n_tokens) &&
                      tensor.ne[2] == 1 && tensor.ne[3] == 1;
    require(fits, RWKV_MS_E_HOST_NODE, "node ", tensor.name, ": expected shape (ggml order) [", width, ", ",
            n_tokens < 0 ? std::string("its tokens") : std::to_string(n_tokens), "], found [", tensor.ne[0], ", ",
            tensor.ne[1], ", ", tensor.ne[2], ", ", tensor.ne[3], "]");
}

// The llama_contexts that hooks of this process are attached to.
struct Claimed {
    std::mutex mutex;
    std::set<const llama_context *> all;
};

Claimed &claimed() {
    static Claimed *const them = new Claimed; // never destroyed: a hook may live until the process ends
    return *them;
}

std::string heads_text(int heads) {
    std::string text;
    for (size_t head = 0; head < 4; ++head) {
        if ((heads >> head & 1) != 0) text += std::string(text.empty() ? "" : ", ") + kHeadNames[head];
    }
    return text;
}

} // namespace

Claim::Claim(llama_context *llama) {
    Claimed &them = claimed();
    const std::lock_guard<std::mutex> lock(them.mutex);
    require(them.all.insert(llama).second, RWKV_MS_E_ATTACHED,
            "rwkv_ms_hook_attach: expected a llama_context without a hook, found one that another hook is attached to");
    llama_ = llama;
}

void Claim::take(Claim &other) {
    release();
    std::swap(llama_, other.llama_);
}

void Claim::release() noexcept {
    if (llama_ == nullptr) return;
    Claimed &them = claimed();
    const std::lock_guard<std::mutex> lock(them.mutex);
    them.all.erase(llama_);
    llama_ = nullptr;
}

Hook::Hook(Context &context, const rwkv_ms_hook_params &params)
    : context_(context), config_(context.config()), params_(params), layers_(config_.layers.size()) {
    index_of_.assign(static_cast<size_t>(config_.layers.back()) + 1, kNoTarget);
    for (size_t i = 0; i < config_.layers.size(); ++i)
        index_of_[static_cast<size_t>(config_.layers[i])] = static_cast<int32_t>(i);
}

Hook::~Hook() {
    if (attached()) context_.attach(nullptr); // llama_ may be gone
}

void Hook::attach(llama_context *llama, const char *base_path, bool (*abort)(void *), void *abort_data) {
    require(!attached() && context_.host() == nullptr, RWKV_MS_E_ATTACHED,
            "rwkv_ms_hook_attach: expected a hook and a context that are not attached");
    Claim claim(llama);
    const LlamaApi &api = llama_api();
    check_model(api, api.get_model(llama), config_);
    const uint32_t sequences = api.n_seq_max(llama);
    require(sequences == 1, RWKV_MS_E_SEQUENCES, "llama_context: n_seq_max: expected 1, found ", sequences,
            ": the memory holds one sequence");
    if (base_path != nullptr)
        check_base_file(base_path, context_.description());
    else
        require(context_.base_checked(), RWKV_MS_E_BASE_SHA256_DIFFERS,
                "base_path: expected the model's file, found NULL: rwkv_ms_sidecar_open was given no base either");
    const size_t n_ubatch = api.n_ubatch(llama);
    for (size_t head = 0; head < deltas_.size(); ++head) {
        if ((config_.delta_heads >> head & 1) == 0) continue;
        int64_t width = 0;
        for (size_t i = 0; i < layers_.size(); ++i)
            width = std::max(width, context_.description().widths[i][head]);
        deltas_[head].resize(n_ubatch * static_cast<size_t>(width));
    }
    api_ = &api;
    llama_ = llama;
    const int64_t found = positions(), expected = context_.position();
    if (found != expected) {
        llama_ = nullptr;
        fail(RWKV_MS_E_HOST_STEP, "llama.cpp's memory: expected ", expected, " positions as the context has, found ",
             found);
    }
    for (Layer &layer : layers_) {
        layer.counts = {};
        layer.places = {};
    }
    forget();
    api.set_abort_callback(llama, abort, abort_data);
    claim_.take(claim);
    context_.attach(this);
}

void Hook::detach() {
    if (!attached()) return;
    resolve();
    forget();
    api_->set_abort_callback(llama_, params_.abort_callback, params_.abort_data);
    context_.attach(nullptr);
    claim_.release();
    llama_ = nullptr;
}

bool Hook::must_abort() const {
    return stopped_.load(std::memory_order_relaxed) ||
           (params_.abort_callback != nullptr && params_.abort_callback(params_.abort_data));
}

int64_t Hook::positions() const {
    return int64_t{api_->memory_seq_pos_max(api_->get_memory(llama_), kSequence)} + 1;
}

void Hook::resolve() {
    if (undecided_ && attached() && positions() == context_.position() + n_tokens_) keep();
}

void Hook::settle() {
    if (stopped_) throw Error(fault_status_, fault_text_.get());
    resolve();
    undecided_ = false;
    const int64_t found = positions();
    require(found == context_.position(), RWKV_MS_E_HOST_STEP, "llama.cpp's memory: expected ", context_.position(),
            " positions as the context has, found ", found,
            layers_.front().counts.ubatches > 0
                ? ""
                : ": nothing has reached this hook since it was attached: expected cb_eval to be rwkv_ms_hook_eval, and "
                  "cb_eval_user_data this hook");
}

void Hook::forget() {
    undecided_ = false;
    next_ = 0;
    awaited_ = 0;
    last_input_ = -1;
    fault_status_ = RWKV_MS_OK;
    stopped_ = false;
}

void Hook::clear() {
    api_->memory_clear(api_->get_memory(llama_), /*data =*/true);
    forget();
}

const rwkv_ms_hook_counts &Hook::counts(int32_t layer) const {
    return layers_[context_.index_of(layer)].counts;
}

std::string Hook::places(int32_t layer) const {
    static const std::array<const char *, 5> names = {"hidden", "q", "k", "v", "o"};
    const auto &places = layers_[context_.index_of(layer)].places;
    std::string text;
    for (size_t node = 0; node < names.size(); ++node) {
        for (const std::string &place : places[node]) text += std::string(names[node]) + " " + place + "\n";
    }
    return text;
}

void Hook::capture(int64_t capacity) {
    std::vector<std::optional<Capture>> made(layers_.size());
    for (size_t i = 0; i < layers_.size() && capacity > 0; ++i)
        made[i].emplace(capacity, config_.hidden_size, context_.description().widths[i], config_.delta_heads);
    for (size_t i = 0; i < layers_.size(); ++i) layers_[i].capture = std::move(made[i]);
}

const Capture &Hook::captured(int32_t layer) const {
    const std::optional<Capture> &found = layers_[context_.index_of(layer)].capture;
    require(found.has_value(), RWKV_MS_E_NO_TAP, "layer ", layer, ": nothing is recorded: call rwkv_ms_hook_capture");
    return *found;
}

bool Hook::eval(ggml_tensor *tensor, bool ask) noexcept {
    if (!attached() || stopped_) return !ask;
    try {
        const GraphNode node = classify(*tensor);
        if (node.kind == GraphNode::Kind::other) return !ask;
        if (ask) return wanted(node);
        computed(node, *tensor);
    } catch (const Error &e) {
        fault(e.status(), e.what());
    } catch (const std::bad_alloc &) {
        fault(RWKV_MS_E_MEMORY, "out of memory");
    } catch (const std::exception &e) {
        fault(RWKV_MS_E_INTERNAL, e.what());
    }
    return !ask; // false at ask = false would skip nodes and be called success; the abort callback ends the computation
}

// Whether the node's values are needed. Nodes without values that matter are checked here: each is asked for.
bool Hook::wanted(const GraphNode &node) {
    switch (node.kind) {
    case GraphNode::Kind::input: enter(node.layer); return index(node.layer) != kNoTarget;
    case GraphNode::Kind::projection: {
        const int32_t found = index(node.layer);
        return found != kNoTarget && (config_.delta_heads >> node.head & 1) != 0;
    }
    case GraphNode::Kind::end:
        require_done_before(INT32_MAX);
        last_input_ = -1;
        return false;
    default: return false;
    }
}

int32_t Hook::index(int32_t layer) const {
    return static_cast<size_t>(layer) < index_of_.size() ? index_of_[static_cast<size_t>(layer)] : kNoTarget;
}

// A layer's attention begins. If the layer is not behind the last one, this is a new graph.
void Hook::enter(int32_t layer) {
    if (layer <= last_input_ || last_input_ < 0) {
        next_ = 0;
        awaited_ = 0;
    }
    require_done_before(layer);
    last_input_ = layer;
}

// All target layers before this one have been read and corrected.
void Hook::require_done_before(int32_t layer) const {
    require(awaited_ == 0, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[std::min(next_, layers_.size() - 1)],
            ": the graph has no node for the delta of ", heads_text(awaited_));
    require(next_ == layers_.size() || config_.layers[next_] >= layer, RWKV_MS_E_HOST_NODE,
            "the graph has no node attn_norm-", config_.layers[std::min(next_, layers_.size() - 1)]);
}

void Hook::computed(const GraphNode &node, ggml_tensor &tensor) {
    const auto found = static_cast<size_t>(index(node.layer));
    const bool input = node.kind == GraphNode::Kind::input;
    std::vector<std::string> &places = layers_[found].places[input ? 0 : 1 + node.head];
    const char *const place = TensorRows::place(tensor);
    if (std::find(places.begin(), places.end(), place) == places.end()) places.emplace_back(place);
    if (input)
        read(found, tensor);
    else
        add(found, node.head, tensor);
}

// The first target layer of a microbatch. llama.cpp has already counted it in its memory, which therefore
// shows the position where it begins, and so whether the microbatch before was kept.
void Hook::begin(int64_t n_tokens) {
    const int64_t start = positions() - n_tokens;
    if (undecided_ && start == context_.position() + n_tokens_) keep();
    undecided_ = false;
    require(start == context_.position(), RWKV_MS_E_HOST_STEP, "microbatch of ", n_tokens,
            " tokens: expected it to begin at position ", context_.position(),
            ", where the context stands, found ", start, " in llama.cpp's memory");
    n_tokens_ = n_tokens;
    for (Layer &layer : layers_) layer.next_counts = layer.counts;
}

void Hook::read(size_t index, ggml_tensor &tensor) {
    check_shape(tensor, config_.hidden_size, index == 0 ? -1 : n_tokens_);
    if (index == 0) begin(tensor.ne[1]);
    Layer &layer = layers_[index];
    const DeltaWidths &widths = context_.description().widths[index];
    std::array<float *, 4> out = {};
    for (size_t head = 0; head < out.size(); ++head) {
        if ((config_.delta_heads >> head & 1) == 0) continue;
        const size_t needed = static_cast<size_t>(n_tokens_ * widths[head]);
        if (deltas_[head].size() < needed) deltas_[head].resize(needed);
        out[head] = deltas_[head].data();
    }
    const float *hidden = rows_.read(tensor);
    context_.forward(config_.layers[index], hidden, static_cast<int32_t>(n_tokens_), out, layer.next);
    const int64_t end = context_.position() + n_tokens_;
    require(layer.next.position == end, RWKV_MS_E_HOST_STEP, "layer ", config_.layers[index],
            ": expected to stand at position ", end, " after the microbatch as the others, found ",
            layer.next.position);
    if (layer.capture) {
        layer.capture->hidden(hidden, n_tokens_);
        for (size_t head = 0; head < out.size(); ++head) {
            if (out[head] != nullptr) layer.capture->delta(head, out[head], n_tokens_);
        }
    }
    ++layer.next_counts.ubatches;
    layer.next_counts.tokens += n_tokens_;
    awaited_ = config_.delta_heads;
    if (awaited_ == 0) finish_layer();
}

void Hook::add(size_t index, size_t head, ggml_tensor &tensor) {
    const int bit = 1 << head;
    require(index == next_ && (awaited_ & bit) != 0, RWKV_MS_E_HOST_NODE, "node ", tensor.name, " of layer ",
            config_.layers[index], ": expected once, after attn_norm-", config_.layers[index]);
    require(head != kOutputHead || awaited_ == bit, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[index],
            ": the graph has no node for the delta of ", heads_text(awaited_ & ~bit), " before that of o");
    const int64_t width = context_.description().widths[index][head];
    check_shape(tensor, width, n_tokens_);
    float *values = rows_.read(tensor);
    std::optional<Capture> &capture = layers_[index].capture;
    if (capture) capture->before(head, values, n_tokens_);
    const float *delta = deltas_[head].data();
    for (int64_t i = 0; i < n_tokens_ * width; ++i) values[i] += delta[i];
    if (capture) capture->after(head, values, n_tokens_);
    rows_.write(tensor);
    rwkv_ms_hook_counts &counts = layers_[index].next_counts;
    int64_t *const injected[] = {&counts.injected_q, &counts.injected_k, &counts.injected_v, &counts.injected_o};
    *injected[head] += n_tokens_;
    awaited_ &= ~bit;
    if (awaited_ == 0) finish_layer();
}

void Hook::finish_layer() {
    if (++next_ == layers_.size()) undecided_ = true;
}

void Hook::keep() {
    for (size_t i = 0; i < layers_.size(); ++i) {
        std::swap(context_.layers()[i], layers_[i].next);
        layers_[i].counts = layers_[i].next_counts;
        if (layers_[i].capture) layers_[i].capture->keep(n_tokens_);
    }
    undecided_ = false;
}

// Nothing of the running microbatch stays, and every further computation is stopped.
void Hook::fault(rwkv_ms_status status, const char *text) noexcept {
    fault_text_.set(text);
    fault_status_ = status;
    undecided_ = false;
    next_ = 0;
    awaited_ = 0;
    stopped_ = true;
}

} // namespace rwkv_ms
