#include "policy/senders/sender_identity.h"

#include <doctest/doctest.h>

namespace emailauth {

namespace {

SenderPolicy sender(const char* id, const char* spf, const char* selector, const char* domain, const char* network) {
  SenderPolicy out;
  out.id = id;
  out.spf = {spf};
  out.dkim_selectors = {selector};
  out.dkim_domains = {*Name::parse(domain)};
  out.return_path = {*Name::parse(domain)};
  out.networks = {*IpPrefix::parse(network)};
  return out;
}

}  // namespace

TEST_CASE("identify_sender: most specific evidence first") {
  const std::vector<SenderPolicy> senders = {
      sender("one", "include:spf.one.example", "s1", "one.example", "192.0.2.0/24"),
      sender("two", "include:spf.two.example", "s1", "two.example", "192.0.0.0/16"),
      sender("mail-two", "include:x.example", "k9", "mail.two.example", "198.51.100.0/24"),
  };
  struct Case {
    const char* why;
    const char* ip;
    const char* domain;
    const char* selector;
    const char* path;
    const char* include;
    std::string found;
  };
  const Case cases[] = {
      {"an include", "", "", "", "", "SPF.one.example", "one high"},
      {"the smaller network first", "192.0.2.1", "", "", "", "", "one medium, two medium"},
      {"a mapped address", "::ffff:198.51.100.1", "", "", "", "", "mail-two medium"},
      {"a signing domain", "", "one.example", "", "", "", "one high"},
      {"a signing domain with its selector", "", "two.example", "S1", "", "", "two high, one low"},
      {"a selector that several use", "", "", "s1", "", "", "one low, two low"},
      {"a return path", "", "", "", "em1.one.example", "", "one medium"},
      {"not a name that merely ends alike", "", "", "", "notone.example", "", ""},
      {"an address against an include", "192.0.2.1", "", "", "", "spf.two.example", "two high, one medium"},
      {"nothing", "203.0.113.1", "", "zz", "", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    MailEvidence mail;
    if (*c.ip != '\0') mail.ip = *IpAddress::parse(c.ip);
    if (*c.domain != '\0') mail.dkim_domain = *Name::parse(c.domain);
    if (*c.path != '\0') mail.return_path = *Name::parse(c.path);
    mail.selector = c.selector;
    mail.include = c.include;
    std::string found;
    for (const SenderMatch& match : identify_sender(senders, mail)) {
      found += (found.empty() ? "" : ", ") + match.sender->id + " " + std::string(to_string(match.confidence));
      CHECK(!match.evidence.empty());
    }
    CHECK(found == c.found);
  }
}

TEST_CASE("identify_sender: evidence that several share points to none of them for certain") {
  const std::vector<SenderPolicy> senders = {sender("a", "include:a", "s1", "amazonses.com", "192.0.2.0/24"),
                                             sender("b", "include:b", "s2", "amazonses.com", "198.51.100.0/24")};
  MailEvidence mail;
  mail.dkim_domain = *Name::parse("amazonses.com");
  for (const SenderMatch& match : identify_sender(senders, mail)) CHECK(match.confidence == Confidence::low);
  mail.selector = "s2";
  const std::vector<SenderMatch> found = identify_sender(senders, mail);
  REQUIRE(found.size() == 2);
  CHECK(found[0].sender->id == "b");
  CHECK(found[0].confidence == Confidence::high);
  CHECK(found[0].evidence == std::vector<std::string>{R"(it signs for "amazonses.com" with the selector "s2")"});
}

}  // namespace emailauth
