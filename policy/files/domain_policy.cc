#include "policy/files/domain_policy.h"

#include <algorithm>
#include <set>

#include "policy/net/domain_text.h"
#include "policy/net/public_suffix.h"
#include "policy/records/dkim_chain.h"
#include "policy/records/mail_records.h"

namespace emailauth {

namespace {

constexpr Word<SpfAll> kAlls[] = {{"-all", SpfAll::fail}, {"~all", SpfAll::softfail}, {"?all", SpfAll::neutral}};
constexpr Word<DomainMode> kModes[] = {{"sending", DomainMode::sending}, {"blocked", DomainMode::blocked}};
constexpr Word<HostedFamily> kDelegated[] = {{"dmarc", HostedFamily::dmarc},
                                             {"dkim", HostedFamily::dkim},
                                             {"bimi", HostedFamily::bimi},
                                             {"mta_sts", HostedFamily::mta_sts},
                                             {"tls_rpt", HostedFamily::tls_rpt}};

std::optional<Netblock> read_netblock(const PolicyNode& node) {
  if (!node.require_object() || node.report_unknown_keys({"network", "note"})) return std::nullopt;
  Netblock netblock;
  if (const auto note = node.find("note")) netblock.note = note->note();
  const auto network = node.require("network", "\"network\": \"192.0.2.0/24\"");
  const auto text = network ? network->text() : std::nullopt;
  if (!text) return std::nullopt;
  const Result<IpPrefix> parsed = parse_authorised_network(*text, false);
  if (!parsed) {
    network->error(parsed.error().message);
    return std::nullopt;
  }
  netblock.network = *parsed;
  return netblock;
}

void read_senders(const PolicyNode& list, SpfPolicy& spf) {
  std::set<std::string_view> seen;
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    if (!seen.insert(*text).second) item.error("the sender " + in_quotes(*text) + " appears twice; keep one");
    spf.senders.push_back({std::string(*text), item.line(), item.pointer()});
  }
}

void read_all(const PolicyNode& node, SpfPolicy& spf) {
  const auto text = node.text();
  if (!text) return;
  if (*text == "+all" || *text == "all") {
    return node.error(in_quotes(*text) +
                      " lets the whole world send as this domain; use \"~all\", \"-all\" or \"?all\"");
  }
  if (const auto all = node.one_of<SpfAll>(kAlls, "an end for an SPF record")) spf.all = *all;
}

std::optional<SpfPolicy> read_spf(const PolicyNode& node) {
  if (!node.require_object() ||
      node.report_unknown_keys({"senders", "netblocks", "all", "covers_subdomains", "static"}))
    return std::nullopt;
  SpfPolicy spf;
  if (const auto senders = node.find("senders")) read_senders(*senders, spf);
  if (const auto netblocks = node.find("netblocks")) {
    for (const PolicyNode& item : netblocks->items()) {
      if (auto netblock = read_netblock(item)) spf.netblocks.push_back(std::move(*netblock));
    }
  }
  if (const auto all = node.find("all")) read_all(*all, spf);
  if (const auto covers = node.find("covers_subdomains")) spf.covers_subdomains = covers->boolean().value_or(true);
  if (const auto flat = node.find("static")) spf.static_view = flat->boolean().value_or(true);
  return spf;
}

// "delegated": the zones that the owner has delegated to us, and that exist whatever records the policy has.
void read_delegated(const PolicyNode& list, DomainPolicy& policy) {
  policy.lists_zones = true;
  for (const PolicyNode& item : list.items()) {
    const auto family = item.one_of<HostedFamily>(kDelegated, "a zone that can be delegated");
    if (!family) continue;
    if (policy.empty_zones.has(*family)) item.error(in_quotes(key_of(*family)) + " is in the list twice; keep one");
    policy.empty_zones.add(*family);
  }
}

// The parts that domains and subdomain entries share.
void read_records(const PolicyNode& node, DomainPolicy& policy) {
  if (const auto spf = node.find("spf")) policy.spf = read_spf(*spf);
  if (const auto dmarc = node.find("dmarc")) policy.dmarc = read_dmarc(*dmarc);
  if (const auto dkim = node.find("dkim")) {
    policy.dkim = read_dkim(*dkim);
    if (policy.dkim) check_dkim_chains(*dkim, *policy.dkim, policy.domain);
  }
  if (const auto bimi = node.find("bimi")) policy.bimi = read_bimi(*bimi);
  if (const auto mta_sts = node.find("mta_sts")) policy.mta_sts = read_mta_sts(*mta_sts);
  if (const auto tls_rpt = node.find("tls_rpt")) policy.tls_rpt = read_tls_rpt(*tls_rpt);
  if (const auto delegated = node.find("delegated")) read_delegated(*delegated, policy);
}

// A domain that sends no mail says so everywhere; the rest of its file is kept for the day when it sends again. Its
// zones stay: so do the owner's delegations.
void block(DomainPolicy& policy) {
  const bool quiet_selectors = !policy.dkim || policy.dkim->other_selectors == OtherSelectors::revoked;
  policy.spf = SpfPolicy{{}, {}, SpfAll::fail, true, true};
  DmarcPolicy dmarc = blocked_dmarc();
  if (policy.dmarc) dmarc.rua = policy.dmarc->rua;
  policy.dmarc = dmarc;
  policy.dkim = DkimPolicy{{}, quiet_selectors ? OtherSelectors::revoked : OtherSelectors::none};
  if (!policy.bimi.empty()) policy.empty_zones.add(HostedFamily::bimi);
  policy.bimi.clear();
}

void read_notes(const PolicyNode& node) {
  for (const std::string_view key : {"owner", "note"}) {
    if (const auto text = node.find(key)) text->note();
  }
}

void read_aliases(const PolicyNode& list, DomainPolicy& policy) {
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    const Result<Name> alias = parse_domain_text(*text);
    if (!alias) {
      item.error(alias.error().message);
    } else if (*alias == policy.domain ||
               std::find(policy.aliases.begin(), policy.aliases.end(), *alias) != policy.aliases.end()) {
      item.error(in_quotes(*text) + " appears twice; keep one");
    } else if (is_listed_public_suffix(*alias)) {
      item.error(in_quotes(*text) +
                 " is a public suffix: anybody can register below it; remove it, or write an alias of your own");
    } else {
      policy.aliases.push_back(*alias);
    }
  }
}

