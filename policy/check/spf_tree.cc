#include "policy/check/spf_tree.h"

#include <algorithm>

#include "policy/dns/budget.h"
#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::Mechanism;
using spf::MechanismKind;
using spf::Qualifier;
using spf::quoted_text;
using spf::Record;
using spf::TextSpan;

constexpr const char* kStranger = "203.0.113.254";  // an address in no used network

// Follows a record, and counts the look-ups that each of its terms costs.
class LookupTree {
 public:
  explicit LookupTree(const Subject& subject) : subject_(subject) {
    values_.client = *IpAddress::parse(kStranger);
    values_.local_part = "postmaster";
    values_.sender_domain = spf::plain_text(subject.domain);
    values_.helo = "mail.example.net";
    values_.validated = "unknown";
  }

  SpfTree run(const Record& record) {
    SpfTree tree;
    tree.root.name = spf::plain_text(subject_.domain);
    tree.root.record = record.text();
    path_.push_back(subject_.domain);
    tree.passes_everybody = follow(record, subject_.domain, tree.root, &tree.all);
    tree.followed = followed_ <= kMostFollowed;
    return tree;
  }

 private:
  // Returns true if the record passes a stranger. Sets `all` for the root and what it redirects to.
  bool follow(const Record& record, const Name& domain, SpfNode& node, std::optional<Qualifier>* all) {
    expect(record, domain);
    bool passes = false;
    for (const Mechanism& mechanism : record.mechanisms()) {
      if (mechanism.kind == MechanismKind::all) {
        if (all != nullptr) *all = mechanism.qualifier;
        return passes || mechanism.qualifier == Qualifier::pass;
      }
      const bool network = mechanism.kind == MechanismKind::ip4 || mechanism.kind == MechanismKind::ip6;
      bool matches = network && mechanism.network.length() == 0;
      if (mechanism.asks_dns()) matches = ask(record, mechanism, domain, node);
      passes |= matches && mechanism.qualifier == Qualifier::pass;
    }
    if (record.redirect() == nullptr) return passes;
    SpfNode& child = add(node, record.text_of(record.redirect()->span));
    if (follow_record(record.redirect()->value, domain, child, all)) passes = true;
    count(node, child);
    return passes;
  }

  // Returns true if it matches everybody.
  bool ask(const Record& record, const Mechanism& mechanism, const Name& domain, SpfNode& node) {
    if (++followed_ > kMostFollowed) return false;
    SpfNode& child = add(node, record.text_of(mechanism.span));
    bool matches = false;
    switch (mechanism.kind) {
      case MechanismKind::include: matches = follow_record(*mechanism.domain, domain, child, nullptr); break;
      case MechanismKind::a: ask_addresses(mechanism, domain, child); break;
      case MechanismKind::mx: ask_exchanges(mechanism, domain, child); break;
      case MechanismKind::exists: matches = ask_exists(mechanism, domain, child); break;
      case MechanismKind::ptr: child.note = "asks for the names of each client's address"; break;
      case MechanismKind::all:
      case MechanismKind::ip4:
      case MechanismKind::ip6: break;
    }
    if (matches && mechanism.qualifier == Qualifier::pass && node.term.empty()) {
      subject_.found("spf-include-passes-all", quoted_text(child.term) + " passes every address");
    }
    count(node, child);
    return matches;
  }

  static SpfNode& add(SpfNode& node, std::string_view term) {
    node.below.emplace_back();
    node.below.back().term = spf::visible_text(term);
    node.below.back().lookups = 1;
    return node.below.back();
  }

  static void count(SpfNode& node, const SpfNode& child) {
    node.lookups += child.lookups;
    node.void_lookups += child.void_lookups;
  }

