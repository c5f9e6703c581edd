#include "policy/json/json_value.h"

#include <doctest/doctest.h>

using namespace emailauth;
using namespace std::string_literals;

namespace {

JsonValue parsed(std::string_view text) {
  auto result = parse_json(text);
  REQUIRE(std::holds_alternative<JsonValue>(result));
  return std::get<JsonValue>(std::move(result));
}

// Returns "LINE POINTER MESSAGE", or "" if the text is good.
std::string fault(std::string_view text, std::uint32_t first_line = 1) {
  const auto result = parse_json(text, first_line);
  const auto* error = std::get_if<JsonError>(&result);
  return error == nullptr ? "" : std::to_string(error->line) + " " + error->pointer + " " + error->message;
}

}  // namespace

TEST_CASE("JSON: every kind, and its line") {
  const JsonValue root = parsed(
      "{\n\"a\": null,\n\"b\":\ntrue, \"c\": -1.5e3,\n\"d\": \"x\\u00fc\\n\",\n\"e\": [1,\n2\n,[]],\n\"f\": {}}\n");
  CHECK(root.kind == JsonKind::object);
  CHECK(root.line == 1);
  REQUIRE(root.members.size() == 6);
  CHECK(root.find("a")->kind == JsonKind::null);
  CHECK(root.find("a")->line == 2);
  CHECK(root.members[1].line == 3);
  CHECK(root.find("b")->line == 4);
  CHECK(root.find("b")->boolean);
  CHECK(root.find("c")->text == "-1.5e3");
  CHECK(root.find("c")->line == 4);
  CHECK(root.find("d")->text == "x\xc3\xbc\n");
  REQUIRE(root.find("e")->items.size() == 3);
  CHECK(root.find("e")->items[0].line == 6);
  CHECK(root.find("e")->items[1].text == "2");
  CHECK(root.find("e")->items[1].line == 7);  // the lexer has already seen the end of the line
  CHECK(root.find("f")->kind == JsonKind::object);
  CHECK(root.find("g") == nullptr);
}

TEST_CASE("JSON: numbers keep their digits") {
  CHECK(parsed("18446744073709551615").text == "18446744073709551615");
  CHECK(parsed("-9223372036854775808").text == "-9223372036854775808");
  CHECK(parsed("0").text == "0");
  CHECK(parsed("\"a\\u0000b\"").text == "a\0b"s);
}

TEST_CASE("JSON: rejected text, where and why") {
  CHECK(fault("") == "1  there is nothing here; write an object: { … }");
  CHECK(fault(" \n\t") == "1  there is nothing here; write an object: { … }");
  CHECK(fault("\n{\"a\": 1,\n\"a\": 2}") == "3 /a the key \"a\" appears twice, first in line 2; keep one");
  CHECK(fault("{\"a~/b\": {\"x\": 1, \"y\": 2, \"x\": 3}}") ==
        "1 /a~0~1b/x the key \"x\" appears twice, first in line 1; keep one");
  CHECK(fault("[1,\n\xff]") == "2  octet 5 is not UTF-8; save the file as UTF-8");
  CHECK(fault("{}\n\0{}"s) == "2  octet 4 is NUL; save the file as UTF-8 text");
  CHECK(fault("1e999") == "1  the number \"1e999\" is too large");
  CHECK(fault("{\"a\": [1, {\"b\": nul}]}").substr(0, 9) == "1 /a/1 th");
  CHECK(fault("{", 41).substr(0, 3) == "41 ");
  for (const std::string& text :
       {"{"s,   "}"s,   "[1,]"s, "{\"a\"}"s, "{\"a\":}"s, "{a:1}"s,       "'a'"s, "01"s,   "+1"s,      ".5"s,   "1."s,
        "NaN"s, "tru"s, "\"a"s,  "\"\t\""s,  "\"\\x\""s,  "\"\\ud800\""s, "1 2"s, "{}\0"s, "// x\n1"s, "[1] x"s}) {
    CAPTURE(text);
    CHECK(fault(text) != "");
  }
}

TEST_CASE("JSON: depth") {
  CHECK(fault(std::string(32, '[') + std::string(32, ']')) == "");
  CHECK(fault(std::string(33, '[') + std::string(33, ']')) ==
        "1  values are nested more than 32 deep; policy files never are");
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += "{\"a\":";
  CHECK(fault(objects) == "1  values are nested more than 32 deep; policy files never are");
}

TEST_CASE("JSON pointers (RFC 6901)") {
  CHECK(pointer_to("", "a") == "/a");
  CHECK(pointer_to("/a", "b/c~d") == "/a/b~1c~0d");
  CHECK(pointer_to("/a", std::size_t{7}) == "/a/7");
  CHECK(pointer_to("", "") == "/");
}
