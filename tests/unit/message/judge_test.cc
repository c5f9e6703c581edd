#include "policy/message/judge.h"

#include <doctest/doctest.h>

#include "tests/unit/table_dns.h"

using namespace emailauth;
using namespace emailauth::message;
using tests::TableDns;

namespace {

// Believes every signature whose octets are "good".
class PretendedCrypto : public Crypto {
 public:
  std::string sha256(std::string_view /*octets*/) override { return "a"; }
  bool verify(DkimKeyType, std::string_view, std::string_view, std::string_view signature) override {
    return signature == "good";
  }
};

const std::string kKeys = "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const std::string kZone =
    "example.com TXT v=spf1 ip4:192.0.2.1 -all\nout.example.com TXT v=spf1 a -all\nout.example.com A 192.0.2.1\n"
    "vendor.example TXT v=spf1 ip4:192.0.2.1 ~all\nslow.example TIMEOUT x\n"
    "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine; np=reject\n_dmarc.news.example.com TXT v=DMARC1; "
    "p=none\n"
    "shop.example.com A 192.0.2.9\n_dmarc.strict.example TXT v=DMARC1; p=quarantine; adkim=s; aspf=s\n"
    "_dmarc.testing.example TXT v=DMARC1; p=reject; t=y; pct=20\nsub.testing.example A 192.0.2.9\n"
    "_dmarc.reports.example TXT v=DMARC1; p=oops; rua=mailto:a@reports.example\n"
    "_dmarc.useless.example TXT v=DMARC1; p=oops\n_dmarc.badsp.example TXT v=DMARC1; p=reject; sp=oops\n"
    "_dmarc.two.example TXT v=DMARC1; p=none\n_dmarc.two.example TXT v=DMARC1; p=reject\n"
    "_dmarc.gov.example TXT v=DMARC1; p=none; np=reject; psd=y\n"
    "_dmarc.down.example SERVFAIL x\n_dmarc.mute.com SERVFAIL x\ns1._domainkey.mute.com TXT " +
    kKeys +
    "\n"
    "1.2.0.192.in-addr.arpa PTR out.example.com\n9.2.0.192.in-addr.arpa PTR forged.example\n"
    "s1._domainkey.example.com TXT " +
    kKeys + "\ns1._domainkey.vendor.example TXT " + kKeys + "\ns1._domainkey.strict.example TXT " + kKeys +
    "\ns1._domainkey.mail.strict.example TXT " + kKeys + "\n";

// A signature; "bad" ones do not verify.
std::string signature(const std::string& domain, bool good = true) {
  return "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=" + domain +
         "; s=s1; h=from:subject; bh=YQ==; b=" + (good ? "Z29vZA==" : "YmFk") + "\n";
}

struct Given {
  std::string from = "joe@example.com";
  std::string fields;  // further fields
  std::string mail_from = "bounce@example.com";
  std::string ip = "192.0.2.1";
};

MessageReport judged(const Given& given) {
  TableDns dns(kZone);
  PretendedCrypto crypto;
  const Mail mail = *parse_mail(given.fields + (given.from.empty() ? "X: y" : "From: " + given.from) + "\n\n");
  EnvelopeHints hints;
  if (!given.ip.empty()) hints.client = *IpAddress::parse(given.ip);
  hints.helo = "out.example.com";
  hints.mail_from = given.mail_from;
  std::vector<std::string> authors;
  std::string rest = given.from;
  for (std::size_t comma = 0; !rest.empty(); rest = comma == std::string::npos ? "" : rest.substr(comma + 2)) {
    comma = rest.find(", ");
    authors.push_back(rest.substr(0, comma));
  }
  return judge_mail(mail, *find_envelope(mail, hints), authors, dns, crypto, 1000);
}

// The facts behind a conclusion: "rejected: fail p=reject example.com [SPF vendor.example pass]", and so on for each
// domain in From. "t=y" follows a policy that is only tested, "aligned" an identifier that is aligned.
std::string facts(const Given& given) {
  const MessageReport report = judged(given);
  std::string out(to_text(report.outcome));
  for (const DmarcVerdict& verdict : report.dmarc) {
    out += (&verdict == &report.dmarc.front() ? ": " : "; ") + std::string(to_text(verdict.result));
    if (!verdict.tag.empty()) {
      out += " " + verdict.tag + "=" + std::string(emailauth::to_text(verdict.asked)) + " " + verdict.at.to_string();
    }
    if (verdict.testing) out += " t=y";
    for (const Alignment& one : verdict.alignments) {
      out += std::string(one.identifier.dkim ? " [DKIM " : " [SPF ") + one.identifier.domain.to_string() + " " +
             one.identifier.result + (one.aligned ? " aligned]" : "]");
    }
  }
  return out;
}

std::string words(const Given& given) {
  const MessageReport report = judged(given);
  return std::string(to_text(report.outcome)) + ": " + report.because;
}

}  // namespace

