#include "policy/message/dkim_verify.h"

#include <doctest/doctest.h>

#include "policy/cli/message/openssl_crypto.h"
#include "tests/unit/table_dns.h"

using namespace emailauth;
using namespace emailauth::message;
using tests::TableDns;

namespace {

// RFC 8463, appendix A: one mail, signed with both kinds of key.
const std::string kEd25519Field =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n d=football.example.com; i=@football.example.com;\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n subject : date : message-id : from : subject : date;\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n";
const std::string kRsaField =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n d=football.example.com; i=@football.example.com;\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n date : message-id : from : subject : date;\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n";
const std::string kMail =
    "From: Joe SixPack <joe@football.example.com>\nTo: Suzie Q <suzie@shopping.example.net>\n"
    "Subject: Is dinner ready?\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\n\n"
    "Hi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n";
const std::string kEd25519Key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const std::string kRsaKey =
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
    "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT"
    "+l/K4w3QIDAQAB";
const std::string kBrisbane = "brisbane._domainkey.football.example.com TXT ";
const std::string kTest = "test._domainkey.football.example.com TXT ";
constexpr std::int64_t kNow = 1528640000;

DkimReport report_of(const std::string& mail, const std::string& zone, std::int64_t now = kNow) {
  TableDns dns(zone);
  cli::OpensslCrypto crypto;
  return verify_signatures(*parse_mail(mail), dns, crypto, now);
}

// Returns "pass", or "permerror: reason", for the only signature.
std::string verdict_of(const std::string& mail, const std::string& zone, std::int64_t now = kNow) {
  const DkimReport report = report_of(mail, zone, now);
  REQUIRE(report.signatures.size() == 1);
  const SignatureReport& one = report.signatures.front();
  return std::string(to_text(one.result)) + (one.reason.empty() ? "" : ": ") + one.reason;
}

std::string changed(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kSigned = kEd25519Field + kMail;
const std::string kZone = kBrisbane + kEd25519Key + "\n";

}  // namespace

TEST_CASE("DKIM: the examples of RFC 8463 verify") {
  const DkimReport report = report_of(kEd25519Field + kRsaField + kMail, kZone + kTest + kRsaKey + "\n");
  REQUIRE(report.signatures.size() == 2);
  for (const SignatureReport& one : report.signatures) {
    CAPTURE(one.reason);
    CHECK(one.result == DkimResult::pass);
  }
  CHECK(report.signatures[0].key_bits == 256);
  CHECK(report.signatures[0].remarks.empty());
  CHECK(report.signatures[1].key_bits == 1024);
  CHECK(report.signatures[1].remarks ==
        std::vector<std::string>{"the key has 1024 bits; signers should use 2048 (RFC 8301, 3.2)"});
}

TEST_CASE("DKIM: what breaks a relaxed signature, and what does not") {
  static constexpr char kBody[] = "fail: the body was changed after it was signed (bh=), the signed header was not";
  static constexpr char kHeader[] =
      "fail: the body is as signed, but not the header: a signed field was changed, or the key is another (b=)";
  struct Case {
    const char* from;
    const char* to;
    const char* verdict;
  };
  constexpr Case kCases[] = {
      {"lost the game.  Are", "lost the game. Are", "pass"},
      {"Joe.\n", "Joe. \t\n\n\n", "pass"},
      {"Subject: Is", "SUBJECT:\n   Is", "pass"},
      {"Message-ID:", "X-New: 1\nMessage-ID:", "pass"},
      {"lost", "won", kBody},
      {"\n\nJoe.", "\nJoe.", kBody},
      {"Is dinner", "Isdinner", kHeader},
      {"<joe@football", "<jim@football", kHeader},
      {"Subject: Is", "Subject: more\nSubject: Is", kHeader},
      {"From: Joe", "From: x@evil.example\nFrom: Joe", kHeader},
      {"t=1528637909", "t=1528637908", kHeader},
      {"b=/gCr", "b=/gCs", kHeader},
      {"bh=2jUS", "bh=2jUT",
       "fail: the body was changed after it was signed (bh=), the signed header was changed, too"},
      {"Dw==", "Dw",
       "permerror: b=\"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\\013\\010 "
       "Fa3bT3FY5OsU7ZbnKELq+...\" is not base64"},
      {"a=ed25519-sha256", "a=rsa-sha256",
       "permerror: the key at brisbane._domainkey.football.example.com is ed25519, the signature is rsa-sha256"},
      {"a=ed25519-sha256", "a=rsa-sha1",
       "permerror: rsa-sha1 is no longer valid (RFC 8301, 3.1); sign with rsa-sha256"},
      {"s=brisbane", "s=sydney", "permerror: there is no key at sydney._domainkey.football.example.com"},
      {"t=1528637909", "t=1528637909; x=1528637910", "fail: the signature expired at 2018-06-10T13:38:30Z (x=)"},
      {"t=1528637909", "t=1528647909", "permerror: the signature was made in the future, at 2018-06-10T16:25:09Z (t=)"},
      {"t=1528637909", "l=999", "permerror: l=999 is more than the body has: 54 octets"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.from);
    CAPTURE(one.to);
    CHECK(verdict_of(changed(kSigned, one.from, one.to), kZone) == one.verdict);
  }
}

TEST_CASE("DKIM: key records") {
  constexpr char kAt[] = "permerror: the key at brisbane._domainkey.football.example.com";
  struct Case {
    std::string zone;
    std::string verdict;
  };
  const Case kCases[] = {
      {kBrisbane + "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7h cvPapiMlrwIaaPcHURo=\n", "pass"},
      {kZone + kBrisbane + "more\n",
       "permerror: 2 TXT records are at brisbane._domainkey.football.example.com; receivers want exactly one"},
      {kBrisbane + "v=DKIM1; p=\n", std::string(kAt) + " is revoked"},
      {kBrisbane + "v=DKIM2; p=x\n", std::string(kAt) + ": \"v=DKIM2; p=x\" is of another version"},
      {kBrisbane + kRsaKey + "\n", std::string(kAt) + " is rsa, the signature is ed25519-sha256"},
      {"brisbane._domainkey.football.example.com SERVFAIL x\n",
       "temperror: the key at brisbane._domainkey.football.example.com: SERVFAIL"},
      {"brisbane._domainkey.football.example.com TIMEOUT x\n",
       "temperror: the key at brisbane._domainkey.football.example.com: no answer in time"},
      {"brisbane._domainkey.football.example.com CNAME k.example\nk.example TXT " + kEd25519Key + "\n", "pass"},
      {kBrisbane + kEd25519Key + "; t=s\n", "pass"},
      {kBrisbane + kEd25519Key + "; h=sha1\n",
       std::string(kAt) + ": \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=; h=sha1\" excludes "
                          "SHA-256"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.zone);
    CHECK(verdict_of(kSigned, one.zone) == one.verdict);
  }
  CHECK(verdict_of(changed(kSigned, "i=@football", "i=@news.football"), kBrisbane + kEd25519Key + "; t=s\n") ==
        "permerror: the key says t=s, and i= is \"@news.football.example.com\", not of exactly football.example.com");
}

TEST_CASE("DKIM: valid but weak") {
  const auto remarks = [](const std::string& mail, const std::string& key) {
    std::string out;
    const DkimReport report = report_of(mail, kBrisbane + key + "\n");
    for (const std::string& remark : report.signatures.at(0).remarks) out += remark + "|";
    return out;
  };
  CHECK(remarks(kSigned, kEd25519Key).empty());
  CHECK(remarks(kSigned, kEd25519Key + "; t=y") ==
        "the key says t=y: its owner only tests, and some receivers do not count it|");
  CHECK(remarks(kSigned, kEd25519Key + "; g=joe") ==
        "the key has g=\"joe\", which old receivers compare with i=; new ones ignore it (RFC 6376, C)|");
  CHECK(remarks(changed(kSigned, "t=1528637909", "l=11"), kEd25519Key) ==
        "l= leaves the last 43 octets of the body unsigned: anybody may have added them|");
  CHECK(remarks(changed(changed(kSigned, "To:", "Cc: x@y.example\nTo:"), "subject : date : message-id : from : subject",
                        "message-id"),
                kEd25519Key) == "not signed, so anybody may have written it: Subject, Cc|");
}

TEST_CASE("DKIM: no more than 32 signatures are verified") {
  std::string mail;
  for (int i = 0; i < 40; ++i) mail += "DKIM-Signature: v=1\n";
  const DkimReport report = report_of(mail + kMail, kZone);
  CHECK(report.signatures.size() == kMaxSignatures);
  CHECK(report.left_out == 8);
  CHECK(report.signatures.front().reason == "a= is missing");
}
