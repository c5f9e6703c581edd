#include "policy/message/canonical.h"

#include <doctest/doctest.h>

#include "policy/message/dkim_signature.h"

using namespace emailauth::message;

namespace {

Mail mail_of(const std::string& octets) {
  const auto mail = parse_mail(octets);
  REQUIRE(mail.ok());
  return *mail;
}

std::string header(const Mail& mail, Canonical canonical) {
  std::string out;
  for (const HeaderField& field : mail.fields) out += canonical_field(field, canonical);
  return out;
}

// Returns what signed_fields() selects, by value.
std::string selected(const Mail& mail, const std::vector<std::string>& names) {
  std::string out;
  for (const HeaderField* field : signed_fields(mail, names, &mail.fields.front())) out += unfolded(*field) + ",";
  return out;
}

const std::string kStart = "v=1; a=rsa-sha256; d=example.com; s=s1; h=from:to; bh=YQ==; b=YQ==";

}  // namespace

TEST_CASE("canonicalization: the example of RFC 6376, 3.4.5") {
  const Mail mail = mail_of("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n");
  CHECK(header(mail, Canonical::relaxed) == "a:X\r\nb:Y Z\r\n");
  CHECK(header(mail, Canonical::simple) == "A: X\r\nB : Y\t\r\n\tZ  \r\n");
  CHECK(canonical_body(mail.body, Canonical::relaxed) == " C\r\nD E\r\n");
  CHECK(canonical_body(mail.body, Canonical::simple) == " C \r\nD \t E\r\n");
}