TEST_CASE("a receiver's conclusion, by its facts") {
  struct Case {
    Given given;
    const char* wanted;
  };
  const Case kCases[] = {
      {{}, "accepted: pass p=reject example.com [SPF example.com pass aligned]"},
      {{"joe@example.com", signature("example.com"), "b@vendor.example", "192.0.2.1"},
       "accepted: pass p=reject example.com [SPF vendor.example pass] [DKIM example.com pass aligned]"},
      {{"joe@shop.example.com", "", "bounce@example.com", "192.0.2.1"},
       "accepted: pass sp=quarantine example.com [SPF example.com pass aligned]"},
      {{"joe@shop.example.com", "", "b@vendor.example", "192.0.2.1"},
       "quarantined: fail sp=quarantine example.com [SPF vendor.example pass]"},
      {{"joe@ghost.example.com", "", "b@vendor.example", "192.0.2.1"},
       "rejected: fail np=reject example.com [SPF vendor.example pass]"},
      {{"joe@news.example.com", "", "b@vendor.example", "192.0.2.1"},
       "accepted: fail p=none news.example.com [SPF vendor.example pass]"},
      {{"joe@example.com", signature("example.com", false), "bounce@example.com", "198.51.100.1"},
       "rejected: fail p=reject example.com [SPF example.com fail aligned] [DKIM example.com fail aligned]"},
      {{"joe@example.com", signature("vendor.example"), "bounce@example.com", "198.51.100.1"},
       "rejected: fail p=reject example.com [SPF example.com fail aligned] [DKIM vendor.example pass]"},
      {{"joe@example.com", "", "", "192.0.2.1"},
       "accepted: pass p=reject example.com [SPF out.example.com pass aligned]"},
      {{"joe@strict.example", signature("mail.strict.example"), "b@vendor.example", "192.0.2.1"},
       "quarantined: fail p=quarantine strict.example [SPF vendor.example pass] [DKIM mail.strict.example pass]"},
      {{"joe@strict.example", signature("strict.example"), "b@vendor.example", "192.0.2.1"},
       "accepted: pass p=quarantine strict.example [SPF vendor.example pass] [DKIM strict.example pass aligned]"},
      {{"joe@testing.example", "", "b@vendor.example", "192.0.2.1"},
       "quarantined: fail p=reject testing.example t=y [SPF vendor.example pass]"},
      {{"joe@reports.example", "", "b@vendor.example", "192.0.2.1"},
       "accepted: fail p=none reports.example [SPF vendor.example pass]"},
      {{"joe@useless.example", "", "b@vendor.example", "192.0.2.1"}, "accepted: none [SPF vendor.example pass]"},
      {{"joe@badsp.example", "", "b@vendor.example", "192.0.2.1"}, "accepted: none [SPF vendor.example pass]"},
      {{"joe@two.example", "", "b@vendor.example", "192.0.2.1"}, "accepted: none [SPF vendor.example pass]"},
      {{"joe@a.gov.example", "", "b@vendor.example", "192.0.2.1"},
       "rejected: fail np=reject gov.example [SPF vendor.example pass]"},
      {{"joe@down.example", "", "b@vendor.example", "192.0.2.1"}, "deferred: temperror [SPF vendor.example pass]"},
      {{"joe@example.com", "", "b@slow.example", "198.51.100.1"},
       "rejected: fail p=reject example.com [SPF slow.example temperror]"},
      {{"joe@example.com", signature("mute.com"), "b@vendor.example", "192.0.2.1"},
       "deferred: temperror p=reject example.com [SPF vendor.example pass] [DKIM mute.com pass]"},
      {{"joe@example.com", signature("mute.com", false), "b@vendor.example", "192.0.2.1"},
       "rejected: fail p=reject example.com [SPF vendor.example pass] [DKIM mute.com fail]"},
      {{"", "", "b@vendor.example", "192.0.2.1"}, "rejected"},
      {{"joe@example.com", "From: x@y.example\n", "bounce@example.com", "192.0.2.1"},
       "rejected: pass p=reject example.com [SPF example.com pass aligned]"},
      {{"nobody", "", "b@vendor.example", "192.0.2.1"}, "rejected"},
      {{"joe@two.example, jim@example.com", "", "b@vendor.example", "192.0.2.1"},
       "rejected: none [SPF vendor.example pass]; fail p=reject example.com [SPF vendor.example pass]"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.given.from);
    CAPTURE(one.given.fields);
    CHECK(facts(one.given) == one.wanted);
  }
}

