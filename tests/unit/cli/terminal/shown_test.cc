#include "policy/cli/terminal/shown.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "policy/cli/terminal/json_output.h"

namespace emailauth::cli {

TEST_CASE("Shown: what is put into a format is inert, the format is ours") {
  const std::string hostile = "a\n\x1b[2J\u202e";
  CHECK(Shown(hostile) == "a\\010\\027[2J\\226\\128\\174");
  CHECK(Shown::lines(hostile) == "a\n\\027[2J\\226\\128\\174");
  CHECK(Shown::of("{:<4}|{:>3}|{}\n", "ab", 7, hostile) == "ab  |  7|a\\010\\027[2J\\226\\128\\174\n");
  const char* literal = "x\ty";
  CHECK(Shown::of("{}{}", literal, std::string_view("\x7f")) == "x\\009y\\127");
  CHECK(Shown::of("{}", hostile.c_str()) == Shown(hostile).text());
}

TEST_CASE("Shown: text that is shown already stays as it is") {
  const Shown block = Shown::of("one\n") + Shown("two\n");
  CHECK(block == "one\ntwo\\010");
  CHECK(Shown::of("[{}]", block) == "[one\ntwo\\010]");
  CHECK(Shown().empty());
}

TEST_CASE("shown_json: strings hold nothing that must not be shown") {
  const nlohmann::ordered_json json{{"a",
                                     "\x1b\u202e\xff"
                                     "b"},
                                    {"n", 1}};
  CHECK(shown_json(json) == "{\n  \"a\": \"\\u001b\\u202e\ufffdb\",\n  \"n\": 1\n}");
}

}  // namespace emailauth::cli
