#include <algorithm>
#include <map>
#include <set>

#include "policy/base/command_line.h"
#include "policy/cutover/compare_context.h"
#include "policy/dns/budget.h"
#include "policy/dns/dns.h"
#include "policy/publish/owners_dns.h"
#include "policy/spf/evaluator.h"
#include "policy/spf/flatten.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cutover {

namespace {

using spf::Verdict;

constexpr const char* kSpfPart = "SPF";
constexpr std::size_t kMostEdges = 20000;
// Octets of records that are read to judge addresses, all together: each address is judged by all records.
constexpr std::size_t kMostRead = 64U << 20U;
// If each address is a question of its own to somebody's servers.
constexpr std::size_t kMostQuestions = 500;

// Returns the node whose SPF policy decides about a domain; nullptr if there is none.
const DomainIndex::Node* our_node(const Responder& responder, const Name& domain) {
  NameView view;
  if (!view.assign(domain.wire())) return nullptr;
  const SpfPolicyHit hit = find_spf_policy(responder.snapshot().domains, view, 0, view.label_count());
  return hit.policy;
}

IpSet our_networks(const LinkedSpf& rules) {
  IpSet out = rules.netblocks;
  const auto& senders = rules.senders->senders();
  for (std::size_t i = 0; i < senders.size(); ++i) {
    if (rules.enabled.contains(i)) out |= IpSet::of(senders[i].networks);
  }
  return out;
}

// Returns the first and last address of every range, and the strangers next to them: if both
// sides agree on these, they agree on the ranges.
void add_edges(const IpSet& networks, std::set<IpAddress>& out) {
  for (const IpRange& range : networks.ranges()) {
    for (const IpAddress& address : {range.first, range.last, range.first.previous(), range.last.next()}) {
      if (!address.is_v4_mapped()) out.insert(address);
    }
  }
}

// Counts the octets of the texts that were asked for.
class MeasuredDns : public Dns {
 public:
  explicit MeasuredDns(Dns& dns) : dns_(dns) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override {
    DnsAnswer answer = dns_.ask(question);
    for (const std::string& text : answer.texts) octets_ += text.size();
    return answer;
  }
  std::size_t octets() const { return octets_; }

 private:
  Dns& dns_;
  std::size_t octets_ = 0;
};

class SpfCompare {
 public:
  SpfCompare(const CompareContext& context, const PublishedRrset& wanted, const DomainIndex::Node& node)
      : context_(context),
        record_(wanted.data.front()),
        node_(node),
        rules_(*node.spf),
        published_(context.responder, context.wanted.domain, record_, &context.dns) {}

  void run() {
    const DnsAnswer texts = context_.dns.ask(context_.wanted.domain, RecordType::txt);
    if (texts_of_version(texts, "v=spf1", " ").empty())
      return context_.change(kSpfPart, where(),
                             "the domain has no SPF record today, and would have " + spf::quoted_text(record_));
    std::vector<SeenAddress> all = context_.options.addresses;
    if (context_.options.edges) add_found(all);
    for (const SeenAddress& one : all) judge(one);
    context_.out.addresses = all.size();
    tell();
  }

 private:
  std::string where() const { return context_.wanted.domain.to_string(); }

  void add_found(std::vector<SeenAddress>& all) {
    const std::vector<std::string> terms = {"include:" + where()};
    spf::FlattenOptions options;
    options.allow_wide = true;
    MeasuredDns measured(context_.dns);
    const spf::Flattened today = spf::flatten(measured, terms, options);
    const IpSet ours = our_networks(rules_);
    lost_ = (today.addresses - ours).to_prefixes();
    std::set<IpAddress> edges;
    add_edges(today.addresses, edges);
    add_edges(ours, edges);
    const std::size_t most =
        std::min(today.passthrough.empty() ? kMostEdges : kMostQuestions,
                 std::max<std::size_t>(1, kMostRead / std::max<std::size_t>(1, measured.octets())));
    if (edges.size() > most) {
      context_.change(kSpfPart, where(),
                      "of " + std::to_string(edges.size()) + " edges of networks the first " + std::to_string(most) +
                          " were judged");
    }
    for (const IpAddress& address : edges) {
      if (all.size() >= most + context_.options.addresses.size()) break;
      SeenAddress like = context_.options.like;
      like.address = address;
      all.push_back(std::move(like));
    }
  }