// Each reason is worded once; the table above has the cases.
TEST_CASE("a receiver's conclusion, in words") {
  struct Case {
    Given given;
    const char* wanted;
  };
  const Case kCases[] = {
      {{}, "accepted: SPF passes for example.com, which is the domain in From"},
      {{"joe@shop.example.com", "", "bounce@example.com", "192.0.2.1"},
       "accepted: SPF passes for example.com, which has the same organisation, example.com"},
      {{"joe@example.com", signature("vendor.example"), "bounce@example.com", "198.51.100.1"},
       "rejected: DMARC fails (DKIM passes for vendor.example, which is not aligned; SPF of example.com is aligned, "
       "but its result is fail) and example.com asks for p=reject"},
      {{"joe@testing.example", "", "b@vendor.example", "192.0.2.1"},
       "quarantined: DMARC fails (SPF passes for vendor.example, which is not aligned) and testing.example asks for "
       "p=reject, one step less while it tests (t=y)"},
      {{"joe@useless.example", "", "b@vendor.example", "192.0.2.1"},
       "accepted: the record of useless.example contains no policy that receivers can use: \"v=DMARC1; p=oops\": DMARC "
       "asks for nothing"},
      {{"joe@two.example", "", "b@vendor.example", "192.0.2.1"},
       "accepted: two.example has no DMARC record, nor has a domain above it: DMARC asks for nothing"},
      {{"joe@down.example", "", "b@vendor.example", "192.0.2.1"},
       "deferred: the policy cannot be looked up: _dmarc.down.example: SERVFAIL"},
      {{"joe@example.com", "", "b@slow.example", "198.51.100.1"},
       "rejected: DMARC fails (neither SPF nor DKIM vouches for example.com) and example.com asks for p=reject"},
      {{"", "", "b@vendor.example", "192.0.2.1"}, "rejected: it has no From, and a mail must have one (RFC 5322, 3.6)"},
      {{"joe@example.com", "From: x@y.example\n", "bounce@example.com", "192.0.2.1"},
       "rejected: it has 2 From fields, and a mail must have one (RFC 5322, 3.6)"},
      {{"nobody", "", "b@vendor.example", "192.0.2.1"},
       "rejected: From contains no address in a domain (RFC 5322, 3.6.2)"},
      {{"joe@two.example, jim@example.com", "", "b@vendor.example", "192.0.2.1"},
       "rejected: of 2 domains in From the strictest decides: DMARC fails (SPF passes for vendor.example, which is not "
       "aligned) and example.com asks for p=reject"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.given.from);
    CAPTURE(one.given.fields);
    CHECK(words(one.given) == one.wanted);
  }
}

TEST_CASE("clean is what passes DMARC with every signature good") {
  CHECK(judged({}).is_clean());
  CHECK(judged({"joe@example.com", signature("example.com"), "bounce@example.com", "192.0.2.1"}).is_clean());
  CHECK_FALSE(
      judged({"joe@example.com", signature("example.com", false), "bounce@example.com", "192.0.2.1"}).is_clean());
  CHECK_FALSE(judged({"joe@two.example", "", "b@two.example", "192.0.2.1"}).is_clean());
  CHECK(judged({"joe@down.example", "", "b@vendor.example", "192.0.2.1"}).is_undecided());
}

