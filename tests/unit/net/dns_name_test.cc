#include "policy/net/dns_name.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace emailauth;

TEST_CASE("Name: text and back") {
  struct Case {
    const char* text;
    const char* canonical;
  };
  constexpr Case kCases[] = {
      {"example.com", "example.com"},
      {"Example.COM.", "example.com"},
      {".", "."},
      {R"(a\.b.example)", R"(a\.b.example)"},
      {R"(a\046b.example)", R"(a\.b.example)"},
      {R"(\000\255.x)", R"(\000\255.x)"},
      {R"(two\032words.x)", R"(two\032words.x)"},
      {R"(back\\slash.x)", R"(back\\slash.x)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const Result<Name> name = Name::parse(c.text);
    REQUIRE(name.ok());
    CHECK(name->to_string() == c.canonical);
    CHECK(Name::parse(name->to_string()).value() == *name);
  }
}

TEST_CASE("Name: rejected text, and the exact message") {
  struct Case {
    std::string text;
    const char* error;
  };
  const Case kCases[] = {
      {"", R"("" is not a domain name: it is empty)"},
      {"a..b", R"("a..b" is not a domain name: it has an empty label)"},
      {".a", R"(".a" is not a domain name: it has an empty label)"},
      {R"(a\)", R"("a\" is not a domain name: a backslash needs three digits up to 255, or one character)"},
      {R"(a\256)", R"("a\256" is not a domain name: a backslash needs three digits up to 255, or one character)"},
      {R"(a\12)", R"("a\12" is not a domain name: a backslash needs three digits up to 255, or one character)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const Result<Name> name = Name::parse(c.text);
    REQUIRE(!name.ok());
    CHECK(name.error().message == c.error);
  }
  CHECK(!Name::parse(std::string(64, 'a')).ok());
  CHECK(Name::parse(std::string(63, 'a')).ok());
}

// Copies the octets to the end of a heap block, so that ASan sees one octet of over-read.
static bool assigns(const std::string& wire) {
  const std::unique_ptr<char[]> exact(new char[wire.size()]);
  std::copy(wire.begin(), wire.end(), exact.get());
  NameView view;
  return view.assign({exact.get(), wire.size()});
}

TEST_CASE("NameView: only whole uncompressed names") {
  using namespace std::string_literals;
  CHECK(assigns("\0"s));
  CHECK(assigns("\1a\0"s));
  CHECK(assigns("\3a\0b\0"s));
  CHECK(!assigns(""s));
  CHECK(!assigns("\1a"s));
  CHECK(!assigns("\2a\0"s));
  CHECK(!assigns("\1a\0x"s));
  CHECK(!assigns("\xc0\x0c"s));
  CHECK(!assigns("\x40" + std::string(64, 'a') + "\0"s));
  const std::string label = "\x3f" + std::string(63, 'a');
  CHECK(assigns(label + label + label + "\x3d" + std::string(61, 'a') + "\0"s));
  CHECK(!assigns(label + label + label + "\x3e" + std::string(62, 'a') + "\0"s));
}

TEST_CASE("NameView: labels, suffixes and the length that mail software counts") {
  const Name name = Name::parse("www.example.com").value();
  NameView view;
  REQUIRE(view.assign(name.wire()));
  CHECK(view.label_count() == 3);
  CHECK(view.label(0) == "www");
  CHECK(view.text_length() == 15);
  CHECK(view.begin_of_suffix(Name::parse("example.com")->wire()).value() == 1);
  CHECK(view.begin_of_suffix(name.wire()).value() == 0);
  CHECK(view.begin_of_suffix(Name().wire()).value() == 3);
  CHECK(!view.begin_of_suffix(Name::parse("xample.com")->wire()).has_value());
  CHECK(!view.begin_of_suffix(Name::parse("a.www.example.com")->wire()).has_value());
}

TEST_CASE("NameView: a suffix must not begin inside a label") {
  // The label "x\3com" ends in the octets of the name "com".
  using namespace std::string_literals;
  const std::string wire = "\5x\3com\0"s;
  NameView view;
  REQUIRE(view.assign(wire));
  CHECK(!view.begin_of_suffix("\3com\0"s).has_value());
}

TEST_CASE("Name: put together and compared") {
  const Name domain = Name::parse("example.com").value();
  CHECK(domain.with_label("_DMARC").value().to_string() == "_dmarc.example.com");
  CHECK((Name::parse("s1._domainkey").value() + domain).value().to_string() == "s1._domainkey.example.com");
  CHECK(domain.parent().to_string() == "com");
  CHECK(Name().parent().is_root());
  CHECK(domain.is_at_or_below(Name::parse("com").value()));
  CHECK(domain.is_at_or_below(domain));
  CHECK(!domain.is_at_or_below(Name::parse("ample.com").value()));
  CHECK(!domain.with_label("").ok());
  CHECK(!domain.with_label(std::string(64, 'x')).ok());
}