  // Follows an include or a redirect. Returns true if its target passes everybody.
  bool follow_record(const spf::MacroString& text, const Name& domain, SpfNode& child, std::optional<Qualifier>* all) {
    const std::optional<Name> target = target_of(text, domain, child);
    if (!target) return false;
    const bool macros = text.has_macros();
    if (std::find(path_.begin(), path_.end(), *target) != path_.end()) {
      child.note = "leads back to a record that is being read";
      subject_.found("spf-include-loop", quoted_text(child.term) + " leads back to " + quoted_text(child.name));
      followed_ = kMostFollowed + 1;
      return false;
    }
    const DnsAnswer found = subject_.dns.ask(*target, RecordType::txt);
    const std::vector<std::string> records = texts_of_version(found, "v=spf1", " ");
    if (found.failed()) {
      note(child, failure_text(found));
      subject_.found("spf-include-unreachable", term_of(child) + ": " + failure_text(found));
    } else if (records.empty()) {
      const std::string what = found.status == DnsStatus::nxdomain ? "the name does not exist"
                               : found.texts.empty()               ? "it has no TXT record"
                                                                   : "its TXT records are not SPF records";
      note(child, what);
      if (macros)
        subject_.found("spf-macro-unanswered", term_of(child) + ": " + what);
      else
        subject_.found("spf-include-missing", term_of(child) + ": " + what);
    } else if (records.size() > 1) {
      note(child, "two SPF records");
      subject_.found("spf-include-broken", term_of(child) + " has " + std::to_string(records.size()) + " SPF records");
    } else {
      return follow_text(records.front(), *target, child, all);
    }
    return false;
  }

  bool follow_text(const std::string& text, const Name& target, SpfNode& child, std::optional<Qualifier>* all) {
    child.record = spf::visible_text(text, 600);
    const Result<Record> record = Record::parse(text);
    if (!record) {
      note(child, "it has an error");
      subject_.found("spf-include-broken", term_of(child) + ": " + record.error().message);
      return false;
    }
    path_.push_back(target);
    const bool passes = follow(*record, target, child, all);
    path_.pop_back();
    return passes;
  }

  // Returns the term, and the name it leads to if the term does not contain it.
  static std::string term_of(const SpfNode& child) {
    const bool told = child.term.find(child.name) != std::string::npos;
    return quoted_text(child.term) + (told ? "" : " (" + child.name + ")");
  }

  static void note(SpfNode& node, const std::string& text) { node.note += (node.note.empty() ? "" : "; ") + text; }

  void note_void(SpfNode& child, const Mechanism& mechanism, const std::string& what) {
    ++child.void_lookups;
    note(child, what);
    if (mechanism.domain && mechanism.domain->has_macros()) return;
    subject_.found("spf-void-lookup", term_of(child) + ": " + what);
  }

  void ask_addresses(const Mechanism& mechanism, const Name& domain, SpfNode& child) {
    const std::optional<Name> target =
        mechanism.domain ? target_of(*mechanism.domain, domain, child) : std::optional<Name>(domain);
    if (!target) return;
    child.name = spf::visible_text(spf::plain_text(*target));
    const DnsAnswer v4 = subject_.dns.ask(*target, RecordType::a);
    if (failed(v4, child) || !v4.empty()) return;
    const DnsAnswer v6 = subject_.dns.ask(*target, RecordType::aaaa);
    if (failed(v6, child)) return;
    if (v6.empty())
      return note_void(child, mechanism,
                       v4.status == DnsStatus::nxdomain ? "the name does not exist" : "it has no address");
    ++child.void_lookups;
    note(child, "no IPv4 address");
  }

  void ask_exchanges(const Mechanism& mechanism, const Name& domain, SpfNode& child) {
    const std::optional<Name> target =
        mechanism.domain ? target_of(*mechanism.domain, domain, child) : std::optional<Name>(domain);
    if (!target) return;
    child.name = spf::visible_text(spf::plain_text(*target));
    const DnsAnswer mx = subject_.dns.ask(*target, RecordType::mx);
    if (failed(mx, child)) return;
    if (mx.empty())
      return note_void(child, mechanism,
                       mx.status == DnsStatus::nxdomain ? "the name does not exist" : "it has no MX records");
    if (mx.names.size() == 1 && mx.names.front().is_root()) return note_void(child, mechanism, "a null MX");
    if (mx.names.size() > kReceiverExchanges) {
      subject_.found("spf-too-many-mx", term_of(child) + " has " + std::to_string(mx.names.size()) + " mail servers");
    }
    for (std::size_t i = 0; i < std::min(mx.names.size(), kReceiverExchanges); ++i) {
      if (mx.names[i].is_root()) continue;  // a null MX among others
      const DnsAnswer v4 = subject_.dns.ask(mx.names[i], RecordType::a);
      if (v4.failed() || !v4.empty()) continue;
      ++child.void_lookups;
      note(child, mx.names[i].to_string() + " has no IPv4 address");
    }
  }

