// CNAMEs of DKIM selectors that lead in a circle, or nowhere.
#include "policy/records/dkim_chain.h"

#include <doctest/doctest.h>

#include "policy/answer/explain.h"
#include "policy/directory/directory_lint.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::kSomeDay;
using emailauth::tests::make_responder;
using emailauth::tests::PolicyTree;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"], "mirror_zone": "hosted.provider.net",
  "strict_organizations": ["provider.net"]})";
const std::string kKey =
    R"({"selector": "key", "type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8="})";

std::string cname(const std::string& selector, const std::string& target, const std::string& more = "") {
  return R"({"selector": ")" + selector + R"(", "cname": ")" + target + "\"" + more + "}";
}

std::string domain(const std::string& name, const Lines& keys, const std::string& others = "none") {
  std::string all;
  for (const std::string& key : keys) all += (all.empty() ? "" : ", ") + key;
  return R"({"domain": ")" + name + R"(", "dkim": {"keys": [)" + all + R"(], "other_selectors": ")" + others + "\"}}";
}

// A selector of example.com.
std::string own(const std::string& selector) { return selector + "._domainkey.example.com"; }

Lines lint(const std::vector<std::string>& domains) {
  const PolicyTree tree;
  tree.write("responder.json", kResponder);
  for (std::size_t i = 0; i < domains.size(); ++i) tree.write("domains/" + std::to_string(i) + ".json", domains[i]);
  Lines out;
  for (const Diagnostic& d : lint_directory(tree.path().string(), kSomeDay).findings)
    if (d.file != "responder.json") out.push_back(to_string(d));
  return out;
}

}  // namespace

TEST_CASE("A7: selectors of one domain that lead to each other, or to one that does not exist, are errors") {
  struct Case {
    const char* why;
    Lines keys;
    Lines said;
    const char* others = "none";
  };
  const std::string place = "domains/0.json:1: /dkim/keys/";
  const std::string to_service = "; name the key of the service in one of them";
  const Case cases[] = {
      {"to itself", {cname("a", own("a"))}, {place + "0/cname: this CNAME leads back to itself: a -> a" + to_service}},
      {"there and back",
       {kKey, cname("b", own("a")), cname("a", own("b"))},
       {place + "1/cname: this CNAME leads back to itself: b -> a -> b" + to_service}},
      {"into a loop",
       {cname("c", own("a")), cname("a", own("b")), cname("b", own("A"))},
       {place + "1/cname: this CNAME leads back to itself: a -> b -> a" + to_service}},
      {"not there",
       {cname("a", own("b")), cname("c", own("a"))},
       {place +
        "0/cname: \"b._domainkey.example.com\" is a name of this policy that holds no key; add that selector, or "
        "name the key of the service"}},
      {"a node above a selector",
       {cname("a", own("bar")), cname("foo.bar", "x.vendor.example")},
       {place +
        "0/cname: \"bar._domainkey.example.com\" is a name of this policy that holds no key; add that selector, "
        "or name the key of the service"}},
      {"the zone itself",
       {cname("a", "_domainkey.example.com")},
       {place + "0/cname: \"_domainkey.example.com\" is a name of this policy that holds no key; add that selector, or "
                "name the key of the service"}},
      {"to a key", {kKey, cname("a", own("b")), cname("b", own("key"))}, {}},
      {"to a service", {cname("a", own("b")), cname("b", "key.vendor.example")}, {}},
      {"to one that is revoked", {cname("a", own("b")), cname("b", own("a"), R"(, "state": "revoked")")}, {}},
      {"to others, which are revoked", {cname("a", own("b"))}, {}, "revoked"},
      {"to the same selector of a domain that is not ours", {cname("a", "a._domainkey.vendor.example")}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(lint({domain("example.com", c.keys, c.others)}) == c.said);
  }
}

TEST_CASE("A7: the chain may be as long as the name server follows") {
  const auto chain = [](std::size_t cnames) {
    Lines keys = {kKey};
    for (std::size_t i = 0; i < cnames; ++i)
      keys.push_back(cname("c" + std::to_string(i), own(i + 1 == cnames ? "key" : "c" + std::to_string(i + 1))));
    return lint({domain("example.com", keys)});
  };
  CHECK(chain(kMostCnames).empty());
  CHECK(chain(kMostCnames + 1) ==
        Lines{"domains/0.json:1: /dkim/keys/1/cname: this is the first of more than 10 CNAMEs in a row, which the name "
              "server does not follow; name the last target here"});
}

TEST_CASE("A7: chains through several files are found by lint, and a loop is not served as one") {
  const std::string one = domain("one.example", {cname("a", "b._domainkey.two.example"), kKey});
  const std::string to_key = domain("two.example", {cname("b", "key._domainkey.one.example")});
  const std::string back = domain("two.example", {cname("b", "a._domainkey.one.example")});
  const std::string mirrored = domain("two.example", {cname("b", "a._domainkey-of.one.example.hosted.provider.net")});
  const std::string missing = domain("two.example", {cname("x", "key._domainkey.one.example")});

  CHECK(lint({one, to_key}).empty());
  CHECK(ask(*make_responder(kResponder, {one, to_key}), "a._domainkey.one.example") ==
        Lines{"CNAME b._domainkey.two.example"});

  CHECK(lint({one, back}) ==
        Lines{"domains/0.json:1: the CNAME of the selector \"a\" of \"one.example\" leads back to itself: "
              "a._domainkey.one.example -> b._domainkey.two.example -> a._domainkey.one.example; name the key of the "
              "service",
              "domains/1.json:1: the CNAME of the selector \"b\" of \"two.example\" leads back to itself: "
              "b._domainkey.two.example -> a._domainkey.one.example -> b._domainkey.two.example; name the key of the "
              "service"});
  for (const std::string& other : {back, mirrored}) {
    const auto responder = make_responder(kResponder, {one, other});
    for (const char* name :
         {"a._domainkey.one.example", "b._domainkey.two.example", "a._domainkey-of.one.example.hosted.provider.net"}) {
      CAPTURE(name);
      CHECK(ask(*responder, name).empty());
      CHECK(responder->has_endless_cname(*Name::parse(name)));
      CHECK(explain(*responder, *Name::parse(name)).reason ==
            "its CNAME leads back to itself, or is the first of more than the name server follows");
    }
    CHECK(lint({one, other}).size() == 2);
  }
  CHECK(lint({one, missing}) ==
        Lines{"domains/0.json:1: the CNAME of the selector \"a\" of \"one.example\" leads to "
              "\"b._domainkey.two.example\", a name of ours that does not exist; name the key of the service"});
  CHECK(lint({domain("one.example", {cname("a", "_dmarc._spf.provider.net")})}) ==
        Lines{"domains/0.json:1: the CNAME of the selector \"a\" of \"one.example\" leads to "
              "\"_dmarc._spf.provider.net\", a name of ours that holds no key; name the key of the service"});
}
