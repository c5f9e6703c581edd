#include "policy/report/kept_text.h"

#include <doctest/doctest.h>

#include "policy/report/failure_report.h"
#include "policy/report/report_text.h"
#include "policy/report/tls_report.h"

namespace emailauth::report {

namespace {

struct Case {
  const char* text;
  const char* kept;
};

}  // namespace

TEST_CASE("kept text: addresses make way for their domains") {
  const Case cases[] = {
      {"", ""},
      {"550 5.1.1 jane@example.com unknown", "550 5.1.1 example.com unknown"},
      {"<jane.doe+x@example.com>", "<example.com>"},
      {"\"jane\"@example.com", "example.com"},
      {"mail to \"jane \\\" doe\"@example.com!", "mail to example.com!"},
      {"\"jane@example.com\" is not a number", "\"example.com\" is not a number"},
      {"bounce+jane=victim.example@list.example", "list.example"},
      {"jane%40example.com, john=40example.net", "example.com, example.net"},
      {"mailto:jane@example.com", "mailto:example.com"},
      {"jane@a@b.example", "b.example"},
      {"j\xC3\xA4ne@example.com", "example.com"},
      {"@", ""},
      {"nobody", "nobody"},
  };
  CHECK(std::size(cases) == 13);
  for (const Case& c : cases) CHECK(without_addresses(c.text) == c.kept);
}

TEST_CASE("kept text: domains of reports") {
  const Case any[] = {
      {"Example.COM.", "example.com"},
      {"<jane@Example.com>", "example.com"},
      {"jane%40example.com", "example.com"},
      {"example.com (jane doe)", "example.com"},
      {"unknown", "unknown"},
      {"\xE6\x97\xA5\xE6\x9C\xAC.jp", "xn--wgv71a.jp"},
      {"s1.\xE6\x97\xA5\xE6\x9C\xAC", "s1.xn--wgv71a"},
      {"", ""},
  };
  for (const Case& c : any) CHECK(domain_text(c.text) == c.kept);
  const Case mail[] = {
      {"Example.COM.", "example.com"},
      {"\xE6\x97\xA5\xE6\x9C\xAC.jp", "xn--wgv71a.jp"},
      {"postmaster@example.com", "example.com"},
      {"_dmarc.x", ""},
      {"a b.test", ""},
      {"", ""},
      {".", ""},
      {"x..y", ""},
      {"*.x", ""},
      {"-x.test", ""},
      {"x\ny.test", ""},
      {"\xFF.test", ""},
      {"xn--\xE6.jp", ""},
  };
  CHECK(std::size(mail) == 13);
  for (const Case& c : mail) CHECK(mail_domain_text(c.text) == c.kept);
}

TEST_CASE("kept text: closed forms") {
  const Case words[] = {{" certificate-expired ", "certificate-expired"},
                        {"X509_V_ERR", "X509_V_ERR"},
                        {"two words", ""},
                        {"jane@example.com", ""},
                        {"", ""}};
  for (const Case& c : words) CHECK(kept_word(c.text) == c.kept);
  const Case hosts[] = {{"MX.example.com.", "mx.example.com"},
                        {"550 jane@victim unknown", ""},
                        {"jane@Victim.example", "victim.example"},
                        {"jane", ""},
                        {"[192.0.2.1]", ""},
                        {"", ""}};
  for (const Case& c : hosts) CHECK(kept_host(c.text) == c.kept);
  const Case addresses[] = {{"<jane@Example.com>", "@example.com"}, {"jane", ""}, {"jane@", ""}, {"<>", ""}};
  for (const Case& c : addresses) CHECK(kept_address_domain(c.text) == c.kept);
  const Case ips[] = {
      {" 192.0.2.1 ", "192.0.2.1"}, {"2001:DB8::0:1", "2001:db8::1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"host", ""}};
  for (const Case& c : ips) CHECK(kept_ip(c.text) == c.kept);
  const Case reasons[] = {{"550 5.1.1 <jane@x>: no such user jane", "550 5.1.1"},
                          {"454-4.7.0 TLS not available", "454 4.7.0"},
                          {"CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED"},
                          {"jane is unknown", ""},
                          {"999 9.9.9", ""},
                          {"5.7", ""},
                          {"", ""}};
  for (const Case& c : reasons) CHECK(kept_reason(c.text) == c.kept);
  const Case products[] = {{"Exim/4.96 (jane's) libopendmarc/1.4.2", "Exim/4.96 libopendmarc/1.4.2"},
                           {"jane@x/1", ""},
                           {"Yahoo!-Mail-Feedback/2.0", "Yahoo!-Mail-Feedback/2.0"},
                           {"jane", ""},
                           {"jane/doe", ""}};
  for (const Case& c : products) CHECK(kept_products(c.text) == c.kept);
  const Case selectors[] = {{"S1", "s1"}, {"a.b", "a.b"}, {"jane@x", ""}, {"a b", ""}, {"", ""}};
  for (const Case& c : selectors) CHECK(kept_selector(c.text) == c.kept);
}

TEST_CASE("kept text: redacted reports have these forms alone") {
  TlsReport tls;
  tls.contact = "jane@example.com";
  TlsPolicy& policy = tls.policies.emplace_back();
  policy.type = "sts jane@example.com";
  policy.text = {"jane@example.com"};
  TlsFailure& failure = policy.details.emplace_back();
  failure.result_type = "starttls-not-supported";
  failure.receiving_host = "mx.example.com";
  failure.reason_code = "550 jane@example.com unknown";
  failure.information = "jane";
  redact(tls);
  CHECK(tls.contact + policy.type + failure.information == "");
  CHECK(policy.text.empty());
  CHECK(failure.result_type + " " + failure.receiving_host + " " + failure.reason_code ==
        "starttls-not-supported mx.example.com 550");

  FailureReport report;
  report.delivery_result = "smg-policy-action jane";
  report.identity_alignment = "none; jane";
  report.user_agent = "Exim/4.96 jane@example.com";
  report.dkim_domain = "jane at example.com";
  report.dkim_selector = "jane@example.com";
  report.mail_from = "jane";
  redact(report);
  CHECK(report.delivery_result + " " + report.identity_alignment + " " + report.user_agent == "other none Exim/4.96");
  CHECK(report.dkim_domain + report.dkim_selector + report.mail_from == "");
}

}  // namespace emailauth::report
