#include "policy/cli/write/edited_text.h"

#include <doctest/doctest.h>

#include <variant>

namespace emailauth::cli {

TEST_CASE("set_in_object: how an object changes") {
  struct Case {
    const char* why;
    const char* object;
    const char* margin;
    const char* pointer;
    const char* value;
    const char* result;
  };
  constexpr Case kCases[] = {
      {"one line stays one line", R"({"domain": "a.example"})", "", "/mode", "\"blocked\"",
       R"({"domain": "a.example", "mode": "blocked"})"},
      {"an empty list on one line", R"({"spf": {"senders": []}})", "", "/spf/senders/-", "\"x\"",
       R"({"spf": {"senders": ["x"]}})"},
      {"what is on the way is made", R"({"domain": "a.example"})", "", "/spf/netblocks/-",
       R"({"network": "192.0.2.1"})", R"({"domain": "a.example", "spf": {"netblocks": [{"network": "192.0.2.1"}]}})"},
      {"a value of many lines on one line", R"({"a": 1})", "", "/b", "{\n  \"c\": 1,\n  \"d\": [\n    2\n  ]\n}",
       R"({"a": 1, "b": {"c": 1, "d": [2]}})"},
      {"an object of many lines that begins behind four spaces", "{\n      \"a\": {}\n    }", "    ", "/a/b", "1",
       "{\n      \"a\": {\n        \"b\": 1\n      }\n    }"},
      {"an empty object of many lines", "{\n    }", "    ", "/a", "1", "{\n      \"a\": 1\n    }"},
      {"a key with a slash", R"({"a": 1})", "", "/b~1c/d", "1", R"({"a": 1, "b/c": {"d": 1}})"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    const Result<std::string> result = set_in_object(c.object, c.margin, c.pointer, c.value);
    REQUIRE(result);
    CHECK(*result == c.result);
  }
  CHECK(set_in_object(R"({"spf": 5})", "", "/spf/all", "1").error().message ==
        R"("all" of the pointer "/spf/all" does not exist; create its parent first)");
  CHECK(!set_in_object("{", "", "/a", "1"));
}

TEST_CASE("with_lines, with_items: domains are added after the existing ones") {
  CHECK(with_lines("", {"{\"a\": 1}"}) == "{\"a\": 1}\n");
  CHECK(with_lines("{}", {"1", "{\n  \"a\": 2\n}"}) == "{}\n1\n{\"a\": 2}\n");
  CHECK(with_lines("{}\r\n", {"1"}) == "{}\r\n1\r\n");
  const std::vector<std::string> two = {"{\"domain\": \"a.example\"}", "{\n  \"domain\": \"b.example\"\n}"};
  CHECK(
      with_items("", two, "domains/x.json") ==
      "{\n  \"domains\": [\n    {\"domain\": \"a.example\"},\n    {\n      \"domain\": \"b.example\"\n    }\n  ]\n}\n");
  CHECK(with_items("", {two[0]}, "domains/x.json") == "{\n  \"domains\": [\n    {\"domain\": \"a.example\"}\n  ]\n}\n");
  CHECK(with_items("", {two[1]}, "domains/b.example.json") == "{\n  \"domain\": \"b.example\"\n}\n");
  CHECK(with_items("{\"domains\": [1]}", two, "f") ==
        "{\"domains\": [1, {\"domain\": \"a.example\"}, {\n  \"domain\": \"b.example\"\n}]}");
  CHECK(with_items("{\n \"domains\": [\n  1\n ]\n}\n", {"2", "3"}, "f") ==
        "{\n \"domains\": [\n  1,\n  2,\n  3\n ]\n}\n");
  CHECK(with_items("{\n  \"domains\": []\n}\n", {"2", "3"}, "f") == "{\n  \"domains\": [\n    2,\n    3\n  ]\n}\n");
}

TEST_CASE("note_after: who, when and why follow the earlier note") {
  CHECK(note_after("", "2026-11-22", "anna", "ticket 1") == "2026-11-22 anna: ticket 1");
  CHECK(note_after("a shop", "2026-11-22", "anna", "ticket 1") == "a shop; 2026-11-22 anna: ticket 1");
  CHECK(note_after("A shop.", "2026-11-22", "anna", "ticket 1") == "A shop. 2026-11-22 anna: ticket 1");
}

TEST_CASE("value_at, says: a value is found and compared, however it is written") {
  const auto parsed = parse_json(R"({"a": [{"b/c": true}, 1.0], "d": "x"})");
  const JsonValue& root = std::get<JsonValue>(parsed);
  CHECK(value_at(root, "") == &root);
  REQUIRE(value_at(root, "/a/0/b~1c") != nullptr);
  CHECK(value_at(root, "/a/0/b~1c")->boolean);
  for (const char* nowhere : {"/a/2", "/a/-", "/d/x", "/e", "/a/0/b/c"}) CHECK(value_at(root, nowhere) == nullptr);
  CHECK(says(root, "{\n\"a\": [{\"b\\/c\": true}, 1.0], \"d\":\"\\u0078\"}"));
  for (const char* other :
       {"{}", "[", R"({"a": [{"b/c": false}, 1.0], "d": "x"})", R"({"a": [{"b/c": true}, 1.1], "d": "x"})"})
    CHECK(!says(root, other));
}

}  // namespace emailauth::cli