  bool ask_exists(const Mechanism& mechanism, const Name& domain, SpfNode& child) {
    const std::optional<Name> target = target_of(*mechanism.domain, domain, child);
    if (!target) return false;
    const DnsAnswer found = subject_.dns.ask(*target, RecordType::a);
    if (failed(found, child)) return false;
    if (!found.empty()) return true;
    note_void(child, mechanism, "nothing for a stranger");
    return false;
  }

  bool failed(const DnsAnswer& found, SpfNode& child) {
    if (!found.failed()) return false;
    note(child, failure_text(found));
    subject_.found("spf-include-unreachable", term_of(child) + ": " + failure_text(found));
    return true;
  }

  // Returns the name that a term leads to, for a stranger; notes it in `child`.
  std::optional<Name> target_of(const spf::MacroString& text, const Name& domain, SpfNode& child) {
    values_.domain = spf::plain_text(domain);
    const std::string expanded = text.expand_domain(values_);
    child.name = spf::visible_text(expanded);
    if (text.has_macros()) note(child, explain_macros(text) + "; for " + std::string(kStranger) + ": " + child.name);
    const Result<Name> name = spf::target_name(expanded);
    if (name) return *name;
    note(child, "not a domain name");
    subject_.found("spf-include-missing", term_of(child) + ": " + name.error().message);
    return std::nullopt;
  }

  // Lets DNS work on everything that the record needs at once.
  void expect(const Record& record, const Name& domain) {
    std::vector<DnsQuestion> questions;
    const auto add_question = [&](const spf::MacroString* text, RecordType type) {
      values_.domain = spf::plain_text(domain);
      const Result<Name> name = text == nullptr ? Result<Name>(domain) : spf::target_name(text->expand_domain(values_));
      if (name) questions.push_back({*name, type});
    };
    for (const Mechanism& mechanism : record.mechanisms()) {
      const spf::MacroString* text = mechanism.domain ? &*mechanism.domain : nullptr;
      if (mechanism.kind == MechanismKind::all) break;
      if (mechanism.kind == MechanismKind::include) add_question(text, RecordType::txt);
      if (mechanism.kind == MechanismKind::mx) add_question(text, RecordType::mx);
      if (mechanism.kind == MechanismKind::a || mechanism.kind == MechanismKind::exists)
        add_question(text, RecordType::a);
      if (questions.size() >= kMostFollowed) break;
    }
    subject_.dns.expect(questions);
  }

  const Subject& subject_;
  spf::MacroValues values_;
  std::vector<Name> path_;  // the records being read
  int followed_ = 0;
};

}  // namespace

std::string explain_macros(const spf::MacroString& text) {
  std::string out;
  for (const spf::MacroString::Part& part : text.parts()) {
    const auto* macro = std::get_if<spf::Macro>(&part);
    if (macro == nullptr) continue;
    std::string what;
    switch (macro->letter) {
      case 'i': what = macro->reverse ? "the client's address, reversed" : "the client's address"; break;
      case 'd': what = "the domain of the record"; break;
      case 'o': what = "the sender's domain"; break;
      case 's': what = "the sender"; break;
      case 'l': what = "the sender's local part"; break;
      case 'h': what = "the HELO name"; break;
      case 'v': what = "\"in-addr\" or \"ip6\""; break;
      case 'p': what = "the validated name of the client"; break;
      default: what = "a macro"; break;
    }
    out += (out.empty() ? "looked up for each message: " : ", ") + to_string(*macro) + " is " + what;
  }
  return out;
}

SpfTree follow_spf(const Subject& subject, const spf::Record& record) { return LookupTree(subject).run(record); }

}  // namespace emailauth::check
