// The strict JSON reader, as a unit.
#include "../../main/cpp/src/json.h"

#include "../../main/cpp/src/error.h"
#include "check.h"

using rwkv_ms::Json;

namespace {

std::string fault(const std::string &text) {
    try {
        Json::parse(text, "x");
        return "accepted";
    } catch (const rwkv_ms::Error &e) {
        CHECK_EQUAL(int{e.status()}, int{RWKV_MS_E_JSON_SYNTAX});
        return e.what();
    }
}

} // namespace

TEST(values) {
    const Json json = Json::parse(
        " {\"a\" : [ 1 , -2.5e1, true,false ,null] , \"b\":\"\\u00e9\\ud83d\\ude00\\n\\\"\", \"c\": {} } \n", "x");
    CHECK(json.kind() == Json::Kind::object);
    const std::vector<Json> &items = json.find("a")->items();
    CHECK_EQUAL(items.size(), size_t{5});
    CHECK_EQUAL(items[0].integer().value(), 1);
    CHECK_EQUAL(items[1].number(), -25.0);
    CHECK(items[2].boolean() && !items[3].boolean() && items[4].kind() == Json::Kind::null);
    CHECK_EQUAL(json.find("b")->string(), "\xc3\xa9\xf0\x9f\x98\x80\n\"");
    CHECK(json.find("d") == nullptr);
    CHECK(!Json::parse("0.5", "x").integer().has_value());
    CHECK(!Json::parse("1e300", "x").integer().has_value());
    CHECK_EQUAL(Json::parse("-0", "x").number(), 0.0);
    CHECK(!Json::parse("8.0", "x").integer().has_value());
    CHECK_EQUAL(Json::parse("-9223372036854775808", "x").integer().value(), INT64_MIN);
    CHECK(!Json::parse("9223372036854775808", "x").integer().has_value());
    CHECK_EQUAL(Json::parse("\"\\ud800\\u0041\"", "x").string(), "\xed\xa0\x80" "A");
    CHECK_EQUAL(Json::parse("\"\\ud800\\ue000\"", "x").string(), "\xed\xa0\x80\xee\x80\x80");
    CHECK_EQUAL(Json::parse("\"\\ud800\\ud800\\udc00\"", "x").string(), "\xed\xa0\x80\xf0\x90\x80\x80");
    CHECK_EQUAL(Json::parse("\"\\udbff\\udfff\"", "x").string(), "\xf4\x8f\xbf\xbf");
    CHECK_EQUAL(Json::parse("\"\\udc00\\udc00\"", "x").string(), "\xed\xb0\x80\xed\xb0\x80");
    CHECK_EQUAL(Json::parse(R"("\"\\\/\b\f\n\r\t")", "x").string(), "\"\\/\b\f\n\r\t");
    CHECK_EQUAL(Json::parse("\"\\u00E9\\uABCD\\uabcd\\u007f\\u0080\\u07ff\\u0800\"", "x").string(),
                "\xc3\xa9\xea\xaf\x8d\xea\xaf\x8d\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80");
    CHECK_EQUAL(Json::parse("9223372036854775807", "x").integer().value(), INT64_MAX);
}

TEST(equality) {
    const auto equal = [](const char *a, const char *b) { return Json::parse(a, "x") == Json::parse(b, "x"); };
    CHECK(equal(R"({"a":[1,"b",null,true],"c":{}})", R"({ "c":{}, "a":[1,"\u0062",null,true]})"));
    for (const char *other : {R"({"a":1})", "[1.0]", "[2]", "[\"1\"]", "[1,1]", "[]", "[true]", "[null]"})
        CHECK(!equal("[1]", other));
    CHECK(!equal(R"({"a":1})", R"({"b":1})") && !equal(R"({"a":1})", R"({"a":2})"));
}

TEST(values_in_messages) {
    const std::string text = R"({"a":[1,-2.5,"b\"",null,true,false,1e+300],"c":{}})";
    CHECK_EQUAL(Json::parse(text, "x").shown(), text);
    CHECK_EQUAL(Json::parse('"' + std::string(200, 'a') + '"', "x").shown(), '"' + std::string(99, 'a') + "...");
}

TEST(faults) {
    for (const char *text : {"",
                             " ",
                             "{",
                             "[1,]",
                             "[1 2]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{a:1}",
                             "{\"a\":1,}",
                             "01",
                             "-",
                             "+1",
                             "1.",
                             ".5",
                             "1e",
                             "NaN",
                             "Infinity",
                             "nul",
                             "True",
                             "\"",
                             "\"\\x\"",
                             "\"\\u12g4\"",
                             "\"\\ud800\\u00g1\"",
                             "\"\t\"",
                             "1 1",
                             "[1]]",
                             "1e999",
                             "'a'",
                             "{\"a\":1,\"a\":2}",
                             "{\"b\":[{\"a\":1,\"c\":0,\"a\":1}]}"}) {
        CHECK(fault(text) != "accepted");
    }
    CHECK_EQUAL(fault("[1,]"), "x: not valid JSON at byte 3: expected a value, found \"]\"");
    CHECK_EQUAL(
        fault("1e999"),
        "x: not valid JSON at byte 5: expected a number within the range of a double, found the end of the text");
    CHECK_EQUAL(fault(std::string(100000, '[')),
                "x: not valid JSON at byte 64: expected at most 64 nested levels, found \"[\"");
    CHECK_EQUAL(fault(std::string(64, '[') + std::string(64, ']')), "accepted");
    CHECK_EQUAL(fault(std::string(64, '1')), "accepted");
    CHECK_EQUAL(fault(std::string(65, '1')),
                "x: not valid JSON at byte 65: expected a number of at most 64 digits, found the end of the text");
    std::string many = "[";
    for (int i = 0; i < 262143; ++i) many += "1,";
    CHECK_EQUAL(fault(many + "1]"),
                "x: not valid JSON at byte 524287: expected at most 262144 values, found \"1\"");
    CHECK_EQUAL(fault(std::string((4 << 20) + 1, ' ')), "x: expected at most 4194304 bytes of JSON, found 4194305");
}

TEST(quoting) { CHECK_EQUAL(rwkv_ms::json_quote("a\"\\\n"), "\"a\\\"\\\\\\u000a\""); }

int main() { return test::run_all(); }
