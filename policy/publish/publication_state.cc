#include "policy/publish/publication_state.h"

#include <algorithm>

#include "policy/answer/explain.h"
#include "policy/base/diagnostic.h"
#include "policy/base/some_of.h"
#include "policy/base/text.h"
#include "policy/spf/record.h"

namespace emailauth {

namespace {

constexpr std::size_t kMostNamed = 10;  // records of others that a line lists

// Compares terms and their order, however they are spaced or written.
std::string canonical(const std::string& record) {
  const Result<spf::Record> parsed = spf::Record::parse(record);
  return parsed ? parsed->to_string() : record;
}

std::vector<std::string> of_type(const std::vector<Record>& records, RecordType type) {
  std::vector<std::string> out;
  for (const Record& record : records) {
    if (record.type == type) out.push_back(record.data);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A TXT record that a CNAME of the same name leads to is not the owner's.
bool has_name(const std::vector<FoundRrset>& rrsets, const Name& name) {
  return std::any_of(rrsets.begin(), rrsets.end(), [&](const FoundRrset& rrset) { return rrset.key.name == name; });
}

// Returns true for a key, or a CNAME to one: not for a revoked key, or for what a wildcard gives.
bool is_key_in_use(const FoundRrset& found) {
  if (found.data.empty() || found.key.type == RecordType::cname) return !found.data.empty();
  const std::string& text = found.data.front();
  const std::size_t key = text.find("p=");
  return key != std::string::npos && text.find_first_not_of("; ", key + 2) != std::string::npos;
}

class Checker {
 public:
  Checker(const Responder& responder, const Publication& wanted, Dns& dns)
      : responder_(responder), wanted_(wanted), dns_(dns) {}

  RrsetState check(const PublishedRrset& rrset) {
    switch (rrset.key.type) {
      case RecordType::txt: return check_spf(rrset);
      case RecordType::ns:
      case RecordType::cname:
      case RecordType::a:
      case RecordType::aaaa:
      case RecordType::soa:
      case RecordType::ds:
      case RecordType::ptr:
      case RecordType::spf:
      case RecordType::mx: return check_pointer(rrset);
    }
    return {};
  }

  // Finds other selectors: none of them is answered once the pointer exists.
  std::vector<FoundRrset> find_selectors(const std::vector<Name>& selectors) {
    std::vector<FoundRrset> found;
    const Result<Name> apex = *Name::parse(to_text(HostedFamily::dkim)) + wanted_.domain;
    for (const Name& selector : selectors) {
      const Result<Name> name = selector + *apex;
      const auto& known = wanted_.selectors;
      if (!name || std::find(known.begin(), known.end(), selector) != known.end()) continue;
      for (const RecordType type : {RecordType::cname, RecordType::txt}) {
        FoundRrset rrset = look_up({*name, type});
        if (!is_key_in_use(rrset)) continue;
        found.push_back(std::move(rrset));
        break;
      }
    }
    return found;
  }

 private:
  FoundRrset look_up(const RrsetKey& key) { return rrset_in(dns_.ask(key.name, key.type), key); }

  static RrsetState differs(std::string detail) { return {InPlace::differs, std::move(detail), {}, {}}; }

  static std::string failure(const FoundRrset& found) {
    const bool late = found.status == DnsStatus::timeout;
    return std::string(late ? "no answer in time" : "SERVFAIL") + " for " + std::string(to_text(found.key.type)) +
           " at " + found.key.name.to_string();
  }

  RrsetState check_spf(const PublishedRrset& rrset) {
    if (const FoundRrset alias = look_up({rrset.key.name, RecordType::cname}); !alias.data.empty()) {
      RrsetState state =
          differs("it is a CNAME, next to which no other record is allowed; replace it by the records of its target");
      state.remove.push_back(alias);
      return state;
    }
    FoundRrset found = look_up(rrset.key);
    if (found.failed()) return differs(failure(found));
    RrsetState state;
    std::vector<std::string> records;
    for (const std::string& text : found.data) (spf::Record::has_version(text) ? records : state.keep).push_back(text);
    if (records.empty()) return state;
    if (records.size() == 1 && is_ours(records.front())) {
      state.state = InPlace::yes;
      if (records.front() != rrset.data.front()) state.detail = "as " + in_quotes(records.front());
      if (const std::string wrong = check_term(); !wrong.empty()) state = differs(wrong);
      return state;
    }
    state.state = InPlace::differs;
    state.detail = records.size() > 1 ? "there are " + std::to_string(records.size()) +
                                            " SPF records, an error for every receiver (RFC 7208, 4.5)"
                                      : "another record is there";
    found.data.clear();
    bool has_ours = false;
    for (std::string& record : records) {
      const bool stays = !has_ours && is_ours(record);
      has_ours |= stays;
      (stays ? state.keep : found.data).push_back(std::move(record));
    }
    state.remove.push_back(std::move(found));
    return state;
  }

  bool is_ours(const std::string& record) const {
    if (wanted_.blocked && canonical(record) == "v=spf1 -all") return true;
    return std::any_of(wanted_.spf_records.begin(), wanted_.spf_records.end(),
                       [&](const std::string& other) { return canonical(other) == canonical(record); });
  }

  // Whether the zones of the templates can be reached: sends one question, as a receiver does.
  std::string check_term() {
    for (const ResponderZone& zone : responder_.snapshot().responder->zones) {
      for (const SpfView& view : zone.views) {
        for (const SpfTemplate& t : view.templates()) {
          if (wanted_.spf()->data.front().find(t.text()) == std::string::npos) continue;
          const Mail mail{*IpAddress::parse("192.0.2.1"), "mail.example.net", "postmaster", wanted_.domain.to_string()};
          const Result<Name> question = question_for(t, mail);
          if (question && t.kind() != SpfTermKind::exists) return check_answer(*question);
        }
      }
    }
    return "";
  }

  RrsetState check_pointer(const PublishedRrset& rrset) {
    const FoundRrset found = look_up(rrset.key);
    if (found.failed()) return differs(failure(found));
    if (found.data == rrset.data) {
      if (rrset.key.type == RecordType::ns && !parent_has(rrset.key.name)) {
        return {InPlace::missing, "our servers answer, but the zone above has no NS records for it", {}, {}};
      }
      for (const Name& name : rrset.answers) {
        if (const std::string wrong = check_answer(name); !wrong.empty()) return differs(wrong);
      }
      return {InPlace::yes, "", {}, {}};
    }
    RrsetState state;
    const bool elsewhere = !found.data.empty();  // then names below do not belong to the owner
    for (const RrsetKey& key : rrset.remove) {
      if ((elsewhere && key.type != RecordType::ns) || has_name(state.remove, key.name)) continue;
      FoundRrset other = look_up(key);
      if (!other.data.empty()) state.remove.push_back(std::move(other));
    }
    if (elsewhere) state.detail = "there is " + some_of(found.data, kMostNamed);
    if (!elsewhere && state.remove.empty()) return state;
    state.state = InPlace::differs;
    if (state.detail.empty()) state.detail = "the owner has records there";
    return state;
  }

  // DS is answered by the zone above. Where both zones are on one server this
  // alone tells that there is no delegation, unless other records of the name are there.
  bool parent_has(const Name& name) { return look_up({name, RecordType::ds}).status != DnsStatus::nxdomain; }

  // Returns "" if DNS gives what this policy answers.
  std::string check_answer(const Name& name) {
    const Answer answer = responder_.answer(name);
    for (const RecordType type : {RecordType::cname, RecordType::txt}) {
      const std::vector<std::string> expected = of_type(answer.records, type);
      if (expected.empty()) continue;
      const FoundRrset found = look_up({name, type});
      if (found.failed()) return failure(found) + "; are the name servers up, and is a DS record out of date?";
      if (found.data == expected) return "";
      const std::string got = found.data.empty() ? "nothing" : in_quotes(some_of(found.data, kMostNamed));
      // A CNAME of the owner hides the one that it points to.
      if (type == RecordType::cname && wanted_.way == PointBy::cname) return "";
      return name.to_string() + " answers " + got + " instead of " + in_quotes(joined(expected)) +
             "; do all name servers have this policy?";
    }
    return "";
  }

  const Responder& responder_;
  const Publication& wanted_;
  Dns& dns_;
};

}  // namespace

std::string_view to_text(InPlace state) {
  switch (state) {
    case InPlace::yes: return "in place";
    case InPlace::missing: return "missing";
    case InPlace::differs: return "differs";
  }
  return "";
}

FoundRrset rrset_in(const DnsAnswer& answer, const RrsetKey& key) {
  FoundRrset found{key, answer.status, answer.ttl, answer.texts};
  for (const Name& name : answer.names) found.data.push_back(name.to_string());
  std::sort(found.data.begin(), found.data.end());
  return found;
}

bool PublicationState::complete() const {
  return std::all_of(rrsets.begin(), rrsets.end(), [](const RrsetState& s) { return s.state == InPlace::yes; });
}

PublicationState check_publication(const Responder& responder, const Publication& wanted,
                                   const std::vector<Name>& selectors, Dns& dns) {
  Checker checker(responder, wanted, dns);
  PublicationState out;
  bool keys_open = false;
  for (const PublishedRrset& rrset : wanted.rrsets) {
    out.rrsets.push_back(checker.check(rrset));
    keys_open |= rrset.part == PublicationPart::dkim && rrset.key.type == RecordType::ns &&
                 out.rrsets.back().state != InPlace::yes;
  }
  if (keys_open) out.lost_selectors = checker.find_selectors(selectors);
  return out;
}

}  // namespace emailauth
