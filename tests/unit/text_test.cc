// The small text formats: base64, UTF-8, TXT content, what is shown in messages.
#include <doctest/doctest.h>

#include "policy/base64.h"
#include "policy/diagnostic.h"
#include "policy/txt_content.h"
#include "policy/utf8.h"

using namespace emailauth;
using namespace std::string_literals;

TEST_CASE("base64: RFC 4648, 10, and back") {
  struct Case {
    std::string octets;
    const char* text;
  };
  const Case kCases[] = {{"", ""},
                         {"f", "Zg=="},
                         {"fo", "Zm8="},
                         {"foo", "Zm9v"},
                         {"foob", "Zm9vYg=="},
                         {"fooba", "Zm9vYmE="},
                         {"foobar", "Zm9vYmFy"},
                         {"\0\xff\xfe"s, "AP/+"}};
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    CHECK(to_base64(c.octets) == c.text);
    CHECK(from_base64(c.text) == c.octets);
  }
}

TEST_CASE("base64: what is none") {
  for (const std::string& text : {"Z"s, "Zg"s, "Zg="s, "Zg==="s, "Zg== "s, " Zg=="s, "Z g="s, "Zg==\n"s, "Zh=="s,
                                  "Zm9="s, "===="s, "Zg==Zg=="s, "Zm-_"s, "Zg=\0"s, "\xc3\xbc=="s}) {
    CAPTURE(text);
    CHECK(!from_base64(text).has_value());
  }
}

TEST_CASE("UTF-8: lengths of sequences, and what is none (RFC 3629)") {
  struct Case {
    std::string text;
    std::size_t length;
  };
  const Case kCases[] = {{"a", 1},
                         {"\x7f", 1},
                         {"\0"s, 1},
                         {"\xc2\x80", 2},
                         {"\xdf\xbf", 2},
                         {"\xe0\xa0\x80", 3},
                         {"\xed\x9f\xbf", 3},
                         {"\xee\x80\x80", 3},
                         {"\xef\xbf\xbf", 3},
                         {"\xf0\x90\x80\x80", 4},
                         {"\xf4\x8f\xbf\xbf", 4},
                         {"", 0},
                         {"\x80", 0},
                         {"\xbf", 0},
                         {"\xc0\x80", 0},
                         {"\xc1\xbf", 0},
                         {"\xc2", 0},
                         {"\xc2\x41", 0},
                         {"\xe0\x9f\xbf", 0},
                         {"\xed\xa0\x80", 0},
                         {"\xe2\x82", 0},
                         {"\xf0\x8f\xbf\xbf", 0},
                         {"\xf4\x90\x80\x80", 0},
                         {"\xf5\x80\x80\x80", 0},
                         {"\xff", 0},
                         {"\xf0\x90\x80", 0}};
  for (const Case& c : kCases) {
    CAPTURE(printable(c.text));
    CHECK(utf8_sequence_length(c.text, 0) == c.length);
  }
  CHECK(find_invalid_utf8("B\xc3\xbcro") == std::string_view::npos);
  CHECK(find_invalid_utf8("B\xfcro") == 1);
  CHECK(find_invalid_utf8("ab\xc3") == 2);
}

TEST_CASE("TXT content: quoted, escaped, cut into strings of 255 octets") {
  CHECK(to_txt_rdata("") == "\0"s);
  CHECK(to_txt_rdata("v=spf1 -all") == "\x0bv=spf1 -all");
  CHECK(to_txt_rdata(std::string(300, 'x')) == "\xff" + std::string(255, 'x') + "\x2d" + std::string(45, 'x'));
  CHECK(txt_content_of_rdata(to_txt_rdata("a \"b\"")) == to_txt_content("a \"b\""));
  CHECK(to_txt_content("") == R"("")");
  CHECK(to_txt_content("v=spf1 -all") == R"("v=spf1 -all")");
  CHECK(to_txt_content("a\"b\\c;d") == R"("a\"b\\c;d")");
  CHECK(to_txt_content("\0\n\x7f\xff"s) == R"("\000\010\127\255")");
  CHECK(to_txt_content(std::string(255, 'x')) == "\"" + std::string(255, 'x') + "\"");
  CHECK(to_txt_content(std::string(256, 'x')) == "\"" + std::string(255, 'x') + "\" \"x\"");
  CHECK(to_txt_content(std::string(510, 'x')) == "\"" + std::string(255, 'x') + "\" \"" + std::string(255, 'x') + "\"");
  const std::string words =
      std::string(250, 'a') + " " + std::string(20, 'b');  // cut behind the space: no word is parted
  CHECK(to_txt_content(words) == "\"" + std::string(250, 'a') + " \" \"" + std::string(20, 'b') + "\"");
  const std::string early = std::string(20, 'a') + " " + std::string(300, 'b');  // too early to be worth it
  CHECK(to_txt_content(early) == "\"" + early.substr(0, 255) + "\" \"" + early.substr(255) + "\"");
  CHECK(to_txt_content(std::string(255, '"')).size() == 2 + 2 * 255);  // escapes do not count
}

TEST_CASE("Diagnostics: one line, whatever is in them") {
  CHECK(to_string({Severity::error, "domains/a.json", 3, "/dmarc/p", "wrong"}) == "domains/a.json:3: /dmarc/p: wrong");
  CHECK(to_string({Severity::warning, "a.json", 0, "", "odd"}) == "a.json: warning: odd");
  CHECK(to_string({Severity::advice, "", 0, "", "hm"}) == ".: advice: hm");
  CHECK(to_string({Severity::error, "a\nb.json", 1, "/x\ny", "m"}) == "a\\010b.json:1: /x\\010y: m");
  CHECK(printable("B\xc3\xbcro") == "B\xc3\xbcro");
  CHECK(printable("B\xfc\x1b\x7f\0"s) == "B\\252\\027\\127\\000");
  CHECK(printable(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(printable(std::string(201, 'x')) == std::string(200, 'x') + "…");
  CHECK(in_quotes("a") == "\"a\"");
  CHECK(!has_errors({{Severity::warning, "", 0, "", ""}, {Severity::advice, "", 0, "", ""}}));
  CHECK(has_errors({{Severity::warning, "", 0, "", ""}, {Severity::error, "", 0, "", ""}}));
}
