#include "policy/base/shell_word.h"

#include <doctest/doctest.h>

namespace emailauth {

TEST_CASE("shell_word: quotes only words that a shell would not read unchanged") {
  struct Case {
    const char* text;
    const char* word;
  };
  constexpr Case kCases[] = {{"s1.example.com", "s1.example.com"},
                             {"/etc/powerdns/emailauth", "/etc/powerdns/emailauth"},
                             {"2001:db8::1", "2001:db8::1"},
                             {"p=reject,x@y+z%", "p=reject,x@y+z%"},
                             {"=ls", "'=ls'"},
                             {"", "''"},
                             {"two words", "'two words'"},
                             {"x;rm -rf ~", "'x;rm -rf ~'"},
                             {"$(id)", "'$(id)'"},
                             {"it's", "'it'\\''s'"}};
  for (const Case& c : kCases) CHECK(shell_word(c.text) == c.word);
  CHECK(shell_quoted("plain") == "'plain'");
}

}  // namespace emailauth
