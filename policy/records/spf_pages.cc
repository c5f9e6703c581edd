#include "policy/records/spf_pages.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace emailauth {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kFrame = sizeof("v=spf1 -all") - 1;
constexpr std::size_t kInclude = sizeof(" include:.") - 1;
// Below a name near the limit of DNS, pages still contain some networks each.
constexpr std::size_t kLeastRoom = 100;

// Returns the address in (before, to] that has the most zero bits at its end: `to`
// without the bits below the highest one in which both differ.
IpAddress roundest(const IpAddress& before, const IpAddress& to) {
  if (before.family() != to.family()) return IpAddress::v6({});
  const int bits = address_bits(to.family());
  int same = 0;
  for (std::size_t i = 0; static_cast<int>(i) < bits / 8; ++i) {
    const auto differing = static_cast<std::uint8_t>(before.octets()[i] ^ to.octets()[i]);
    same += std::countl_zero(differing);
    if (differing != 0) break;
  }
  return IpPrefix::containing(to, std::min(same + 1, bits)).first();
}

// Returns how many leading bits say where the page starts; a round address needs few.
int leading_bits(const IpAddress& address) {
  const int octets = address_bits(address.family()) / 8;
  for (int i = octets; i-- > 0;) {
    const std::uint8_t octet = address.octets()[static_cast<std::size_t>(i)];
    if (octet != 0) return 8 * (i + 1) - std::countr_zero(octet);
  }
  return 0;
}

std::size_t include_octets(const SpfPageStart& next, std::size_t owner_octets) {
  return kInclude + next.label().size() + owner_octets;
}

}  // namespace

SpfPageStart SpfPageStart::at(const IpAddress& address) {
  SpfPageStart start;
  start.address_ = address;
  return start;
}

SpfPageStart SpfPageStart::behind() {
  SpfPageStart start;
  start.address_.reset();
  return start;
}

std::optional<SpfPageStart> SpfPageStart::parse(std::string_view label) {
  if (label == "_p7") return behind();
  if (label.size() < 3 || label.substr(0, 2) != "_p" || (label[2] != '4' && label[2] != '6')) return std::nullopt;
  const IpFamily family = label[2] == '4' ? IpFamily::v4 : IpFamily::v6;
  const std::string_view digits = label.substr(3);
  if (digits.size() > static_cast<std::size_t>(address_bits(family)) / 4) return std::nullopt;
  if (!digits.empty() && digits.back() == '0') return std::nullopt;
  std::array<std::uint8_t, 16> octets{};
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t value = kHexDigits.find(digits[i]);
    if (value == std::string_view::npos) return std::nullopt;
    octets[i / 2] = static_cast<std::uint8_t>(octets[i / 2] | (i % 2 == 0 ? value << 4U : value));
  }
  if (family == IpFamily::v6) return at(IpAddress::v6(octets));
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | octets[i];
  return at(IpAddress::v4(number));
}

std::string SpfPageStart::label() const {
  if (!address_) return "_p7";
  std::string text = address_->is_v4() ? "_p4" : "_p6";
  const std::size_t prefix = text.size();
  for (std::size_t i = 0; static_cast<int>(i) < address_bits(address_->family()) / 8; ++i) {
    text += kHexDigits[address_->octets()[i] >> 4U];
    text += kHexDigits[address_->octets()[i] & 15U];
  }
  while (text.size() > prefix && text.back() == '0') text.pop_back();
  return text;
}

SpfPages::SpfPages(const IpSet& networks, std::vector<std::string> terms, std::size_t owner_octets)
    : networks_(networks.to_prefixes()), terms_(std::move(terms)), owner_octets_(owner_octets) {
  cut();
}

// Finds the first network that does not end before the start.
std::size_t SpfPages::index_of(const SpfPageStart& start) const {
  if (!start.address()) return networks_.size();
  const auto at =
      std::lower_bound(networks_.begin(), networks_.end(), *start.address(),
                       [](const IpPrefix& network, const IpAddress& address) { return network.last() < address; });
  return static_cast<std::size_t>(at - networks_.begin());
}

// Returns every page that could start at this network, shortest first; at least one.
std::vector<SpfPages::Page> SpfPages::pages_from(std::size_t begin) const {
  const std::size_t longest =
      std::max(kRecordOctets, kFrame + kLeastRoom + include_octets(SpfPageStart::at(IpAddress::v4(1)), owner_octets_));
  std::size_t terms_octets = 0;
  for (const std::string& term : terms_) terms_octets += 1 + term.size();
  std::vector<Page> pages;
  std::size_t used = kFrame;
  for (std::size_t end = begin; end < networks_.size();) {
    used += 1 + networks_[end++].to_spf_term().size();
    if (used > longest && !pages.empty()) break;
    if (end == networks_.size()) {
      const bool room = used + terms_octets <= longest;
      const auto next = room ? std::nullopt : std::optional(SpfPageStart::behind());
      if (room || pages.empty() || used + include_octets(*next, owner_octets_) <= longest) pages.push_back({end, next});
    } else {
      const SpfPageStart next = SpfPageStart::at(roundest(networks_[end - 1].last(), networks_[end].first()));
      if (pages.empty() || used + include_octets(next, owner_octets_) <= longest) pages.push_back({end, next});
    }
  }
  if (pages.empty()) pages.push_back({begin, std::nullopt});
  return pages;
}

// From the last network back: the fewest pages, then the roundest starts.
void SpfPages::cut() {
  struct Best {
    std::size_t pages = 0;
    int bits = 0;  // of all starts
    Page page;
  };
  std::vector<Best> best(networks_.size() + 1);
  best.back() = {1, 0, {networks_.size(), std::nullopt}};
  for (std::size_t begin = networks_.size(); begin-- > 0;) {
    std::optional<Best> found;
    for (const Page& page : pages_from(begin)) {
      Best way{1, 0, page};
      if (page.next) {
        way.pages += best[page.end].pages;
        way.bits += best[page.end].bits + (page.next->address() ? leading_bits(*page.next->address()) : 0);
      }
      if (!found || std::tie(way.pages, way.bits) <= std::tie(found->pages, found->bits)) found = way;
    }
    best[begin] = *found;
  }
  for (std::size_t at = 0; best[at].page.next; at = best[at].page.end) {
    starts_.push_back(*best[at].page.next);
    if (best[at].page.end == networks_.size()) return;
  }
}

// The page ends where one of our pages starts, if it can; otherwise it is full.
SpfPages::Page SpfPages::page_at(std::size_t begin) const {
  const std::vector<Page> pages = pages_from(begin);
  for (const Page& page : pages) {
    if (!page.next || std::find(starts_.begin(), starts_.end(), *page.next) != starts_.end()) return page;
  }
  return pages.back();
}

std::string SpfPages::terms(const SpfPageStart& start, const std::string& owner) const {
  const std::size_t begin = index_of(start);
  const Page page = page_at(begin);
  std::string text;
  for (std::size_t i = begin; i < page.end; ++i) text += " " + networks_[i].to_spf_term();
  if (page.next) return text + " include:" + page.next->label() + "." + owner;
  for (const std::string& term : terms_) text += " " + term;
  return text;
}

}  // namespace emailauth