DomainMode read_mode(const PolicyNode& node, DomainMode otherwise) {
  const auto mode = node.find("mode");
  return mode ? mode->one_of<DomainMode>(kModes, "a mode").value_or(DomainMode::sending) : otherwise;
}

void read_entry(const PolicyNode& entry, DomainMode mode_above, DomainPolicy& policy) {
  read_notes(entry);
  if (const auto aliases = entry.find("aliases")) read_aliases(*aliases, policy);
  read_records(entry, policy);
  policy.mode = read_mode(entry, mode_above);
  if (policy.mode == DomainMode::blocked) block(policy);
}

void read_subdomains(const PolicyNode& list, const DomainPolicy& parent, std::vector<DomainPolicy>& out) {
  for (const PolicyNode& entry : list.members()) {
    const bool is_readable =
        entry.require_object() && !entry.report_unknown_keys({"spf", "dmarc", "dkim", "bimi", "mta_sts", "tls_rpt",
                                                              "delegated", "aliases", "mode", "owner", "note"});
    const Result<Name> relative = parse_mail_domain(entry.key());
    const Result<Name> name = relative ? *relative + parent.domain : relative;
    if (!name) {
      if (is_readable) entry.error(name.error().message);
      continue;
    }
    if (is_readable && relative->is_at_or_below(parent.domain)) {
      entry.error(in_quotes(entry.key()) + " is below " + in_quotes(parent.domain.to_string()) +
                  " already; write only the labels before it");
    }
    DomainPolicy policy;
    policy.domain = *name;
    policy.is_entry = true;
    policy.line = entry.line();
    policy.pointer = entry.pointer();
    if (is_readable) read_entry(entry, parent.mode, policy);
    out.push_back(std::move(policy));
  }
}

std::optional<Name> read_name(const PolicyNode& node) {
  const auto domain = node.require("domain", "\"domain\": \"example.com\"");
  const auto text = domain ? domain->text() : std::nullopt;
  if (!text) return std::nullopt;
  const Result<Name> name = parse_mail_domain(*text);
  if (!name) {
    domain->error(name.error().message);
    return std::nullopt;
  }
  return *name;
}

// RFC 9989, 5.2: only the operator of a public suffix may speak for it.
void check_public_suffix(const PolicyNode& node, const Name& name) {
  const auto psd = node.find("psd");
  const bool wanted = psd && psd->boolean().value_or(false);
  if (wanted || !is_public_suffix(name)) return;
  node.find("domain")->error(in_quotes(name.to_string()) +
                             " is a public suffix: anybody can register below it; write \"psd\": true if you run it");
}

}  // namespace

std::string_view to_text(SpfAll all) { return word_of<SpfAll>(kAlls, all); }

Result<IpPrefix> parse_authorised_network(std::string_view text, bool allow_wide) {
  Result<IpPrefix> network = IpPrefix::parse(text);
  if (!network) return network;
  if (network->first().is_v4_mapped() && network->length() >= 96) {
    const IpPrefix plain = IpPrefix::containing(network->first().unmapped(), network->length() - 96);
    return Error{in_quotes(text) + " is an IPv4-mapped network; write " + in_quotes(plain.to_string())};
  }
  const int widest = network->family() == IpFamily::v4 ? 8 : 16;
  if (allow_wide || network->length() >= widest) return network;
  return Error{in_quotes(text) + " authorises strangers: it is wider than /" + std::to_string(widest) +
               "; name the networks that send"};
}

void read_domain(const PolicyNode& node, const DomainReader& reader) {
  const std::size_t before = node.mark();
  if (!node.require_object()) return;
  node.report_unknown_keys({"$schema", "domain", "aliases", "mode", "psd", "owner", "note", "spf", "dmarc", "dkim",
                            "bimi", "tls_rpt", "mta_sts", "delegated", "subdomains"});
  const std::optional<Name> name = read_name(node);
  if (!name) return;
  DomainPolicy policy;
  policy.domain = *name;
  policy.line = node.line();
  policy.pointer = node.pointer();
  check_public_suffix(node, *name);
  policy.mode = read_mode(node, DomainMode::sending);
  read_notes(node);
  if (const auto aliases = node.find("aliases")) read_aliases(*aliases, policy);
  read_records(node, policy);
  if (policy.mode == DomainMode::blocked) block(policy);
  std::vector<DomainPolicy> subdomains;
  if (const auto list = node.find("subdomains")) read_subdomains(*list, policy, subdomains);
  const auto& take = node.has_errors_since(before) ? reader.broken : reader.found;
  if (!take) return;
  take(std::move(policy));
  for (DomainPolicy& subdomain : subdomains) take(std::move(subdomain));
}

void read_domain_file(const PolicyNode& root, const DomainReader& reader, const std::function<bool()>& go_on) {
  if (!root.is(JsonKind::object) || !root.find("domains")) return read_domain(root, reader);
  if (!root.require_object() || root.report_unknown_keys({"$schema", "domains"})) return;
  for (const PolicyNode& item : root.find("domains")->items()) {
    read_domain(item, reader);
    if (!go_on()) return;
  }
}

}  // namespace emailauth
