#include "policy/records/dmarc_record.h"

#include <doctest/doctest.h>

#include "tests/unit/read_json.h"

using namespace emailauth;
using emailauth::tests::read_json;

namespace {

constexpr const char* kMailbox = "mailto:d@provider.net";

}  // namespace

TEST_CASE("DMARC: what a policy says, and the record") {
  struct Case {
    const char* policy;
    const char* record;
  };
  constexpr Case kCases[] = {
      {R"({"p": "none"})", "v=DMARC1; p=none; rua=mailto:d@provider.net"},
      {R"({"p": "quarantine", "rua": []})", "v=DMARC1; p=quarantine"},
      {R"({"p": "reject", "sp": "quarantine", "np": "none", "rua": []})", "v=DMARC1; p=reject; sp=quarantine; np=none"},
      {R"({"p": "none", "adkim": "s", "aspf": "r", "rua": []})", "v=DMARC1; p=none; adkim=s; aspf=r"},
      {R"({"p": "reject", "t": true, "rua": []})", "v=DMARC1; p=reject; t=y; pct=0"},
      {R"({"p": "reject", "t": false, "rua": []})", "v=DMARC1; p=reject"},
      {R"({"p": "none", "psd": "u", "rua": []})", "v=DMARC1; p=none; psd=u"},
      {R"({"p": "none", "rua": ["mailto:a@example.com", "mailto:b@example.net"]})",
       "v=DMARC1; p=none; rua=mailto:a@example.com,mailto:b@example.net"},
      {R"({"p": "none", "rua": [], "ruf": ["mailto:f@example.com"], "fo": ["1", "d"]})",
       "v=DMARC1; p=none; fo=1:d; ruf=mailto:f@example.com"},
      {R"({"p": "none", "rua": [], "legacy": {"pct": 50, "ri": 3600, "rf": "afrf"}})",
       "v=DMARC1; p=none; pct=50; ri=3600; rf=afrf"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.policy);
    const auto [policy, said] = read_json(c.policy, read_dmarc);
    CAPTURE(said);
    REQUIRE(policy);
    CHECK(to_record(*policy, kMailbox) == c.record);
  }
}

TEST_CASE("DMARC: without a mailbox of the responder there is no rua=") {
  CHECK(to_record(*read_json(R"({"p": "none"})", read_dmarc).first, "") == "v=DMARC1; p=none");
}

TEST_CASE("DMARC: what is accepted with advice") {
  struct Case {
    const char* policy;
    const char* said;
  };
  constexpr Case kCases[] = {
      {R"({"p": "none"})", ""},
      {R"({"p": "none", "fo": ["0"]})",
       "advice: /fo: \"fo\" is ignored without \"ruf\" (RFC 9989, 4.7); add \"ruf\" or remove it"},
      {R"({"p": "none", "legacy": {}})",
       "advice: /legacy: RFC 9989 removed pct, ri and rf: use \"t\": true in place of \"pct\"; receivers report once a "
       "day and in AFRF whatever \"ri\" and \"rf\" say"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.policy);
    const auto [policy, said] = read_json(c.policy, read_dmarc);
    CHECK(policy);
    CHECK(said == c.said);
  }
}

TEST_CASE("DMARC: after one error there is no policy") {
  for (const char* text : {"7", "{}", R"({"p": "rejct"})", R"({"p": "none", "sp": 1})", R"({"p": "none", "pp": 1})",
                           R"({"p": "none", "adkim": "x"})", R"({"p": "none", "fo": ["0", "1"], "ruf": []})",
                           R"({"p": "none", "rua": ["example.com"]})", R"({"p": "none", "legacy": {"pct": 101}})"}) {
    CAPTURE(text);
    const auto [policy, said] = read_json(text, read_dmarc);
    CHECK(!policy);
    CHECK(said.find("error: ") != std::string::npos);
  }
}

TEST_CASE("DMARC: a domain that sends nothing, and a zone of the responder, refuse for every name") {
  CHECK(to_record(blocked_dmarc(), "") == "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s");
  CHECK(responder_zone_dmarc_record() == "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; psd=n");
  CHECK(mirrored_suffix_dmarc_record() == "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; psd=y");
  CHECK(to_text(DmarcAction::none) == "none");
  CHECK(to_text(DmarcAction::quarantine) == "quarantine");
  CHECK(to_text(DmarcAction::reject) == "reject");
}
