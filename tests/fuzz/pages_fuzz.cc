// Reads lines as labels of pages and as networks and terms of a static record. A
// receiver that follows the pages must read every network, on pages that fit.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/records/spf_pages.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

constexpr std::string_view kOwner = "example.com._spf.provider.net";
constexpr std::size_t kMostStarts = 8;

void check_label(std::string_view label) {
  const auto start = SpfPageStart::parse(label);
  if (!start) return;
  require(start->label() == label, "a page has one label");
  require(label.size() <= 35, "a page's label is short");
}

// Follows the pages from one start as a receiver does, and returns the networks of its terms.
std::vector<IpPrefix> networks_from(const SpfPages& pages, SpfPageStart start, const std::vector<std::string>& terms) {
  std::vector<IpPrefix> networks;
  for (std::size_t count = 0;; ++count) {
    require(count < pages.starts().size(), "pages end");
    const std::string text = pages.terms(start, std::string(kOwner));
    std::optional<SpfPageStart> next;
    std::size_t met = 0;
    for (std::size_t at = 0; at < text.size();) {
      require(text[at] == ' ', "a space stands before each term");
      const std::size_t end = std::min(text.find(' ', at + 1), text.size());
      const std::string term = text.substr(at + 1, end - at - 1);
      at = end;
      require(!next, "the next page is asked for last");
      if (term.substr(0, 10) == "include:_p") {
        require(term.substr(term.find('.') + 1) == kOwner, "the next page is below the owner");
        next = SpfPageStart::parse(term.substr(8, term.find('.') - 8));
        require(next.has_value(), "the next page has a label");
      } else if (const auto network = IpPrefix::parse(term.substr(4)); term.substr(0, 2) == "ip" && network.ok()) {
        networks.push_back(*network);
      } else {
        require(met < terms.size() && terms[met++] == term, "further terms keep their order");
      }
    }
    if (next) require(met == 0, "further terms stand on the last page");
    require(!next || std::string_view("v=spf1 -all").size() + text.size() <= kRecordOctets, "a page fits");
    if (!next) {
      require(met == terms.size(), "further terms stand all together");
      return networks;
    }
    start = *next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<IpPrefix> networks;
  std::vector<std::string> terms;
  std::vector<SpfPageStart> starts = {SpfPageStart(), SpfPageStart::behind()};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    check_label(line);
    if (const auto start = SpfPageStart::parse(line); start && starts.size() < kMostStarts) starts.push_back(*start);
    if (const auto network = IpPrefix::parse(line)) {
      networks.push_back(*network);
    } else if (line.substr(0, 9) == "include:x" && line.find(' ') == std::string_view::npos) {
      terms.emplace_back(line);
    }
  }
  const IpSet all = IpSet::of(networks);
  const SpfPages pages(all, terms, kOwner.size());
  require(IpSet::of(networks_from(pages, SpfPageStart(), terms)) == all, "a receiver reads every network");
  for (const SpfPageStart& start : starts) {
    const IpSet got = IpSet::of(networks_from(pages, start, terms));
    for (const IpPrefix& network : got.to_prefixes())
      require(all.contains(network.first()), "nothing is granted beside");
    for (const IpPrefix& network : all.to_prefixes()) {
      if (start.address() && network.last() < *start.address()) continue;
      if (start.address()) require(got.contains(network.last()), "what lies behind the start is on its pages");
    }
  }
  return 0;
}