  spf::Question question_of(const SeenAddress& one) const {
    spf::Question question;
    question.client = one.address.unmapped();
    question.helo = one.helo;
    question.mail_from = one.local_part + "@" + where();
    return question;
  }

  void judge(const SeenAddress& one) {
    const spf::Question question = question_of(one);
    const spf::Evaluation today = spf::check_host(context_.dns, question);
    const spf::Evaluation ours = spf::check_host(published_, question);
    if (today.verdict == ours.verdict) return;
    if (today.verdict == Verdict::pass) return fails(question.client, ours);
    if (ours.verdict == Verdict::pass) {
      const auto why = rules_.explain(question.client, rules_of(node_));
      const std::string who =
          why && why->sender != nullptr ? "the sender " + spf::quoted_text(why->sender->id) : "the policy's netblocks";
      ++appear_[who];
      return;
    }
    const std::string verdicts = "strangers get " + std::string(to_string(today.verdict)) + " today, and would get " +
                                 std::string(to_string(ours.verdict));
    const bool broken = today.verdict == Verdict::permerror || today.verdict == Verdict::temperror;
    ends_.emplace(verdicts, broken ? ": " + today.reason : "");
  }

  // Reported by network, if today's record names one.
  void fails(const IpAddress& address, const spf::Evaluation& ours) {
    // The last network that begins at the address or before it.
    const auto behind = std::upper_bound(lost_.begin(), lost_.end(), address,
                                         [](const IpAddress& a, const IpPrefix& b) { return a < b.first(); });
    const bool listed = behind != lost_.begin() && std::prev(behind)->contains(address);
    fails_.emplace(listed ? *std::prev(behind) : IpPrefix(address), std::string(to_string(ours.verdict)));
  }

  // Returns an existing sender that has the address, or whose networks have not been resolved.
  Todo remedy(const IpPrefix& network) const {
    const auto& senders = rules_.senders->senders();
    for (std::size_t i = 0; i < senders.size(); ++i) {
      const bool has = std::any_of(senders[i].networks.begin(), senders[i].networks.end(),
                                   [&](const IpPrefix& n) { return n.contains(network.first()); });
      if (has && !rules_.enabled.contains(i))
        return context_.here(context_.command({"emailauth", "sender", "enable"}).operand(senders[i].id));
    }
    for (std::size_t i = 0; i < senders.size(); ++i) {
      if (rules_.enabled.contains(i) && senders[i].has_spf && !senders[i].resolved)
        return Todo(context_.here(CommandLine({"emailauth", "senders", "refresh"}).operand(senders[i].id)))
            .then("look again");
    }
    return context_.here(context_.command({"emailauth", "netblock", "add"}).operand(network.to_string()));
  }

  void tell() {
    std::size_t told = 0;
    for (const auto& [network, verdict] : fails_) {
      if (++told > kMostNotes) break;
      context_.refuse(kSpfPart, network.to_string(), "it passes today, and would get " + verdict, remedy(network));
    }
    if (fails_.size() > kMostNotes) {
      context_.refuse(kSpfPart, where(), "and " + std::to_string(fails_.size() - kMostNotes) + " more like these",
                      "do what is said above first, and look again");
    }
    for (const auto& [who, count] : appear_) {
      context_.change(
          kSpfPart, where(),
          "addresses of " + who + " would pass that do not pass today (" + std::to_string(count) + " of those judged)");
    }
    for (const auto& [verdicts, why] : ends_) context_.change(kSpfPart, where(), verdicts + why);
  }

  const CompareContext& context_;
  const std::string record_;
  const DomainIndex::Node& node_;
  const LinkedSpf& rules_;
  OwnersDns published_;
  std::vector<IpPrefix> lost_;             // networks that today's record passes, and ours does not list; ascending
  std::map<IpPrefix, std::string> fails_;  // networks, and what they would get
  std::map<std::string, std::size_t> appear_;
  std::map<std::string, std::string> ends_;
};

}  // namespace

void compare_spf(const CompareContext& context) {
  const PublishedRrset* wanted = context.moves(PublicationPart::spf);
  const DomainIndex::Node* node = our_node(context.responder, context.wanted.domain);
  if (wanted != nullptr && node != nullptr) SpfCompare(context, *wanted, *node).run();
}

}  // namespace emailauth::cutover
