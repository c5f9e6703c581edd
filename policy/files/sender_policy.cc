#include "policy/files/sender_policy.h"

#include <algorithm>

#include "policy/files/domain_policy.h"
#include "policy/net/domain_text.h"

namespace emailauth {

namespace {

constexpr Word<bool SenderPolicy::*> kAligns[] = {{"spf", &SenderPolicy::aligns_spf},
                                                  {"dkim", &SenderPolicy::aligns_dkim}};

std::vector<std::string> read_texts(const PolicyNode& list) {
  std::vector<std::string> out;
  for (const PolicyNode& item : list.items()) {
    const auto given = item.text();
    if (given && given->empty()) item.error("this is empty; write the value, or remove it");
    out.push_back(given ? printable(*given) : "");
  }
  return out;
}

std::vector<Name> read_names(const PolicyNode& list) {
  std::vector<Name> out;
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    const Result<Name> name = parse_domain_text(*text);
    if (name)
      out.push_back(*name);
    else
      item.error(name.error().message);
  }
  return out;
}

bool is_sender_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

void read_spf_terms(const PolicyNode& list, SenderPolicy& sender) {
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    if (text->empty() || text->find_first_of(" \t\r\n") != std::string_view::npos) {
      item.error(in_quotes(*text) + " is not one SPF term; write one term per entry, such as \"include:sendgrid.net\"");
    }
    sender.spf.emplace_back(*text);
  }
}

void read_dkim(const PolicyNode& node, SenderPolicy& sender) {
  if (!node.require_object() || node.report_unknown_keys({"selectors", "domains"})) return;
  if (const auto selectors = node.find("selectors")) sender.dkim_selectors = read_texts(*selectors);
  if (const auto domains = node.find("domains")) sender.dkim_domains = read_names(*domains);
}

void read_aligns(const PolicyNode& list, SenderPolicy& sender) {
  sender.aligns_spf = sender.aligns_dkim = false;
  for (const PolicyNode& item : list.items()) {
    const auto aligns = item.one_of<bool SenderPolicy::*>(kAligns, "a way to align");
    if (aligns) sender.*(*aligns) = true;
  }
}

// Reads networks that are left out: these may be as wide as they like.
std::vector<IpPrefix> read_except(const PolicyNode& list) {
  std::vector<IpPrefix> out;
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    const Result<IpPrefix> network = parse_authorised_network(*text, true);
    if (network)
      out.push_back(*network);
    else
      item.error(network.error().message);
  }
  return out;
}

void read_passthrough(const PolicyNode& item, SenderPolicy& sender) {
  PassthroughTerm out;
  out.line = item.line();
  out.pointer = item.pointer();
  if (item.is(JsonKind::string)) {
    out.term = std::string(*item.text());
  } else {
    if (!item.require_object() || item.report_unknown_keys({"term", "record", "lookups", "except"})) return;
    const auto term = item.require("term", "\"term\": \"exists:%{i}._spf.example.net\"");
    if (term) out.term = std::string(term->text().value_or(""));
    if (const auto record = item.find("record")) {
      const auto text = record->text();
      const Result<Name> name = parse_domain_text(text.value_or("-"));
      if (name)
        out.record = *name;
      else if (text)
        record->error(name.error().message);
    }
    if (const auto lookups = item.find("lookups")) out.lookups = static_cast<int>(lookups->integer(1, 10).value_or(1));
    if (const auto except = item.find("except")) out.except = read_except(*except);
  }
  sender.passthrough.push_back(std::move(out));
}

void read_resolved(const PolicyNode& node, bool allow_wide, SenderPolicy& sender) {
  if (!node.require_object() || node.report_unknown_keys({"at", "until", "networks", "passthrough"})) return;
  if (const auto at = node.find("at")) sender.resolved_at = at->note();
  if (const auto until = node.find("until")) sender.resolved_until = until->note();
  if (const auto networks = node.find("networks")) {
    for (const PolicyNode& item : networks->items()) {
      const auto text = item.text();
      if (!text) continue;
      const Result<IpPrefix> network = parse_authorised_network(*text, allow_wide);
      if (network)
        sender.networks.push_back(*network);
      else
        item.error(network.error().message);
    }
  }
  if (const auto terms = node.find("passthrough")) {
    for (const PolicyNode& item : terms->items()) read_passthrough(item, sender);
  }
}

// Terms that are networks need not be resolved.
void use_plain_networks(const PolicyNode& list, bool allow_wide, SenderPolicy& sender) {
  for (const PolicyNode& item : list.items()) {
    const auto text = item.is(JsonKind::string) ? item.text() : std::nullopt;
    if (!text || (text->substr(0, 4) != "ip4:" && text->substr(0, 4) != "ip6:")) continue;
    const Result<IpPrefix> network = parse_authorised_network(text->substr(4), allow_wide);
    if (network)
      sender.networks.push_back(*network);
    else
      item.error(network.error().message);
  }
}

}  // namespace

std::optional<SenderPolicy> read_sender(const PolicyNode& root) {
  const std::size_t before = root.mark();
  if (!root.require_object()) return std::nullopt;
  root.report_unknown_keys({"$schema", "sender", "name", "category", "note", "website", "unverified", "spf", "dkim",
                            "return_path", "aligns", "allow_wide", "resolved"});
  SenderPolicy sender;
  sender.line = root.line();
  if (const auto id = root.require("sender", "\"sender\": \"sendgrid\"")) {
    const auto text = id->text();
    sender.id = std::string(text.value_or(""));
    if (text && !is_sender_id(sender.id)) {
      id->error(in_quotes(sender.id) +
                " is not a sender's id; use 1 to 64 lower-case letters, digits, \"-\", \"_\" and \".\"");
    }
  }
  sender.name = sender.id;
  if (const auto name = root.find("name")) sender.name = name->note();
  for (const std::string_view key : {"category", "note", "website"}) {
    if (const auto text = root.find(key)) text->note();
  }
  if (const auto unverified = root.find("unverified")) sender.unverified = unverified->boolean().value_or(false);
  const auto wide = root.find("allow_wide");
  const bool allow_wide = wide && wide->boolean().value_or(false);
  sender.allow_wide = allow_wide;
  if (const auto spf = root.find("spf")) read_spf_terms(*spf, sender);
  if (const auto dkim = root.find("dkim")) read_dkim(*dkim, sender);
  if (const auto paths = root.find("return_path")) sender.return_path = read_names(*paths);
  if (const auto aligns = root.find("aligns")) read_aligns(*aligns, sender);
  if (const auto resolved = root.find("resolved")) {
    read_resolved(*resolved, allow_wide, sender);
  } else if (const auto spf = root.find("spf")) {
    use_plain_networks(*spf, allow_wide, sender);
  }
  if (root.has_errors_since(before)) return std::nullopt;
  return sender;
}

}  // namespace emailauth
