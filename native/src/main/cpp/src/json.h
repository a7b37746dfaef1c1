// A small strict JSON reader (RFC 8259) for the documents embedded in a sidecar. No NaN, no duplicate names, no
// trailing text; length, depth, digits and the count of values are bounded, so that a document takes at most
// some ten megabytes of memory. Every failure is RWKV_MS_E_JSON_SYNTAX with the byte offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rwkv_ms {

class Json {
public:
    enum class Kind { null, boolean, number, string, array, object };

    // How much of a document is read before it is refused.
    struct Limits {
        size_t length = size_t{4} << 20; // bytes: 744 tensors' manifest has 0.3 million
        int values = 1 << 18;            // some 100 bytes each; a manifest has ten per tensor
    };

    // what names the text in messages, such as a key of the file.
    static Json parse(std::string_view text, const std::string &what) { return parse(text, what, Limits{}); }
    static Json parse(std::string_view text, const std::string &what, const Limits &limits);

    Kind kind() const { return kind_; }
    bool boolean() const { return boolean_; }
    double number() const { return number_; }
    const std::string &string() const { return string_; }
    const std::vector<Json> &items() const { return items_; }
    const std::vector<std::string> &names() const { return names_; } // of an object's members, in the order of items()

    // The value if it is written as an integer (8.0 and 8e0 are not) and fits.
    std::optional<int64_t> integer() const { return integer_; }

    // The member of that name; nullptr if there is none or this is no object.
    const Json *find(std::string_view name) const;

    // Equal as JSON; 8 and 8.0 differ. Members may stand in another order.
    bool operator==(const Json &other) const;

    // Compact text for a message, cut if it is long.
    std::string shown() const;

    // How messages name a kind.
    static const char *name(Kind kind);

private:
    friend class JsonParser;
    void write(std::string &out) const;
    Kind kind_ = Kind::null;
    bool boolean_ = false;
    double number_ = 0;
    std::optional<int64_t> integer_;
    std::string string_;
    std::vector<Json> items_;        // of an array, or the values of an object
    std::vector<std::string> names_; // of an object, in the order of items_
};

} // namespace rwkv_ms
