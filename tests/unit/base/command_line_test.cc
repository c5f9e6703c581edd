#include "policy/base/command_line.h"

#include <doctest/doctest.h>

#include "policy/base/todo.h"

namespace emailauth {

namespace {

CommandLine enable(std::string_view domain) { return CommandLine({"emailauth", "sender", "enable"}).operand(domain); }

}  // namespace

TEST_CASE("CommandLine: a word stays a word, whoever wrote it") {
  struct Case {
    const char* word;
    const char* text;
  };
  constexpr Case kCases[] = {
      {"example.com", "emailauth sender enable example.com"},
      {"p=reject", "emailauth sender enable p=reject"},
      {"include:a;reboot;b.example", "emailauth sender enable 'include:a;reboot;b.example'"},
      {"$(id)", "emailauth sender enable '$(id)'"},
      {"`id`", "emailauth sender enable '`id`'"},
      {"it's", "emailauth sender enable 'it'\\''s'"},
      {"", "emailauth sender enable ''"},
      {"=ls", "emailauth sender enable '=ls'"},
      {"~root", "emailauth sender enable '~root'"},
      {"#x", "emailauth sender enable '#x'"},
      {"日本", "emailauth sender enable '日本'"},
      {"--write", "emailauth sender enable -- --write"},
      {"-", "emailauth sender enable -"},
  };
  for (const Case& c : kCases) CHECK(enable(c.word).text() == c.text);
}

TEST_CASE("CommandLine: options follow operands, and before one that looks like an option") {
  CHECK(enable("example.com").option("--policies", "/a b").operand("x").flag("--write").text() ==
        "emailauth sender enable example.com x --policies '/a b' --write");
  CHECK(enable("-x").option("--selector", "s1").flag("--write").text() ==
        "emailauth sender enable --selector s1 --write -- -x");
  CHECK(enable("a").option("--selector", "--write").text() == "emailauth sender enable a --selector=--write");
  CHECK(enable("a").option("--selector", "").text() == "emailauth sender enable a --selector=");
}

TEST_CASE("CommandLine: what a terminal must not get is not shown, and the line does nothing") {
  for (const char* word : {"a\nreboot", "\x1b[2J", "\u202e", "\xff"}) {
    const std::string text = enable(word).text();
    CAPTURE(text);
    CHECK(text.rfind("# a command is not shown: \"", 0) == 0);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(enable(word).words().back() == word);
  }
  CHECK(enable("a\nb").text() ==
        "# a command is not shown: \"a\\010b\" in it contains characters that must not reach a shell; rename it");
}

TEST_CASE("in_directory: repeats --policies if the command was called with it") {
  CHECK(in_directory(enable("a"), "/srv/policies").text() == "emailauth sender enable a --policies /srv/policies");
  CHECK(in_directory(enable("a"), "").text() == "emailauth sender enable a");
}

TEST_CASE("Todo: one line per step") {
  const Todo todo = Todo("look at it").then(enable("a;b")).then("");
  CHECK(todo.lines() == std::vector<std::string>{"look at it", "emailauth sender enable 'a;b'"});
  CHECK(todo.text() == "look at it\nemailauth sender enable 'a;b'");
  CHECK(Todo().empty());
  CHECK(Todo("").empty());
}

}  // namespace emailauth