TEST_CASE("SPF of both identities, and the name of the address") {
  const MessageReport report = judged({});
  CHECK(spf::to_string(report.spf_helo->verdict) == "pass");
  CHECK(spf::to_string(report.spf_mail_from->verdict) == "pass");
  CHECK(report.reverse->name == "out.example.com");
  CHECK(report.reverse->confirmed);
  const MessageReport forged = judged({"joe@example.com", "", "bounce@example.com", "192.0.2.9"});
  CHECK(forged.reverse->name == "forged.example");
  CHECK_FALSE(forged.reverse->confirmed);
  const MessageReport nowhere = judged({"joe@example.com", "", "bounce@example.com", ""});
  CHECK_FALSE(nowhere.reverse.has_value());
  CHECK_FALSE(nowhere.spf_mail_from.has_value());
}

TEST_CASE("remarks about the mail as a whole") {
  const auto has = [](const Given& given, std::string_view part) {
    const MessageReport report = judged(given);
    for (const std::string& remark : report.remarks) {
      if (remark.find(part) != std::string::npos) return true;
    }
    return false;
  };
  CHECK(judged({}).remarks.empty());
  CHECK(has({"joe@example.com", "", "b@example.com", ""}, "give it with --ip"));
  CHECK(has({"joe@example.com", "", "b@example.com", "198.51.100.1"}, "acts on SPF alone"));
  CHECK(has({"joe@example.com", "", "b@example.com", "192.0.2.9"}, "no name that resolves back"));
  CHECK(has({"joe@example.com", "X: a\rb\n", "b@example.com", "192.0.2.1"}, "a CR without LF"));
  CHECK(has({"joe@example.com", std::string("X: \0\n", 5), "b@example.com", "192.0.2.1"}, "an octet 0"));
  CHECK(has({"joe@example.com, jim@example.com", "", "b@example.com", "192.0.2.1"}, "From has 2 addresses"));
  CHECK(has({"joe@testing.example", "", "b@testing.example", "192.0.2.1"}, "pct=20 of testing.example means nothing"));
  CHECK(has({"joe@example.com, nobody", "", "b@example.com", "192.0.2.1"},
            "From has \"nobody\", which is not in a domain"));
}

TEST_CASE("ARC: what it says, and chains that no receiver can use") {
  const auto set = [](const std::string& i, const std::string& cv) {
    return "ARC-Seal: i=" + i + "; cv=" + cv + "; d=list.example; s=s" + i + "; b=x\nARC-Message-Signature: i=" + i +
           "; b=x\nARC-Authentication-Results: i=" + i + "; mx.example; spf=pass\n";
  };
  const auto problem = [](const std::string& header) { return read_arc(*parse_mail(header + "A: b\n\n")).problem; };
  const ArcReport good = read_arc(*parse_mail(set("2", "pass") + set("1", "none") + "A: b\n\n"));
  CHECK(good.problem.empty());
  REQUIRE(good.sets.size() == 2);
  CHECK(good.sets[0].domain == "list.example");
  CHECK(good.sets[0].cv == "none");
  CHECK(good.sets[1].selector == "s2");
  CHECK(problem("").empty());
  CHECK(problem(set("1", "pass")) == "set 1 says cv=pass, not cv=none");
  CHECK(problem(set("2", "fail") + set("1", "none")) == "set 2 says cv=fail, not cv=pass");
  CHECK(problem(set("2", "pass")) == "set 1 is missing");
  CHECK(problem(set("1", "none") + set("1", "none")) == "set 1 has 2 ARC-Authentication-Results fields, not one");
  CHECK(problem("ARC-Seal: i=1; cv=none; d=a; s=b; b=x\n") == "set 1 has 0 ARC-Authentication-Results fields, not one");
  CHECK(problem("ARC-Seal: cv=none\n") == "a field has no instance number (i=)");
  CHECK(problem("ARC-Seal: i=51; cv=none\n") == "there are more than 50 sets");
}
