#include "policy/json/json_edit.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>

#include "policy/json/json_value.h"

namespace emailauth {

namespace {

// From an exact-size heap buffer, so that the sanitizer sees a read past the end.
Result<std::string> edit(std::string_view text, std::string_view pointer, std::string_view value) {
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  std::memcpy(copy.get(), text.data(), text.size());
  return set_json_value({copy.get(), text.size()}, pointer, value);
}

}  // namespace

TEST_CASE("set_json_value: changes one value, and nothing else") {
  struct Case {
    const char* why;
    const char* text;
    const char* pointer;
    const char* value;
    const char* result;
  };
  constexpr Case kCases[] = {
      {"replaced in place", R"({ "a" :1.50,"b": [ 1,2 ] , "c":3})", "/b", "{}", R"({ "a" :1.50,"b": {} , "c":3})"},
      {"a number at the end of an object", R"({"a":1e5})", "/a", "2", R"({"a":2})"},
      {"added behind the last member, on one line", R"({"a": 1 })", "/b", "[2]", R"({"a": 1, "b": [2] })"},
      {"added on a line of its own", "{\n    \"a\": 1\n}\n", "/b", "2", "{\n    \"a\": 1,\n    \"b\": 2\n}\n"},
      {"lines of the value are indented", "{\n\t\"a\": 1\n}", "/a", "[\n  1\n]", "{\n\t\"a\": [\n\t  1\n\t]\n}"},
      {"carriage returns stay", "{\r\n  \"a\": 1\r\n}\r\n", "/b", "[\n  1\n]",
       "{\r\n  \"a\": 1,\r\n  \"b\": [\r\n    1\r\n  ]\r\n}\r\n"},
      {"an empty object", "{ }", "/a", "1", "{\n  \"a\": 1\n}"},
      {"brackets, quotes and keys inside strings", R"({"x": "}]\"\\", "y": {"a": "\"a\": 0"}, "a": "]"})", "/a", "1",
       R"({"x": "}]\"\\", "y": {"a": "\"a\": 0"}, "a": 1})"},
      {"only the member of this object", R"({"y": {"a": 0}})", "/a", "1", R"({"y": {"a": 0}, "a": 1})"},
      {"a key written with escapes", R"({"\u0061": 0})", "/a", "1", R"({"\u0061": 1})"},
      {"deep", R"({"d": [ {"k": []}, {"k": [ {"s":"x"} ]} ]})", "/d/1/k/0/s", "\"y\"",
       R"({"d": [ {"k": []}, {"k": [ {"s":"y"} ]} ]})"},
      {"an item behind the last", "{\"k\": [\n  1,\n  2\n]}", "/k/-", "3", "{\"k\": [\n  1,\n  2,\n  3\n]}"},
      {"a slash and a tilde in keys", R"({"a/b": {"~": 1}})", "/a~1b/~0", "2", R"({"a/b": {"~": 2}})"},
      {"a tilde that escapes nothing", R"({"a~": {"~b": 1}})", "/a~/~b", "2", R"({"a~": {"~b": 2}})"},
      {"a new key is quoted", R"({"a": 1})", "/b\"", "2", R"({"a": 1, "b\"": 2})"},
      {"control characters of a new key are escaped", R"({"a": 1})", "/b\t\x1f", "2",
       R"({"a": 1, "b\u0009\u001f": 2})"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    const Result<std::string> result = edit(c.text, c.pointer, c.value);
    REQUIRE(result);
    CHECK(*result == c.result);
    CHECK(std::holds_alternative<JsonValue>(parse_json(*result)));
    const Result<std::string> again = edit(*result, c.pointer, c.value);
    if (std::string_view(c.pointer).back() != '-') CHECK(*again == *result);
  }
}

