#include "policy/net/domain_text.h"

#include <doctest/doctest.h>

#include "policy/files/hosted_name.h"
#include "policy/json/policy_node.h"
#include "policy/net/public_suffix.h"
#include "policy/records/report_uri.h"

using namespace emailauth;

TEST_CASE("Domain names in policy files: what parses, and as what") {
  struct Case {
    const char* text;
    bool mail;
    bool selector;
  };
  constexpr Case kCases[] = {
      {"example.com", true, true},
      {"Example.COM.", true, true},
      {"xn--bcher-kva.example", true, true},
      {"1.2.3", true, true},
      {"a-b.example", true, true},
      {"a_b.example", true, true},
      {"_spf.provider.net", false, true},
      {"a._b.example", false, true},
      {"_", false, true},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    CHECK(parse_domain_text(c.text).ok());
    CHECK(parse_mail_domain(c.text).ok() == c.mail);
    CHECK(parse_selector(c.text).ok() == c.selector);
  }
  for (const char* text :
       {"", ".", "..", "a..b", "-a", "a-", "a b", "a@b", "a/b", "*.a", "a\\.b", "bücher.example", "\xff.example"}) {
    CAPTURE(text);
    CHECK(!parse_domain_text(text).ok());
    CHECK(!parse_mail_domain(text).ok());
    CHECK(!parse_selector(text).ok());
  }
}

TEST_CASE("Public suffixes and organizational domains") {
  struct Case {
    const char* name;
    bool suffix;
    const char* organization;
  };
  constexpr Case kCases[] = {{"com", true, ""},
                             {"co.uk", true, ""},
                             {"example.com", false, "example.com"},
                             {"a.b.example.co.uk", false, "example.co.uk"},
                             {"x.example.com", false, "example.com"}};
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const Name name = Name::parse(c.name).value();
    CHECK(is_public_suffix(name) == c.suffix);
    const auto organization = organizational_domain(name);
    CHECK((organization ? organization->to_string() : "") == c.organization);
  }
}

TEST_CASE("Report addresses: what parses, and their domain") {
  CHECK(check_report_uri("mailto:a@example.com", false).value() == "mailto:a@example.com");
  CHECK(check_report_uri("MAILTO:a+b@Example.com?subject=x", false).ok());
  CHECK(check_report_uri("https://example.com/r", true).ok());
  CHECK(!check_report_uri("https://example.com/r", false).ok());
  CHECK(!check_report_uri("http://example.com/r", true).ok());
  CHECK(!check_report_uri("https://", true).ok());
  CHECK(mailto_domain("mailto:a@Example.com?subject=x").value().to_string() == "example.com");
  CHECK(mailto_domain("mailto:\"a@b\"@example.com").value().to_string() == "example.com");
  CHECK(!mailto_domain("https://example.com").has_value());
  CHECK(!mailto_domain("mailto:a").has_value());
  CHECK(!mailto_domain("").has_value());
}

TEST_CASE("Hosted names: family, apex and domain") {
  struct Case {
    const char* name;
    const char* family;
    std::size_t apex;
    std::size_t domain;
  };
  constexpr Case kCases[] = {{"_dmarc.example.com", "_dmarc", 0, 1},
                             {"s1._domainkey.example.com", "_domainkey", 1, 2},
                             {"a.b._domainkey.example.com", "_domainkey", 2, 3},
                             {"_smtp._tls.example.com", "_smtp._tls", 0, 2},
                             {"x._smtp._tls.example.com", "_smtp._tls", 1, 3},
                             {"default._bimi.a.b", "_bimi", 1, 2},
                             {"_mta-sts.a", "_mta-sts", 0, 1},
                             {"_dmarc._domainkey.example.com", "_domainkey", 1, 2}};
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const Name name = Name::parse(c.name).value();
    NameView view;
    REQUIRE(view.assign(name.wire()));
    const auto hosted = parse_hosted_name(view, view.label_count());
    REQUIRE(hosted.has_value());
    CHECK(to_text(hosted->family) == c.family);
    CHECK(hosted->apex_begin == c.apex);
    CHECK(hosted->domain_begin == c.domain);
  }
  for (const char* text : {"example.com", "_dmarc", "_tls.example.com", "smtp._tls.example.com", "_spf.example.com",
                           "_dmarcx.example.com", "s1._domainkey._spf.example.com", "_domainkey._dmarc"}) {
    CAPTURE(text);
    const Name name = Name::parse(text).value();
    NameView view;
    REQUIRE(view.assign(name.wire()));
    CHECK(!parse_hosted_name(view, view.label_count()).has_value());
  }
}

TEST_CASE("Did you mean: the nearest word, if it is near enough") {
  const std::vector<std::string_view> words = {"dmarc", "domain", "sendgrid", "netblocks", "p"};
  struct Case {
    const char* text;
    const char* meant;
  };
  constexpr Case kCases[] = {{"dmrac", "dmarc"},
                             {"DMARC", "dmarc"},
                             {"dmarcs", "dmarc"},
                             {"sendgird", "sendgrid"},
                             {"send-grid", "sendgrid"},
                             {"netblock", "netblocks"},
                             {"doman", "domain"},
                             {"zzz", ""},
                             {"abcde", ""},
                             {"", ""}};
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    CHECK(nearest(c.text, words).value_or("") == c.meant);
  }
  CHECK(!nearest(std::string(65, 'p'), words).has_value());
  CHECK(word_list({}) == "");
  CHECK(word_list({"a"}) == "\"a\"");
  CHECK(word_list({"a", "b", "c"}) == "\"a\", \"b\" or \"c\"");
}

TEST_CASE("parse_typed_domain: what a person types") {
  struct Case {
    const char* typed;
    const char* name;
  };
  constexpr Case kCases[] = {
      {"example.com", "example.com"},
      {"EXAMPLE.com.", "example.com"},
      {"bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example.", "xn--bcher-kva.example"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.typed);
    const Result<Name> name = parse_typed_domain(c.typed);
    REQUIRE(name);
    CHECK(name->to_string() == c.name);
  }
  for (const char* wrong :
       {"", ".", "a b.example", "a..example", "_dmarc.example.com", "\xff.example", "a@example.com"}) {
    CAPTURE(wrong);
    CHECK(parse_typed_domain(wrong).error().message == parse_mail_domain(wrong).error().message);
  }
}
