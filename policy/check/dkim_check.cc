#include "policy/check/dkim_check.h"

#include <algorithm>

#include "policy/records/dkim_key.h"
#include "policy/records/dkim_record.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::quoted_text;

class KeyCheck {
 public:
  KeyCheck(const Subject& subject, const Name& where, const std::string& record, DkimReport::Key& key)
      : subject_(subject), where_(where), record_(record), tags_(parse_tags(record)), key_(key) {}

  void run() {
    const std::string* version = tags_.find("v");
    if (version != nullptr && (*version != "DKIM1" || tags_.tags.front().name != "v")) {
      return found("dkim-version",
                   quoted_text(record_, 80) + (*version == "DKIM1" ? " has v= not first" : " is not of version DKIM1"));
    }
    const std::string* p = tags_.find("p");
    if (p == nullptr) return found("dkim-no-key", quoted_text(record_, 80) + " has no p=");
    if (!tags_.broken.empty())
      found("dkim-unreadable", quoted_text(tags_.broken.front(), 80) + " is not \"tag=value\"");
    check_flags();
    if (p->empty()) {
      key_.revoked = true;
      found("dkim-revoked", "the key is revoked");
    } else {
      check_key(without_space(*p));
    }
  }

 private:
  void found(FindingName name, const std::string& what, const std::string& todo = "") {
    subject_.found_at(where_, name, what, todo);
  }

  void check_flags() {
    const std::string* flags = tags_.find("t");
    key_.testing = flags != nullptr && lists(*flags, "y");
    if (key_.testing) found("dkim-testing", quoted_text("t=" + *tags_.find("t")) + " is set");
    const std::string* hash = tags_.find("h");
    if (hash != nullptr && !lists(*hash, "sha256")) found("dkim-hash", quoted_text("h=" + *hash) + " has no sha256");
    const std::string* service = tags_.find("s");
    if (service != nullptr && !lists(*service, "*") && !lists(*service, "email"))
      found("dkim-service", quoted_text("s=" + *service) + " has neither \"*\" nor \"email\"");
  }

  void check_key(const std::string& base64) {
    const std::string* k = tags_.find("k");
    const std::string type = k == nullptr ? "rsa" : ascii_lower(*k);
    if (type != "rsa" && type != "ed25519")
      return found("dkim-key-type", quoted_text("k=" + type) + " is not a key type");
    const bool rsa = type == "rsa";
    const DkimKeyType wanted = rsa ? DkimKeyType::rsa : DkimKeyType::ed25519;
    const DkimKeyType other = rsa ? DkimKeyType::ed25519 : DkimKeyType::rsa;
    const Result<int> bits = published_key_bits(wanted, base64);
    if (!bits) {
      const std::string is = rsa ? "ed25519" : "rsa";
      if (published_key_bits(other, base64))
        return found("dkim-unreadable", "the record says k=" + type + " and contains a key of type " + is,
                     "write k=" + is);
      return found("dkim-unreadable", "p=: " + bits.error().message);
    }
    key_.type = type;
    key_.bits = *bits;
    if (!rsa) return;
    const std::string has = "the RSA key has " + std::to_string(*bits) + " bits";
    if (*bits < 1024)
      found("dkim-key-too-short", has);
    else if (*bits < 2048)
      found("dkim-key-short", has);
    else if (*bits > 4096)
      found("dkim-key-long", has);
  }

  const Subject& subject_;
  const Name& where_;
  const std::string& record_;
  const TagList tags_;
  DkimReport::Key& key_;
};

// Reports what a wildcard answers, and what did not answer.
struct Surroundings {
  std::vector<std::string> wildcard;
  Name wildcard_owner;
  std::size_t failed = 0;
  std::string failure;
};

void check_selector(const Subject& subject, const Name& selector, Surroundings& around, DkimReport& out) {
  const Result<Name> where = below(selector.to_string() + "._domainkey", subject.domain);
  if (!where) return;
  const DnsAnswer found = subject.dns.ask(*where, RecordType::txt);
  if (found.failed()) {
    if (around.failed++ == 0) around.failure = failure_text(found);
    return;
  }
  const bool aliased = found.owner != *where;
  if (found.texts.empty()) {
    if (aliased && found.owner != around.wildcard_owner)
      subject.found_at(*where, "dkim-dangling",
                       "its CNAME leads to " + quoted_text(found.owner.to_string()) + ", which has no key");
    return;
  }
  if (found.texts == around.wildcard) return;
  DkimReport::Key key;
  key.selector = selector;
  if (aliased) key.alias = cname_at(subject.dns, *where);
  if (const auto target = cname_beside(subject.dns, found, *where))
    subject.found_at(*where, "dkim-beside-cname", "a key is next to a CNAME to " + target->to_string());
  if (found.texts.size() > 1) {
    subject.found_at(*where, "dkim-two-records",
                     std::to_string(found.texts.size()) + " TXT records: " + quoted_text(found.texts[0], 40) + " and " +
                         quoted_text(found.texts[1], 40));
  } else {
    KeyCheck(subject, *where, found.texts.front(), key).run();
  }
  out.keys.push_back(std::move(key));
}

void check_leftovers(const Subject& subject) {
  for (const char* label : {"_domainkey", "_adsp._domainkey", "_policy._domainkey"}) {
    const Result<Name> name = below(label, subject.domain);
    if (!name) continue;
    for (const std::string& text : subject.dns.ask(*name, RecordType::txt).texts) {
      const TagList tags = parse_tags(text);
      const bool old = tags.find("p") == nullptr && (tags.find("o") != nullptr || tags.find("dkim") != nullptr);
      if (old)
        subject.found_at(*name, "dkim-leftover", quoted_text(text) + " is a policy that receivers no longer read");
    }
  }
}

}  // namespace

DkimReport check_dkim(const Subject& subject, const std::vector<Name>& selectors, bool sends) {
  DkimReport out;
  std::vector<DnsQuestion> questions;
  for (const Name& selector : selectors) {
    if (const auto name = below(selector.to_string() + "._domainkey", subject.domain))
      questions.push_back({*name, RecordType::txt});
  }
  subject.dns.expect(questions);
  Surroundings around;
  if (const auto nobodys = below(std::string(kNobodysSelector) + "._domainkey", subject.domain)) {
    const DnsAnswer found = subject.dns.ask(*nobodys, RecordType::txt);
    around.wildcard = found.texts;
    around.wildcard_owner = found.owner;
    if (!found.texts.empty()) out.any_selector = found.texts.front();
  }
  for (const Name& selector : selectors) check_selector(subject, selector, around, out);
  out.looked_for = selectors.size();
  if (around.failed > 0) {
    subject.found("dkim-unavailable", std::to_string(around.failed) + " of " + std::to_string(out.looked_for) +
                                          " names below _domainkey: " + around.failure);
  } else if (out.keys.empty() && sends && out.any_selector.empty()) {
    subject.found("dkim-not-found", "none of " + std::to_string(out.looked_for) + " selectors has a key");
  }
  check_leftovers(subject);
  return out;
}

}  // namespace emailauth::check
