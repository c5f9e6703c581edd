#include "policy/senders/sender_resolution.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/net/ip_set.h"

namespace emailauth {

namespace {

// Writes one row per line; `margin` is that of the line on which the list begins.
std::string list_of(const std::vector<std::string>& rows, const std::string& margin) {
  if (rows.empty()) return "[]";
  std::string out = "[";
  for (const std::string& row : rows) out += (out.size() == 1 ? "\n" : ",\n") + margin + "  " + row;
  return out + "\n" + margin + "]";
}

std::string list_of(const std::vector<IpPrefix>& networks, const std::string& margin) {
  std::vector<std::string> rows;
  for (const IpPrefix& network : networks) rows.push_back(json_string(network.to_string()));
  return list_of(rows, margin);
}

// A term with its record: together they identify a pass-through term.
std::string text_of(const PassthroughTerm& term) {
  std::string out = term.record ? term.term + " of " + term.record->to_string() : term.term;
  std::string_view separator = " except for ";
  for (const IpPrefix& network : IpSet::of(term.except).to_prefixes()) {
    out += std::string(separator) + network.to_string();
    separator = ", ";
  }
  return out;
}

std::vector<std::string> texts_of(const std::vector<PassthroughTerm>& terms) {
  std::vector<std::string> out;
  for (const PassthroughTerm& term : terms) out.push_back(text_of(term));
  std::sort(out.begin(), out.end());
  return out;
}

template <typename T>
std::vector<T> difference(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// Returns how much of a family is added or removed, in percent of what there was.
double percent_changed(const IpSet& before, const IpSet& after, IpFamily family) {
  const double old = before.address_count(family);
  const double moved = std::max((after - before).address_count(family), (before - after).address_count(family));
  if (moved <= 0) return 0;
  constexpr double kMuch = 1000000;  // a family that did not exist before
  return old > 0 ? std::min(100.0 * moved / old, kMuch) : kMuch;
}

}  // namespace

SenderResolution resolution_of(const spf::Flattened& flattened, std::int64_t now) {
  SenderResolution out;
  out.at = to_rfc3339(now);
  const std::int64_t ttl = flattened.min_ttl ? std::int64_t{*flattened.min_ttl} : kLatestRefresh;
  out.until = to_rfc3339(now + std::clamp(ttl, kSoonestRefresh, kLatestRefresh));
  out.networks = flattened.addresses.to_prefixes();
  for (const spf::PassThrough& term : flattened.passthrough) {
    PassthroughTerm kept;
    kept.term = term.term;
    kept.record = term.record;
    kept.lookups = term.lookups;
    kept.except = term.except.to_prefixes();
    out.passthrough.push_back(std::move(kept));
  }
  return out;
}

std::string to_json_text(const SenderResolution& resolution) {
  std::vector<std::string> terms;
  for (const PassthroughTerm& term : resolution.passthrough) {
    std::string row = "{\"term\": " + json_string(term.term);
    if (term.record) row += ", \"record\": " + json_string(term.record->to_string());
    row += ", \"lookups\": " + std::to_string(term.lookups);
    if (!term.except.empty()) row += ", \"except\": " + list_of(term.except, "    ");
    terms.push_back(row + "}");
  }
  return "{\n  \"at\": " + json_string(resolution.at) + ",\n  \"until\": " + json_string(resolution.until) +
         ",\n  \"networks\": " + list_of(resolution.networks, "  ") + ",\n  \"passthrough\": " + list_of(terms, "  ") +
         "\n}";
}

bool is_due(const SenderPolicy& sender, std::int64_t now) {
  const auto at = parse_rfc3339(sender.resolved_at);
  const auto until = parse_rfc3339(sender.resolved_until);
  return !at || !until || *until <= now || *until > now + kLatestRefresh;
}

SenderChange change_between(const SenderPolicy& before, const SenderResolution& after) {
  SenderChange out;
  const IpSet old_set = IpSet::of(before.networks);
  const IpSet new_set = IpSet::of(after.networks);
  const std::vector<IpPrefix> old_networks = old_set.to_prefixes();
  const std::vector<IpPrefix> new_networks = new_set.to_prefixes();
  if (old_set != new_set) {
    out.added = difference(new_networks, old_networks);
    out.removed = difference(old_networks, new_networks);
  }
  const std::vector<std::string> old_terms = texts_of(before.passthrough);
  const std::vector<std::string> new_terms = texts_of(after.passthrough);
  out.added_terms = difference(new_terms, old_terms);
  out.removed_terms = difference(old_terms, new_terms);
  out.percent =
      std::max(percent_changed(old_set, new_set, IpFamily::v4), percent_changed(old_set, new_set, IpFamily::v6));
  out.first = before.resolved_at.empty() && before.passthrough.empty();
  return out;
}

std::optional<std::string> reason_to_hold(const SenderChange& change, double max_percent) {
  if (change.first) return std::nullopt;
  if (change.percent > max_percent) {
    if (change.percent >= 1000000) return "it never had addresses of this family before";
    const int percent = static_cast<int>(change.percent + 0.5);
    return std::to_string(percent) + " % of its addresses would change";
  }
  if (!change.added_terms.empty())
    return "the term " + in_quotes(change.added_terms[0]) + " would be new and may pass any address";
  if (!change.removed_terms.empty())
    return "the term " + in_quotes(change.removed_terms[0]) + " would go, and with it any number of addresses";
  return std::nullopt;
}

}  // namespace emailauth
