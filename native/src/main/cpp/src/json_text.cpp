// JSON values: their members, their equality, and what messages show of them.
#include <locale>
#include <sstream>

#include "error.h"
#include "json.h"

namespace rwkv_ms {

namespace {
constexpr size_t kMaxShown = 100; // characters of a value
} // namespace

const Json *Json::find(std::string_view name) const {
    for (size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) return &items_[i];
    }
    return nullptr;
}

bool Json::operator==(const Json &other) const {
    if (kind_ != other.kind_ || boolean_ != other.boolean_ || number_ != other.number_ || integer_ != other.integer_ ||
        string_ != other.string_ || items_.size() != other.items_.size())
        return false;
    if (kind_ != Kind::object) return items_ == other.items_;
    for (size_t i = 0; i < items_.size(); ++i) {
        const Json *same = other.find(names_[i]);
        if (same == nullptr || !(*same == items_[i])) return false;
    }
    return true;
}

std::string Json::shown() const {
    std::string out;
    write(out);
    return out.size() <= kMaxShown ? out : out.substr(0, kMaxShown) + "...";
}

void Json::write(std::string &out) const {
    if (out.size() > kMaxShown) return;
    switch (kind_) {
    case Kind::null: out += "null"; return;
    case Kind::boolean: out += boolean_ ? "true" : "false"; return;
    case Kind::number: {
        std::ostringstream number;
        number.imbue(std::locale::classic());
        if (integer_)
            number << *integer_;
        else
            number << number_;
        out += number.str();
        return;
    }
    case Kind::string: out += json_quote(string_); return;
    case Kind::array:
    case Kind::object:
        out += kind_ == Kind::array ? '[' : '{';
        for (size_t i = 0; i < items_.size() && out.size() <= kMaxShown; ++i) {
            if (i > 0) out += ',';
            if (kind_ == Kind::object) out += json_quote(names_[i]) + ":";
            items_[i].write(out);
        }
        out += kind_ == Kind::array ? ']' : '}';
    }
}

const char *Json::name(Kind kind) {
    switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::number: return "a number";
    case Kind::string: return "a string";
    case Kind::array: return "an array";
    case Kind::object: return "an object";
    }
    return "unknown";
}

} // namespace rwkv_ms