TEST_CASE("canonicalization of bodies: simple, relaxed") {
  struct Case {
    const char* body;
    const char* simple;
    const char* relaxed;
  };
  constexpr Case kCases[] = {
      {"", "\r\n", ""},
      {"\r\n", "\r\n", ""},
      {"\r\n\r\n\r\n", "\r\n", ""},
      {" \t\r\n", " \t\r\n", ""},
      {"a", "a\r\n", "a\r\n"},
      {"a\r\n\r\nb\r\n\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
      {"a \r\n \r\n", "a \r\n \r\n", "a\r\n"},
      {"\ta  b\t\tc\t\r\n", "\ta  b\t\tc\t\r\n", " a b c\r\n"},
      {"a\rb \r c\r\n", "a\rb \r c\r\n", "a\rb \r c\r\n"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.body);
    CHECK(canonical_body(one.body, Canonical::simple) == one.simple);
    CHECK(canonical_body(one.body, Canonical::relaxed) == one.relaxed);
  }
}

TEST_CASE("mail: lines end with CRLF or LF, a CR alone is an octet") {
  const Mail unix_file = mail_of("From: a@b.example\nTo: c@d.example,\n e@f.example\n\nx\ny");
  const Mail wire = mail_of("From: a@b.example\r\nTo: c@d.example,\r\n e@f.example\r\n\r\nx\r\ny");
  CHECK(header(unix_file, Canonical::simple) == header(wire, Canonical::simple));
  CHECK(unix_file.body == "x\r\ny");
  CHECK(wire.body == "x\r\ny");
  CHECK(unix_file.bare_lf);
  CHECK_FALSE(wire.bare_lf);
  CHECK_FALSE(wire.bare_cr);
  CHECK(mail_of("A: b\rc\r\n\r\n").bare_cr);
  CHECK(mail_of("A: b\r\n\r\nx\r").bare_cr);
  CHECK(mail_of(std::string("A: b\r\n\r\n\0", 9)).nul);
  CHECK(mail_of("From mbox Sun Nov 22\nA: b\n\nx").fields.size() == 1);
  CHECK(mail_of("A: b").body.empty());
  const Mail cut = mail_of("A: b\r\nno field\r\nC: d\r\n\r\nx");
  CHECK(cut.cut_header);
  CHECK(cut.body == "no field\r\nC: d\r\n\r\nx");
}

TEST_CASE("mail: refused mail, and the exact message") {
  const auto error = [](const std::string& octets) {
    const auto mail = parse_mail(octets);
    return mail ? "" : mail.error().message;
  };
  CHECK(error("") == "is not a mail: it does not begin with a header field");
  CHECK(error("\r\nbody") == "is not a mail: it does not begin with a header field");
  CHECK(error(" folded: x\r\n") == "is not a mail: it does not begin with a header field");
  CHECK(error(std::string(kMaxMail + 1, 'a')) == "is larger than 64 MiB; receivers refuse that");
  CHECK(error("A: " + std::string(kMaxHeader, 'a')) == "the header is larger than 1 MiB; receivers refuse that");
  std::string many;
  for (std::size_t i = 0; i <= kMaxFields; ++i) many += "A: b\n";
  CHECK(error(many) == "has more than 2000 header fields; receivers refuse that");
}

TEST_CASE("h=: fields from the bottom up, each once, never the signature itself (RFC 6376, 5.4.2)") {
  const Mail mail = mail_of("S: 0\nA: 1\nB: 2\nA: 3\nS: 4\n\n");
  CHECK(selected(mail, {"a", "b"}) == "3,2,");
  CHECK(selected(mail, {"A", "a", "a", "B", "x"}) == "3,1,2,");
  CHECK(selected(mail, {"s", "s"}) == "4,");
}

TEST_CASE("the input of a signature: b= without its value, no CRLF at the end") {
  struct Case {
    const char* field;
    const char* simple;
    const char* relaxed;
  };
  constexpr Case kCases[] = {
      {"S: v=1; b=abc; bh=x", "S: v=1; b=; bh=x", "s:v=1; b=; bh=x"},
      {"S: bh=b=; b =\r\n ab\r\n c ;h=a", "S: bh=b=; b =;h=a", "s:bh=b=; b =;h=a"},
      {"S: v=1; b=ab", "S: v=1; b=", "s:v=1; b="},
      {"S: v=1; b", "S: v=1; b", "s:v=1; b"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.field);
    const Mail mail = mail_of(std::string("A: 1\r\n") + one.field + "\r\n\r\n");
    CHECK(signing_input({&mail.fields[0]}, mail.fields[1], Canonical::simple) == std::string("A: 1\r\n") + one.simple);
    CHECK(signing_input({&mail.fields[0]}, mail.fields[1], Canonical::relaxed) == std::string("a:1\r\n") + one.relaxed);
  }
}

TEST_CASE("DKIM-Signature: what parses") {
  const auto signature = parse_dkim_signature(
      " v=1; a=RSA-SHA256; c=relaxed/simple; d=Example.COM;\r\n s=foo.Bar; i=joe@news.example.com; q=x/y:dns/txt;\r\n"
      " t=1528637909; x=1528637910; l=12; h=From : To;\r\n bh=Y Q= =; b=YW\r\n I=; z=whatever;");
  REQUIRE(signature.ok());
  CHECK(signature->algorithm == "rsa-sha256");
  CHECK(signature->domain.to_string() == "example.com");
  CHECK(signature->selector.to_string() == "foo.bar");
  CHECK(signature->header == Canonical::relaxed);
  CHECK(signature->body == Canonical::simple);
  CHECK(signature->fields == std::vector<std::string>{"from", "to"});
  CHECK(signature->body_hash == "a");
  CHECK(signature->signature == "ab");
  CHECK(signature->length == 12);
  CHECK(signature->signed_at == 1528637909);
  CHECK(signature->valid_until == 1528637910);
  CHECK(has_own_identity(*signature));
  CHECK_FALSE(has_exact_identity(*signature));
  const auto shortest = parse_dkim_signature(kStart);
  REQUIRE(shortest.ok());
  CHECK(shortest->identity == "@example.com");
  CHECK(has_exact_identity(*shortest));
  CHECK(parse_dkim_signature(kStart + "; c=relaxed")->header == Canonical::relaxed);
  CHECK(parse_dkim_signature(kStart + "; c=relaxed")->body == Canonical::simple);
}

TEST_CASE("DKIM-Signature: refused fields, and the exact message") {
  struct Case {
    const char* more;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"; x", R"("x" is not "tag=value")"},
      {"; d=b.example", R"(the tag "d" appears twice)"},
      {"; l=-1", R"(l="-1" is not a number of octets)"},
      {"; l=99999999999999999999", R"(l="99999999999999999999" is not a number of octets)"},
      {"; t=1e9", R"(t="1e9" is not a time in seconds since 1970)"},
      {"; x=9999999999999", R"(x="9999999999999" is not a time in seconds since 1970)"},
      {"; t=5; x=4", R"(x="4" lies before t=)"},
      {"; i=joe", R"(i="joe" has no "@")"},
      {"; i=joe@xexample.com", R"(i="joe@xexample.com" is not in the domain of d=)"},
      {"; c=relaxed/loose", R"(c="relaxed/loose" is an unknown canonicalization)"},
      {"; q=http", R"(q="http" does not name "dns/txt")"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.more);
    const auto signature = parse_dkim_signature(kStart + one.more);
    REQUIRE_FALSE(signature.ok());
    CHECK(signature.error().message == one.error);
  }
  const auto error = [](std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    return parse_dkim_signature(text).error().message;
  };
  CHECK(error(kStart, "YQ==", std::string(kMaxSignatureField, 'a')) == "the field is longer than 64 KiB");
  CHECK(error(kStart, "v=1; ", "") == "v= is missing");
  CHECK(error(kStart, "v=1", "v=2") == R"(v="2" is not "1")");
  CHECK(error(kStart, "rsa-sha256", "rsa-md5") == R"(a="rsa-md5" is an unknown algorithm)");
  CHECK(error(kStart, "from:to", "to") == R"(h="to" does not sign From)");
  CHECK(error(kStart, "d=example.com", "d=a..b") == R"(d="a..b" is not a domain)");
  CHECK(error(kStart, "d=example.com", "d=a@b.example") == R"(d="a@b.example" is not a domain)");
  CHECK(error(kStart, "s=s1", "s=.") == R"(s="." is not a selector)");
  CHECK(error(kStart, "bh=YQ==", "bh=!") == R"(bh="!" is not base64)");
  CHECK(error(kStart, "b=YQ==", "b=") == R"(b="" is not base64)");
}
