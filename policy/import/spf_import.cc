#include "policy/import/spf_import.h"

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/base/some_of.h"
#include "policy/dns/budget.h"
#include "policy/files/domain_policy.h"
#include "policy/net/public_suffix.h"
#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

namespace {

using spf::Mechanism;
using spf::MechanismKind;
using spf::Qualifier;
using spf::quoted_text;

constexpr const char* kSpfPart = "SPF";
constexpr std::size_t kDeepest = 10;  // records inside records

bool same_organisation(const Name& a, const Name& b) {
  return organizational_domain(a).value_or(a) == organizational_domain(b).value_or(b);
}

// Returns "sendgrid" for "u1.wl.sendgrid.net": the id to propose for a service.
std::string proposed_id(const Name& name) {
  const Name organisation = organizational_domain(name).value_or(name);
  NameView view;
  if (!view.assign(organisation.wire()) || view.label_count() == 0) return "service";
  std::string id(view.label(0));
  std::erase_if(id, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'); });
  return id.empty() ? "service" : id;
}

CommandLine senders_command(std::string_view verb, const ImportOptions& options, const std::string& id) {
  return in_directory(CommandLine({"emailauth", "senders", verb}).operand(id), options.directory);
}

}  // namespace

void SpfImport::lost(const Frame& frame, const std::string& term, const std::string& what, Todo todo) const {
  context_.lost(kSpfPart, frame.domain, quoted_text(term, 120) + ": " + what, std::move(todo));
}

ordered_json SpfImport::run() {
  const DnsAnswer texts = context_.dns.ask(context_.domain, RecordType::txt);
  if (texts_of_version(texts, "v=spf1", " ").empty()) {
    context_.note(kSpfPart, context_.domain, "the domain has no SPF record");
    return {};
  }
  if (texts.owner != context_.domain) {
    context_.lost(kSpfPart, context_.domain,
                  "the record is that of " + texts.owner.to_string() + ", to which the name is a CNAME",
                  "give the name records of its own, then import again");
    return {};
  }
  const std::optional<spf::Record> record = record_at(context_.domain, "");
  if (!record) return {};
  Frame frame{*record, context_.domain, false, {}};
  walk(frame);
  if (all_.empty()) set_all(Qualifier::neutral, "");
  keep_unrevealed();
  note_limits();
  ordered_json out = ordered_json::object();
  if (!senders_.empty()) out["senders"] = senders_;
  if (!netblocks_.empty()) out["netblocks"] = netblocks_;
  out["all"] = all_;
  return out;
}

std::optional<spf::Record> SpfImport::record_at(const Name& name, const std::string& term) {
  const std::vector<std::string> texts = texts_of_version(context_.dns.ask(name, RecordType::txt), "v=spf1", " ");
  const std::string prefix = term.empty() ? "" : quoted_text(term, 120) + ": ";
  if (texts.size() != 1) {
    context_.lost(kSpfPart, name,
                  prefix +
                      (texts.empty() ? "the name has no SPF record"
                                     : "there are " + std::to_string(texts.size()) + " SPF records") +
                      ", an error for every receiver (RFC 7208, " + (texts.empty() ? "5.2)" : "4.5)"),
                  texts.empty() ? "remove the term" : "remove all but one, then import again");
    return std::nullopt;
  }
  Result<spf::Record> record = spf::Record::parse(texts.front());
  if (record) return std::move(*record);
  context_.lost(kSpfPart, name, prefix + record.error().message + "; an error for every receiver (RFC 7208, 4.6)",
                "correct the record, then import again");
  return std::nullopt;
}

void SpfImport::walk(Frame& frame) {
  path_.push_back(frame.domain);
  bool ended = false;
  for (const Mechanism& mechanism : frame.record.mechanisms()) {
    if (mechanism.kind == MechanismKind::all) {
      if (!frame.included) set_all(mechanism.qualifier, mechanism.to_string());
      if (frame.included && mechanism.qualifier == Qualifier::pass)
        lost(frame, mechanism.to_string(), "it lets the whole world send, which no policy can allow");
      ended = true;
      break;
    }
    read_mechanism(frame, mechanism);
  }
  if (!ended) follow_redirect(frame);
  if (frame.record.explanation() != nullptr && !frame.included) {
    context_.note(kSpfPart, frame.domain,
                  quoted_text(frame.record.explanation()->to_string(), 120) +
                      " is left out: receivers no longer quote it in refusals, and judge mail as before");
  }
  path_.pop_back();
}

void SpfImport::follow_redirect(const Frame& frame) {
  if (frame.record.redirect() == nullptr) return;
  const std::string term = frame.record.redirect()->to_string();
  if (!may_follow(term)) return;
  const std::string target = frame.record.redirect()->value.to_string();
  if (add_sender_of(frame, term, target)) {
    // The redirect target decides how the record ends.
    const auto name = spf::target_name(target);
    const auto record = name ? record_at(*name, term) : std::nullopt;
    if (!record || frame.included) return;
    for (const Mechanism& mechanism : record->mechanisms()) {
      if (mechanism.kind == MechanismKind::all) return set_all(mechanism.qualifier, term);
    }
    return;
  }
  if (target.find('%') != std::string::npos) {
    unrevealed_.push_back(term);
    return;
  }
  if (const auto name = spf::target_name(target)) add_own_record(frame, term, *name, frame.included);
}

void SpfImport::set_all(Qualifier qualifier, const std::string& term) {
  switch (qualifier) {
    case Qualifier::fail: all_ = "-all"; return;
    case Qualifier::softfail: all_ = "~all"; return;
    case Qualifier::neutral: all_ = "?all"; return;
    case Qualifier::pass: break;
  }
  all_ = "?all";
  context_.lost(kSpfPart, context_.domain,
                quoted_text(term) + ": it lets the whole world send, which no policy can allow; \"?all\" is written",
                "find out who sends with \"p=none\" and reports, then name them");
}

// Unread terms are named once, by note_limits().
bool SpfImport::may_read(const Mechanism& mechanism) {
  const bool in_budget = ++mechanisms_ <= kMostMechanisms;
  if (!in_budget) beyond_.push_back(mechanism.to_string());
  return in_budget && (!mechanism.asks_dns() || may_follow(mechanism.to_string()));
}

bool SpfImport::may_follow(const std::string& term) {
  if (++followed_ <= kMostFollowed) return true;
  beyond_.push_back(term);
  return false;
}

void SpfImport::note_limits() const {
  constexpr std::size_t kNamed = 3;
  if (!beyond_.empty()) {
    std::vector<std::string> named;
    for (const std::string& term : beyond_) named.push_back(named.size() < kNamed ? quoted_text(term, 60) : "");
    context_.lost(kSpfPart, context_.domain,
                  "the record does not end within " + std::to_string(kMostFollowed) +
                      " terms that ask DNS (receivers follow " + std::to_string(kReceiverLookups) +
                      "; RFC 7208, 4.6.4) or " + std::to_string(kMostMechanisms) +
                      " in all; not read: " + some_of(named, kNamed),
                  "remove the terms that are not needed, then import again");
  }
  if (followed_ > kReceiverLookups || void_lookups_ > kReceiverVoidLookups) {
    context_.note(kSpfPart, context_.domain,
                  "the record is an error for every receiver today: it takes more than " +
                      std::to_string(kReceiverLookups) + " lookups, or more than " +
                      std::to_string(kReceiverVoidLookups) + " that find nothing (RFC 7208, 4.6.4)");
  }
}

void SpfImport::read_mechanism(Frame& frame, const Mechanism& mechanism) {
  if (!may_read(mechanism)) return;
  if (mechanism.qualifier != Qualifier::pass) return read_refusal(frame, mechanism);
  switch (mechanism.kind) {
    case MechanismKind::all: return;
    case MechanismKind::include: return read_include(frame, mechanism);
    case MechanismKind::ip4:
    case MechanismKind::ip6: return add_network(frame, mechanism.network, mechanism.to_string());
    case MechanismKind::a:
    case MechanismKind::mx: return read_hosts(frame, mechanism);
    case MechanismKind::exists: return read_include(frame, mechanism);
    case MechanismKind::ptr:
      return lost(
          frame, mechanism.to_string(), "a policy cannot be based on reverse DNS",
          Todo("add the networks that send")
              .then(in_directory(
                  CommandLine({"emailauth", "netblock", "add"}).operand(context_.domain.to_string()).operand("NETWORK"),
                  context_.options.directory)));
  }
}

// "-ip4:192.0.2.1": only says that later terms do not authorise these addresses.
void SpfImport::read_refusal(Frame& frame, const Mechanism& mechanism) {
  const bool hosts = mechanism.kind == MechanismKind::a || mechanism.kind == MechanismKind::mx;
  const bool asks_each = mechanism.domain && mechanism.domain->to_string().find('%') != std::string::npos;
  const bool literal = mechanism.kind == MechanismKind::ip4 || mechanism.kind == MechanismKind::ip6;
  if (!literal && (!hosts || asks_each)) {
    return lost(frame, mechanism.to_string(), "a policy says who may send, and not who may not",
                "make sure that no term after it allows what it refuses, and remove it");
  }
  frame.refused |= hosts_of(frame, mechanism).networks;
  context_.note(kSpfPart, frame.domain,
                quoted_text(mechanism.to_string(), 120) +
                    ": what it refuses is kept out of the netblocks after it, and is judged like any other stranger");
}

void SpfImport::read_include(Frame& frame, const Mechanism& mechanism) {
  const std::string term = mechanism.to_string();
  const std::string target = mechanism.domain->to_string();
  const auto& own = context_.options.own_terms;
  if (std::find(own.begin(), own.end(), term) != own.end()) {
    return lost(frame, term, "it points to this responder itself",
                "what it allows is in a policy here; look for it in the other policies");
  }
  if (add_sender_of(frame, term, target)) return;
  if (target.find('%') != std::string::npos) {
    unrevealed_.push_back(term);
    return;
  }
  const Result<Name> name = spf::target_name(target);
  if (mechanism.kind == MechanismKind::exists || !name) {
    return lost(frame, term, "it holds for every client, or for none", "remove it, or name the networks that send");
  }
  if (same_organisation(*name, context_.domain)) return add_own_record(frame, term, *name, true);
  lost(frame, term, "it is not a sending service that is known here",
       Todo(senders_command("add", context_.options, proposed_id(*name)).option("--spf", term))
           .then(senders_command("refresh", context_.options, proposed_id(*name)))
           .then("import again"));
}

bool SpfImport::add_sender_of(const Frame& frame, const std::string& term, const std::string& target) {
  const KnownSender known = sender_of_term(context_.options, target);
  if (known.sender == nullptr) return false;
  const std::string& id = known.sender->id;
  const IpSet networks = IpSet::of(known.sender->networks);
  if (!(networks & frame.refused).empty() || (networks.empty() && !frame.refused.empty())) {
    lost(frame, term, "terms before it refuse addresses that the sender may have",
         "see which of them send, and whether they should");
  }
  if (std::find(senders_.begin(), senders_.end(), id) != senders_.end()) return true;
  senders_.push_back(id);
  known_.push_back(known.sender);
  auto& fresh = context_.new_senders;
  if (known.in_directory) {
    if (known.sender->resolved_at.empty()) {
      context_.needed(kSpfPart, frame.domain, "the networks of the sender " + quoted_text(id) + " are not known yet",
                      senders_command("refresh", context_.options, id));
    }
  } else if (std::find(fresh.begin(), fresh.end(), id) == fresh.end()) {
    fresh.push_back(id);
    context_.needed(
        kSpfPart, frame.domain,
        quoted_text(term, 120) + " is the sender " + quoted_text(id) + ", which is not among the senders here",
        Todo(senders_command("add", context_.options, id)).then(senders_command("refresh", context_.options, id)));
  }
  return true;
}

void SpfImport::add_own_record(const Frame& frame, const std::string& term, const Name& name, bool included) {
  if (std::find(path_.begin(), path_.end(), name) != path_.end() || path_.size() >= kDeepest) {
    return lost(frame, term, "it leads back to where it came from, an error for every receiver (RFC 7208, 4.6.4)",
                "remove the term");
  }
  const std::optional<spf::Record> record = record_at(name, term);
  if (!record) return;
  context_.note(kSpfPart, frame.domain, quoted_text(term, 120) + " was followed: its terms are in the policy now");
  Frame inner{*record, name, included, frame.refused};
  walk(inner);
}

void SpfImport::add_network(const Frame& frame, const IpPrefix& network, const std::string& term) {
  if (network.first().is_v4_mapped() && network.length() >= 96) {
    return context_.note(kSpfPart, frame.domain,
                         quoted_text(term) + ": no client has such an address (RFC 7208, 5); left out");
  }
  if (const auto allowed = parse_authorised_network(network.to_string(), false); !allowed)
    return lost(frame, term, allowed.error().message);
  for (const IpPrefix& part : (IpSet(network) - frame.refused - authorised_).to_prefixes()) {
    ordered_json block{{"network", part.to_string()}};
    if (term != part.to_spf_term()) block["note"] = term;
    netblocks_.push_back(std::move(block));
  }
  authorised_ |= IpSet(network) - frame.refused;
}

ordered_json import_spf(const ImportContext& context) { return SpfImport(context).run(); }

}  // namespace emailauth::importing
