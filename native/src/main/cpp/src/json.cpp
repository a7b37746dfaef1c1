#include "json.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>

#include "error.h"

namespace rwkv_ms {

namespace {
constexpr int kMaxDepth = 64;     // no document of ours nests more than ten deep; bounds the recursion
constexpr size_t kMaxDigits = 64; // of a number: a double needs at most 24
} // namespace

class JsonParser {
public:
    JsonParser(std::string_view text, const std::string &what, const Json::Limits &limits)
        : text_(text), what_(what), limits_(limits) {}

    Json document() {
        require(text_.size() <= limits_.length, RWKV_MS_E_JSON_SYNTAX, what_, ": expected at most ", limits_.length,
                " bytes of JSON, found ", text_.size());
        Json value = read_value(0);
        skip_blanks();
        if (at_ != text_.size()) fault("the end of the text");
        return value;
    }

private:
    [[noreturn]] void fault(const char *expected) const {
        const std::string found = at_ < text_.size() ? json_quote(text_.substr(at_, 1)) : "the end of the text";
        fail(RWKV_MS_E_JSON_SYNTAX, what_, ": not valid JSON at byte ", at_, ": expected ", expected, ", found ",
             found);
    }

    void skip_blanks() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    void expect(char c, const char *name) {
        if (!take(c)) fault(name);
    }

    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    Json read_value(int depth) {
        skip_blanks();
        if (++values_ > limits_.values) fault(joined("at most ", limits_.values, " values").c_str());
        const bool nests = at_ < text_.size() && (text_[at_] == '{' || text_[at_] == '[');
        if (nests && depth >= kMaxDepth) fault("at most 64 nested levels");
        Json value;
        if (take('{')) {
            read_object(value, depth);
        } else if (take('[')) {
            read_array(value, depth);
        } else if (take('"')) {
            value.kind_ = Json::Kind::string;
            value.string_ = read_string();
        } else if (take_word("true")) {
            value.kind_ = Json::Kind::boolean;
            value.boolean_ = true;
        } else if (take_word("false")) {
            value.kind_ = Json::Kind::boolean;
        } else if (!take_word("null")) {
            value.kind_ = Json::Kind::number;
            read_number(value);
        }
        return value;
    }

    void read_object(Json &value, int depth) {
        value.kind_ = Json::Kind::object;
        skip_blanks();
        if (take('}')) return;
        do {
            skip_blanks();
            expect('"', "a name in quotes");
            value.names_.push_back(read_string());
            skip_blanks();
            expect(':', "':'");
            value.items_.push_back(read_value(depth + 1));
            skip_blanks();
        } while (take(','));
        expect('}', "',' or '}'");
        std::vector<std::string> sorted = value.names_;
        std::sort(sorted.begin(), sorted.end());
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end())
            fail(RWKV_MS_E_JSON_SYNTAX, what_, ": the name ", json_quote(*twice), " stands twice in one object");
    }

    void read_array(Json &value, int depth) {
        value.kind_ = Json::Kind::array;
        skip_blanks();
        if (take(']')) return;
        do {
            value.items_.push_back(read_value(depth + 1));
            skip_blanks();
        } while (take(','));
        expect(']', "',' or ']'");
    }

    size_t digits() {
        const size_t first = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        return at_ - first;
    }

    size_t needed_digits() {
        const size_t count = digits();
        if (count == 0) fault("a digit");
        return count;
    }

    void read_number(Json &value) {
        const size_t first = at_;
        take('-');
        size_t count = take('0') ? 1 : digits();
        if (count == 0) {
            at_ = first;
            fault("a value");
        }
        bool integral = true;
        if (take('.')) {
            integral = false;
            count += needed_digits();
        }
        if (take('e') || take('E')) {
            integral = false;
            if (!take('+')) take('-');
            count += needed_digits();
        }
        if (count > kMaxDigits) fault("a number of at most 64 digits");
        const std::string text(text_.substr(first, at_ - first));
        if (integral && count <= 18) { // 18 digits always fit
            value.integer_ = std::stoll(text);
            value.number_ = static_cast<double>(*value.integer_);
            return;
        }
        std::istringstream in(text);
        in.imbue(std::locale::classic()); // the host may have set another decimal point
        if (!(in >> value.number_) || !std::isfinite(value.number_))
            fault("a number within the range of a double");
        int64_t exact = 0;
        if (integral && std::istringstream(text) >> exact) value.integer_ = exact;
    }

    unsigned read_hex4() {
        unsigned code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = at_ < text_.size() ? text_[at_] : '\0';
            if (c >= '0' && c <= '9')
                code = code * 16 + static_cast<unsigned>(c - '0');
            else if (c >= 'a' && c <= 'f')
                code = code * 16 + static_cast<unsigned>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                code = code * 16 + static_cast<unsigned>(c - 'A' + 10);
            else
                fault("four hexadecimal digits");
        }
        return code;
    }

    // A lone half of a surrogate pair is no fault of the grammar; it becomes three bytes that no other text has.
    void append_code_point(std::string &out) {
        unsigned code = read_hex4();
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            const size_t after = at_;
            at_ += 2;
            const unsigned low = read_hex4();
            if (low >= 0xDC00 && low <= 0xDFFF)
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            else
                at_ = after;
        }
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0 | (code >> 6));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            out += static_cast<char>(0xE0 | (code >> 12));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else {
            out += static_cast<char>(0xF0 | (code >> 18));
            out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        }
    }

    std::string read_string() {
        std::string out;
        while (at_ < text_.size() && text_[at_] != '"') {
            const unsigned char c = static_cast<unsigned char>(text_[at_]);
            if (c < 0x20) fault("no control character in a string");
            ++at_;
            if (c != '\\') {
                out += static_cast<char>(c);
                continue;
            }
            static const std::string_view escapes = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
            const char e = at_ < text_.size() ? text_[at_] : '\0';
            const size_t known = escapes.find(e);
            if (e == 'u') {
                ++at_;
                append_code_point(out);
            } else if (known != std::string_view::npos && e != '\0') {
                ++at_;
                out += values[known];
            } else {
                fault("an escape of JSON");
            }
        }
        expect('"', "'\"'");
        return out;
    }

    std::string_view text_;
    const std::string &what_;
    const Json::Limits limits_;
    size_t at_ = 0;
    int values_ = 0;
};

Json Json::parse(std::string_view text, const std::string &what, const Limits &limits) {
    return JsonParser(text, what, limits).document();
}

} // namespace rwkv_ms
