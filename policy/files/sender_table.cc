#include "policy/files/sender_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "policy/base/diagnostic.h"

namespace emailauth {

std::uint64_t SenderSet::word(std::size_t at) const {
  if (at == begin_) return first_;
  return at > begin_ && at - begin_ <= more_.size() ? more_[at - begin_ - 1] : 0;
}

void SenderSet::insert(std::size_t sender) {
  const std::size_t at = sender / 64;
  const std::uint64_t bit = std::uint64_t{1} << (sender % 64);
  if (empty()) {
    begin_ = at;
  } else if (at < begin_) {
    more_.insert(more_.begin(), begin_ - at, 0);
    more_[begin_ - at - 1] = std::exchange(first_, 0);
    begin_ = at;
  }
  if (at == begin_) {
    first_ |= bit;
    return;
  }
  if (more_.size() < at - begin_) more_.resize(at - begin_);
  more_[at - begin_ - 1] |= bit;
}

bool SenderSet::contains(std::size_t sender) const { return (word(sender / 64) >> (sender % 64) & 1U) != 0; }

bool SenderSet::intersects(const SenderSet& other) const { return first_common(other) != npos; }

std::size_t SenderSet::first_common(const SenderSet& other) const {
  const std::size_t end = std::min(begin_ + more_.size(), other.begin_ + other.more_.size());
  for (std::size_t at = std::max(begin_, other.begin_); at <= end; ++at) {
    const std::uint64_t both = word(at) & other.word(at);
    if (both != 0) return at * 64 + static_cast<std::size_t>(std::countr_zero(both));
  }
  return npos;
}

std::size_t SenderSet::hash() const {
  constexpr std::size_t kOdd = 0x9e3779b97f4a7c15U;
  std::size_t hash = (begin_ * kOdd ^ first_) * kOdd;
  for (const std::uint64_t word : more_) hash = (hash ^ word) * kOdd;
  return hash;
}

namespace {

Error cannot_pass(std::string_view term, std::string_view why) {
  return Error{in_quotes(term) + " cannot be passed on: " + std::string(why)};
}

// "/24", "//64", "/24//64" at the end of a: and mx: terms.
std::size_t cidr_begin(std::string_view spec) {
  std::size_t at = spec.size();
  while (at > 0 && ((spec[at - 1] >= '0' && spec[at - 1] <= '9') || spec[at - 1] == '/')) --at;
  const std::size_t slash = spec.find('/', at);
  return slash == std::string_view::npos ? spec.size() : slash;
}

}  // namespace

Result<CompiledPassthrough> compile_passthrough(const PassthroughTerm& term) {
  const std::string_view text = term.term;
  const std::size_t colon = text.find(':');
  const std::string mechanism = ascii_lower(text.substr(0, colon));
  if (colon == std::string_view::npos ||
      (mechanism != "exists" && mechanism != "include" && mechanism != "a" && mechanism != "mx")) {
    return cannot_pass(text, "it is not an \"exists:\", \"include:\", \"a:\" or \"mx:\" term");
  }
  const std::string_view spec = text.substr(colon + 1);
  const bool may_have_cidr = mechanism == "a" || mechanism == "mx";
  const std::size_t end = may_have_cidr ? cidr_begin(spec) : spec.size();
  auto domain = spf::MacroString::parse(spec.substr(0, end), spf::MacroUse::domain_spec);
  if (!domain) return cannot_pass(text, domain.error().message);
  for (const spf::MacroString::Part& part : domain->parts()) {
    const auto* macro = std::get_if<spf::Macro>(&part);
    if (macro == nullptr || macro->letter == 'i' || macro->letter == 'v') continue;
    if (macro->letter != 'd') {
      return cannot_pass(text, "we do not know what " + in_quotes(spf::to_string(*macro)) +
                                   " is when we answer; only %{i}, %{v} and %{d} are known");
    }
    if (!term.record)
      return cannot_pass(text, "\"record\" is missing: the name of the record that contains it, which %{d} means");
  }
  CompiledPassthrough out;
  out.mechanism = mechanism + ":";
  out.domain = std::move(*domain);
  out.cidr = std::string(spec.substr(end));
  out.record = term.record ? term.record->to_string() : "";
  out.lookups = term.lookups;
  out.except = IpSet::of(term.except);
  return out;
}

std::string expand(const CompiledPassthrough& term, const IpAddress& address) {
  spf::MacroValues values;
  values.domain = term.record;
  values.client = address;
  return term.mechanism + term.domain.expand_domain(values) + term.cidr;
}

SenderTable::SenderTable(std::vector<Sender> senders) : senders_(std::move(senders)) {
  std::sort(senders_.begin(), senders_.end(), [](const Sender& a, const Sender& b) { return a.id < b.id; });
  sets_.emplace_back();
  build(IpFamily::v4);
  build(IpFamily::v6);
  std::uint32_t range = 0;
  for (std::uint32_t high = 0; high < 0x10000; ++high) {
    while (range + 1 < v4_.size() && v4_[range + 1].first <= high << 16) ++range;
    v4_start_.push_back(range);
  }
}

std::uint32_t SenderTable::intern(const SenderSet& set, std::map<SenderSet, std::uint32_t>& known) {
  if (set.empty()) return 0;
  const auto [at, is_new] = known.try_emplace(set, static_cast<std::uint32_t>(sets_.size()));
  if (is_new) sets_.push_back(set);
  return at->second;
}

// Sweeps over the ends of all networks, and counts which senders contain the current address.
void SenderTable::build(IpFamily family) {
  struct Edge {
    IpAddress at;
    std::size_t sender;
    int change;
  };
  std::vector<Edge> edges;
  const IpAddress zero = family == IpFamily::v4 ? IpAddress() : IpAddress::v6({});
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    for (const IpPrefix& network : senders_[i].networks) {
      if (network.family() != family) continue;
      ++network_count_;
      edges.push_back({network.first(), i, 1});
      const IpAddress behind = network.last().next();
      if (behind != zero) edges.push_back({behind, i, -1});  // otherwise it ends with the family
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });

