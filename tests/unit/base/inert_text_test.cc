#include "policy/base/inert_text.h"

#include <doctest/doctest.h>

#include <string_view>

#include "policy/json/json_value.h"

namespace emailauth {

using std::string_view_literals::operator""sv;

TEST_CASE("inert: characters that control, reverse or hide text become decimal octets") {
  struct Case {
    std::string_view text;
    const char* shown;
  };
  constexpr Case kCases[] = {
      {"", ""},
      {"plain; it's \"text\" \\ $(id)", "plain; it's \"text\" \\ $(id)"},
      {"Müller 日本 العربية ☃", "Müller 日本 العربية ☃"},
      {"می\u200cخواهم", "می\u200cخواهم"},  // a joiner is a letter
      {"a\nb\tc\r", "a\\010b\\009c\\013"},
      {"\x1b[31mred"sv, "\\027[31mred"},
      {"\0\x7f"sv, "\\000\\127"},
      {"\u0085\u009b", "\\194\\133\\194\\155"},
      {"a\u202egpj.exe", "a\\226\\128\\174gpj.exe"},
      {"\u2066x\u2069", "\\226\\129\\166x\\226\\129\\169"},
      {"\u200e\u200f\u2028\u2029", "\\226\\128\\142\\226\\128\\143\\226\\128\\168\\226\\128\\169"},
      {"\ufeff\u061c", "\\239\\187\\191\\216\\156"},
      {"\U000e0041", "\\243\\160\\129\\129"},
      {"\x80\xff\xc3(", "\\128\\255\\195("},
      {"\xed\xa0\x80", "\\237\\160\\128"},  // a surrogate
      {"end\xe2\x80", "end\\226\\128"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.shown);
    CHECK(inert(c.text) == c.shown);
    CHECK(inert(inert(c.text)) == c.shown);
    CHECK(is_inert(c.text) == (c.text == c.shown));
  }
}

TEST_CASE("inert_lines: line ends and tabs stay, and nothing else") {
  CHECK(inert_lines("a\n\tb\r\nc\rd\x1b\r") == "a\n\tb\r\nc\\013d\\027\\013");
}

TEST_CASE("inert_json: another spelling of the same value") {
  CHECK(inert_json("{\n  \"a\": \"\u202e\u00ad\x7f ü\"\n}") == "{\n  \"a\": \"\\u202e\\u00ad\\u007f ü\"\n}");
  CHECK(inert_json("\"\U000e0041\"") == "\"\\udb40\\udc41\"");
  CHECK(inert_json("\"\xff\"") == "\"\xff\"");  // not JSON
  const auto parsed = parse_json(inert_json("\"\u202e\U000e0041\""));
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  CHECK(std::get<JsonValue>(parsed).text == "\u202e\U000e0041");
}

}  // namespace emailauth