TEST_CASE("set_json_value: errors, and the exact message") {
  struct Case {
    const char* text;
    const char* pointer;
    const char* value;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"{}", "", "1", R"("" is not a JSON pointer to a member; write one such as "/resolved")"},
      {"{}", "a", "1", R"("a" is not a JSON pointer to a member; write one such as "/resolved")"},
      {"{}", "/a/b", "1", R"("a" of the pointer "/a/b" does not exist; create its parent first)"},
      {"[1]", "/1", "1", R"("1" of the pointer "/1" does not exist; create its parent first)"},
      {"7", "/a", "1", R"("a" of the pointer "/a" does not exist; create its parent first)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.pointer);
    const Result<std::string> result = edit(c.text, c.pointer, c.value);
    REQUIRE(!result);
    CHECK(result.error().message == c.error);
  }
  CHECK(!edit(R"({"a": 1, "a": 2})", "/a", "3"));
  CHECK(!edit(R"({"a": 1)", "/a", "3"));
  CHECK(!edit("{}", "/\xff", "3"));
  CHECK(!edit("{}", "/a",
              "\xEF\xBB\xBF"
              "3"));
  const std::string deep = std::string(kJsonMaxDepth - 1, '[') + std::string(kJsonMaxDepth - 1, ']');
  CHECK(edit("{}", "/a", deep).ok());
  const Result<std::string> too_deep = edit(R"({"a": {}})", "/a/b", deep);
  REQUIRE(!too_deep);
  CHECK(too_deep.error().message.substr(0, 57) == "with the new value at \"/a/b\" the text would not be JSON: ");
  const Result<std::string> bad_value = edit("{}", "/a", "{");
  REQUIRE(!bad_value);
  CHECK(bad_value.error().message.substr(0, 15) == "the new value: ");
}

TEST_CASE("remove_json_value: removes one value, and nothing else") {
  struct Case {
    const char* why;
    const char* text;
    const char* pointer;
    const char* result;
  };
  constexpr Case kCases[] = {
      {"the last member", R"({"a": 1, "b": 2 })", "/b", R"({"a": 1 })"},
      {"the first", R"({ "a": 1, "b": 2})", "/a", R"({ "b": 2})"},
      {"one between", R"({"a": 1 , "b": [2], "c": 3})", "/b", R"({"a": 1, "c": 3})"},
      {"the only one", R"({"x": { "a": 1 }})", "/x/a", R"({"x": {}})"},
      {"lines of its own", "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  },\n  \"d\": 3\n}\n", "/b",
       "{\n  \"a\": 1,\n  \"d\": 3\n}\n"},
      {"the last line", "[\r\n  1,\r\n  2\r\n]", "/1", "[\r\n  1\r\n]"},
      {"the first line", "[\n  1,\n  2\n]", "/0", "[\n  2\n]"},
      {"the only line", "{\"k\": [\n  1\n]}", "/k/0", "{\"k\": []}"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    const Result<std::string> result = remove_json_value(c.text, c.pointer);
    REQUIRE(result);
    CHECK(*result == c.result);
    CHECK(std::holds_alternative<JsonValue>(parse_json(*result)));
  }
  CHECK(remove_json_value("{}", "/a").error().message == R"(there is nothing at "/a")");
  CHECK(remove_json_value("[1]", "/-").error().message == R"(there is nothing at "/-")");
  CHECK(remove_json_value("[1]", "/1").error().message ==
        R"("1" of the pointer "/1" does not exist; create its parent first)");
  CHECK(remove_json_value("{", "/a").error().message == set_json_value("{", "/a", "1").error().message);
}

TEST_CASE("json_items: the items as they are written") {
  const std::string text = R"({"domains": [ {"a": "]"} , 2,[3]], "x": {}})";
  const std::vector<std::string_view> items = json_items(text, "/domains");
  REQUIRE(items.size() == 3);
  CHECK(items[0] == R"({"a": "]"})");
  CHECK(items[1] == "2");
  CHECK(items[2] == "[3]");
  CHECK(items[0].data() == text.data() + 14);
  for (const char* pointer : {"/x", "/y", "", "/domains/-"}) CHECK(json_items(text, pointer).empty());
  CHECK(json_items("{", "/domains").empty());
}

TEST_CASE("on_one_line: as people would write it there") {
  CHECK(on_one_line("{\n  \"a\": [\n    1,\n    2\n  ],\r\n  \"b\": \"x,\\n\"\n}\n") ==
        R"({"a": [1, 2], "b": "x,\n"})");
  CHECK(on_one_line("{\"a\": 1, \n\t\"b\": 2}") == R"({"a": 1, "b": 2})");
  CHECK(on_one_line("7") == "7");
}

}  // namespace emailauth