  std::map<SenderSet, std::uint32_t> known;
  for (std::uint32_t i = 1; i < sets_.size(); ++i) known.emplace(sets_[i], i);
  std::map<std::size_t, int> inside;
  const auto add = [&](const IpAddress& first, std::uint32_t set) {
    if (family == IpFamily::v4) {
      if (v4_.empty() || v4_.back().set != set) v4_.push_back({first.v4_number(), set});
    } else if (v6_.empty() || v6_.back().set != set) {
      v6_.push_back({first.octets(), set});
    }
  };
  if (edges.empty() || edges.front().at != zero) add(zero, 0);
  for (std::size_t i = 0; i < edges.size();) {
    const IpAddress at = edges[i].at;
    for (; i < edges.size() && edges[i].at == at; ++i) {
      if ((inside[edges[i].sender] += edges[i].change) == 0) inside.erase(edges[i].sender);
    }
    SenderSet set;
    for (const auto& [sender, count] : inside) set.insert(sender);
    add(at, intern(set, known));
  }
}

std::size_t SenderTable::index_of(std::string_view id) const {
  const auto at = std::lower_bound(senders_.begin(), senders_.end(), id,
                                   [](const Sender& sender, std::string_view wanted) { return sender.id < wanted; });
  return at != senders_.end() && at->id == id ? static_cast<std::size_t>(at - senders_.begin()) : SenderSet::npos;
}

const SenderSet& SenderTable::senders_of(const IpAddress& address) const {
  if (address.is_v4()) {
    const std::uint32_t number = address.v4_number();
    const std::size_t high = number >> 16;
    const auto begin = v4_.begin() + v4_start_[high];
    const auto end = high + 1 < v4_start_.size() ? v4_.begin() + v4_start_[high + 1] + 1 : v4_.end();
    const auto behind =
        std::upper_bound(begin, end, number, [](std::uint32_t n, const Range4& range) { return n < range.first; });
    return sets_[std::prev(behind)->set];
  }
  const auto behind = std::upper_bound(v6_.begin(), v6_.end(), address.octets(),
                                       [](const auto& octets, const Range6& range) { return octets < range.first; });
  return sets_[std::prev(behind)->set];
}

}  // namespace emailauth
