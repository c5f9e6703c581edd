#include "policy/report/failure_report.h"

#include <doctest/doctest.h>

namespace emailauth::report {

TEST_CASE("failure report: fields with folds, in any case, with CRLF") {
  const auto report = parse_feedback_report(
      "\r\nFEEDBACK-TYPE: Auth-Failure\r\nAuth-Failure: DMARC\r\nSource-IP: [192.0.2.7] (x.example)\r\n"
      "Authentication-Results: mx.example;\r\n  dkim=fail\r\nReported-Domain: Example.COM\r\n"
      "Identity-Alignment: none\r\n\r\nSource-IP: 203.0.113.9\r\n");
  REQUIRE(report.ok());
  CHECK(report->auth_failure == "dmarc");
  CHECK(report->source->to_string() == "192.0.2.7");
  CHECK(report->authentication_results[0] == "mx.example;\n  dkim=fail");
  CHECK(report->domain() == "example.com");
  CHECK(report->identity_alignment == "none");
}

TEST_CASE("failure report: which domain it is about") {
  struct Case {
    const char* fields;
    const char* domain;
  };
  const Case cases[] = {{"Reported-Domain: a.example\nDKIM-Domain: b.example", "a.example"},
                        {"DKIM-Domain: b.example\nOriginal-Mail-From: <x@c.example>", "b.example"},
                        {"Original-Mail-From: <x@c.example>", "c.example"}};
  for (const Case& c : cases)
    CHECK(parse_feedback_report(std::string("Feedback-Type: auth-failure\n") + c.fields)->domain() == c.domain);
}

TEST_CASE("failure report: refused, and the exact reason") {
  CHECK(parse_feedback_report("Version: 1").error().message ==
        "the feedback report has no \"Feedback-Type\" (RFC 5965, 3.1)");
  CHECK(parse_feedback_report("Feedback-Type: auth-failure").error().message ==
        "the failure report names no domain: it has neither \"Reported-Domain\" nor \"DKIM-Domain\"");
}

TEST_CASE("failure report: redacted, and nothing about a person is left") {
  auto report = parse_feedback_report(
      "Feedback-Type: auth-failure\nReported-Domain: example.com\nOriginal-Mail-From: <jane.doe@example.com>\n"
      "Original-Rcpt-To: <john@example.net>\nDKIM-Identity: jane.doe@example.com\nOriginal-Envelope-Id: 4711\n"
      "Authentication-Results: mx; spf=fail smtp.mailfrom=jane.doe@example.com\n"
      "Reported-URI: mailto:john@example.net\nDKIM-Canonicalized-Body: SGVsbG8=\nDKIM-Selector: s1");
  REQUIRE(report.ok());
  report->message = "Dear John";
  report->headers = "To: john@example.net";
  redact(*report);
  CHECK(report->mail_from == "@example.com");
  CHECK(report->dkim_identity == "@example.com");
  CHECK(report->dkim_selector == "s1");
  std::string rest = report->rcpt_to + report->envelope_id + report->dkim_body + report->message + report->headers;
  for (const auto* list : {&report->authentication_results, &report->reported_uris}) {
    for (const std::string& one : *list) rest += one;
  }
  CHECK(rest.empty());
}

}  // namespace emailauth::report
