#include "hook.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <set>
#include <utility>

#include "base_model.h"

namespace rwkv_ms {

namespace {

constexpr int32_t kNoTarget = -1;
constexpr int32_t kSequence = 0;
constexpr size_t kOutputHead = 3;
constexpr const char *kHeadNames = "qkvo";
constexpr const char *kProcessor = "CPU";
constexpr int kInputHeads = RWKV_MS_HEAD_Q | RWKV_MS_HEAD_K | RWKV_MS_HEAD_V; // products with the hidden states

// A node must be a plain matrix of float32 with rows of that width. n_tokens -1: any.
void check_shape(const ggml_tensor &tensor, int64_t width, int64_t n_tokens) {
    const bool plain = tensor.type == GGML_TYPE_F32 && ggml_is_contiguous(&tensor) && tensor.data != nullptr;
    require(plain, RWKV_MS_E_HOST_NODE, "node ", tensor.name, ": expected contiguous f32, found ",
            ggml_type_name(tensor.type), ggml_is_contiguous(&tensor) ? "" : " with gaps",
            tensor.data != nullptr ? "" : " without memory");
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

void note(std::vector<std::string> &names, const char *name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
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
    : context_(context), config_(context.config()), params_(params), layers_(config_.layers.size()) {}

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
    size_t most = 0;
    for (const DeltaWidths &widths : context_.description().widths)
        most = std::max(most, place_deltas(widths, api.n_ubatch(llama)));
    deltas_.resize(most);
    // Only now: the model has these layers, while a sidecar alone may name any number.
    index_of_.assign(static_cast<size_t>(config_.layers.back()) + 1, kNoTarget);
    for (size_t i = 0; i < config_.layers.size(); ++i)
        index_of_[static_cast<size_t>(config_.layers[i])] = static_cast<int32_t>(i);
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
        layer.adders = {};
    }
    devices_.clear();
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
    devices_.clear(); // their preparations are for nodes of this llama_context
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
    input_ = nullptr;
    last_input_ = -1;
    fault_status_ = RWKV_MS_OK;
    stopped_ = false;
}

void Hook::clear() {
    resolve(); // for its counts, and what is recorded
    api_->memory_clear(api_->get_memory(llama_), /*data =*/true);
    forget();
}

const rwkv_ms_hook_counts &Hook::counts(int32_t layer) const {
    return layers_[context_.index_of(layer)].counts;
}

std::string Hook::places(int32_t layer) const {
    static const std::array<const char *, 5> names = {"hidden", "q", "k", "v", "o"};
    const Layer &found = layers_[context_.index_of(layer)];
    std::string text;
    for (size_t node = 0; node < names.size(); ++node) {
        for (const std::string &place : found.places[node]) text += std::string(names[node]) + " " + place + "\n";
    }
    for (size_t head = 0; head < found.adders.size(); ++head) {
        for (const std::string &adder : found.adders[head]) text += std::string("added_") + names[1 + head] + " " + adder + "\n";
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
        if (ask) return wanted(node, *tensor);
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
bool Hook::wanted(const GraphNode &node, const ggml_tensor &tensor) {
    switch (node.kind) {
    case GraphNode::Kind::input: {
        enter(node.layer);
        const bool target = index(node.layer) != kNoTarget, late = target && reads_late(tensor);
        if (late) input_ = &tensor;
        return target && !late;
    }
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
        input_ = nullptr;
    }
    require_done_before(layer);
    last_input_ = layer;
}

// All target layers before this one have been read and corrected.
void Hook::require_done_before(int32_t layer) const {
    require(input_ == nullptr, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[std::min(next_, layers_.size() - 1)],
            ": the graph has no node for the delta of ", heads_text(config_.delta_heads));
    require(awaited_ == 0, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[std::min(next_, layers_.size() - 1)],
            ": the graph has no node for the delta of ", heads_text(awaited_));
    require(next_ == layers_.size() || config_.layers[next_] >= layer, RWKV_MS_E_HOST_NODE,
            "the graph has no node attn_norm-", config_.layers[std::min(next_, layers_.size() - 1)]);
}

void Hook::computed(const GraphNode &node, ggml_tensor &tensor) {
    const auto found = static_cast<size_t>(index(node.layer));
    if (node.kind == GraphNode::Kind::input) {
        read(found, tensor);
        return;
    }
    note(layers_[found].places[1 + node.head], TensorRows::place(tensor));
    float *const values = input_ != nullptr ? read_late(found, node.head, tensor) : nullptr;
    add(found, node.head, tensor, values);
}

// On a device, to ask for a node costs a wait: its computation ends there. The hidden states are still where they were when
// the first projection of them has been computed.
bool Hook::reads_late(const ggml_tensor &input) {
    return (config_.delta_heads & kInputHeads) != 0 && device_of(input) != nullptr;
}

// The hidden states, and with them the values of a projection of one token; nullptr: of more.
float *Hook::read_late(size_t index, size_t head, const ggml_tensor &tensor) {
    require(head != kOutputHead, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[index],
            ": the graph has no node for the delta of ", heads_text(config_.delta_heads & kInputHeads),
            " before that of o");
    require(tensor.src[1] == input_, RWKV_MS_E_HOST_NODE, "node ", tensor.name, ": expected a product with attn_norm-",
            config_.layers[index], ", found one with ", tensor.src[1] != nullptr ? tensor.src[1]->name : "nothing");
    const ggml_tensor &input = *std::exchange(input_, nullptr);
    const bool together = ggml_nrows(&tensor) == 1 && device_of(tensor) == device_of(input);
    return read(index, input, together ? &tensor : nullptr);
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

// Returns the values of the other node that is read with the hidden states, if one is.
float *Hook::read(size_t index, const ggml_tensor &tensor, const ggml_tensor *with) {
    note(layers_[index].places[0], TensorRows::place(tensor));
    check_shape(tensor, config_.hidden_size, index == 0 ? -1 : n_tokens_);
    if (index == 0) begin(tensor.ne[1]);
    Layer &layer = layers_[index];
    n_deltas_ = place_deltas(context_.description().widths[index], n_tokens_);
    if (deltas_.size() < n_deltas_) deltas_.resize(n_deltas_);
    uploaded_to_ = nullptr;
    std::array<float *, 4> out = {};
    for (size_t head = 0; head < out.size(); ++head) {
        if ((config_.delta_heads >> head & 1) != 0) out[head] = deltas_.data() + delta_of_[head];
    }
    DeviceRows *const device = device_of(tensor);
    const std::array<float *, 2> values =
        device != nullptr ? device->read(tensor, with) : std::array<float *, 2>{rows_.read(tensor), nullptr};
    const float *const hidden = values[0];
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
    return with != nullptr ? values[1] : nullptr;
}

// values: of the node, if they have been read.
void Hook::add(size_t index, size_t head, ggml_tensor &tensor, float *values) {
    const int bit = 1 << head;
    require(index == next_ && (awaited_ & bit) != 0, RWKV_MS_E_HOST_NODE, "node ", tensor.name, " of layer ",
            config_.layers[index], ": expected once, after attn_norm-", config_.layers[index]);
    require(head != kOutputHead || awaited_ == bit, RWKV_MS_E_HOST_NODE, "layer ", config_.layers[index],
            ": the graph has no node for the delta of ", heads_text(awaited_ & ~bit), " before that of o");
    const int64_t width = context_.description().widths[index][head];
    check_shape(tensor, width, n_tokens_);
    std::optional<Capture> &capture = layers_[index].capture;
    DeviceRows *const device = device_of(tensor);
    if (device != nullptr && n_tokens_ > 1 && capture) capture->before(head, device->read(tensor)[0], n_tokens_);
    if (device == nullptr || n_tokens_ == 1 || !add_on_device(*device, index, head, tensor)) {
        if (values == nullptr) values = device != nullptr ? device->read(tensor)[0] : rows_.read(tensor);
        if (capture) capture->before(head, values, n_tokens_);
        const float *delta = deltas_.data() + delta_of_[head];
        for (int64_t i = 0; i < n_tokens_ * width; ++i) values[i] += delta[i];
        TensorRows::write(tensor, values);
        if (DeviceRows::device_of(tensor) != nullptr) note(layers_[index].adders[head], kProcessor);
    }
    if (capture) capture->after(head, rows_.read(tensor), n_tokens_);
    rwkv_ms_hook_counts &counts = layers_[index].next_counts;
    int64_t *const injected[] = {&counts.injected_q, &counts.injected_k, &counts.injected_v, &counts.injected_o};
    *injected[head] += n_tokens_;
    awaited_ &= ~bit;
    if (awaited_ == 0) finish_layer();
}

// false: the device cannot.
bool Hook::add_on_device(DeviceRows &device, size_t index, size_t head, const ggml_tensor &tensor) {
    if (uploaded_to_ != &device) device.upload(deltas_.data(), n_deltas_, deltas_.size());
    uploaded_to_ = &device;
    const bool added = device.add(4 * index + head, tensor, delta_of_[head]);
    if (added) note(layers_[index].adders[head], ggml_backend_dev_name(device.device()));
    return added;
}

// Gives each active head's deltas their place; returns the end of the last.
size_t Hook::place_deltas(const DeltaWidths &widths, int64_t n_tokens) {
    size_t end = 0;
    for (size_t head = 0; head < widths.size(); ++head) {
        delta_of_[head] = GGML_PAD(end, DeviceRows::kAlignment);
        if ((config_.delta_heads >> head & 1) != 0) end = delta_of_[head] + static_cast<size_t>(n_tokens * widths[head]);
    }
    return end;
}

// What reads and writes the node where it is; nullptr if the processor does.
DeviceRows *Hook::device_of(const ggml_tensor &tensor) {
    const bool processor = (params_.flags & RWKV_MS_HOOK_PROCESSOR_ADDS) != 0;
    const ggml_backend_dev_t device = processor ? nullptr : DeviceRows::device_of(tensor);
    if (device == nullptr) return nullptr;
    for (const std::unique_ptr<DeviceRows> &known : devices_) {
        if (known->device() == device) return known.get();
    }
    devices_.push_back(std::make_unique<DeviceRows>(device, 4 * layers_.size()));
    return devices_.back().get();
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
    input_ = nullptr;
    stopped_ = true;
}

} // namespace rwkv_ms
