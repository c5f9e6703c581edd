// policy/records/spf_pages.h - A static SPF record, cut into pages.
//
// A page is named by the address it starts at and says which networks may send
// from there on, as many as fit, and where the next page starts. So a page name
// never goes out of date: a receiver that holds a record of yesterday, or of
// another server, still reads every network of today. Pages start at round
// addresses, which stay where they are when a few networks come or go.
//
// Knows nothing of domains, senders or policies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/ip_set.h"

namespace emailauth {

// Octets that a record may have (RFC 7208, 3.4).
inline constexpr std::size_t kRecordOctets = 450;

// Where a page starts: at an address (IPv4 comes before IPv6), or behind all of
// them, where the terms that are no networks stand.
class SpfPageStart {
 public:
  SpfPageStart() = default;  // 0.0.0.0: the record itself
  static SpfPageStart at(const IpAddress& address);
  static SpfPageStart behind();

  // Reads a page's label in lower case: "_p4c6336" is 198.51.0.0 and on, "_p62001"
  // 2001:: and on, "_p7" is behind. Nothing when it is no such label.
  static std::optional<SpfPageStart> parse(std::string_view label);

  // parse(start.label()) gives the start back; at most 35 characters.
  std::string label() const;

  // Nothing: behind every address.
  const std::optional<IpAddress>& address() const { return address_; }

  friend bool operator==(const SpfPageStart&, const SpfPageStart&) = default;

 private:
  std::optional<IpAddress> address_ = IpAddress();
};

class SpfPages {
 public:
  SpfPages() = default;  // one empty page

  // `terms`: what is no network, such as "include:_spf.example.com"; these stand
  // on the last page, all together. No page with networks, "v=spf1" and "-all"
  // is longer than kRecordOctets for owners of up to `owner_octets` characters,
  // as far as two networks fit. There are as few pages as can be; what room that
  // leaves is used to start them at round addresses.
  SpfPages(const IpSet& networks, std::vector<std::string> terms, std::size_t owner_octets);

  // The starts of all pages; the first is SpfPageStart(). A receiver that reads
  // all of them follows starts().size() - 1 includes.
  const std::vector<SpfPageStart>& starts() const { return starts_; }

  // The terms of the page that starts at any `start`, each with a space before
  // it, with the next page's "include:" last; `owner` is dotted text.
  std::string terms(const SpfPageStart& start, const std::string& owner) const;

 private:
  // One way to go on from a network: where the page ends, and what comes then.
  struct Page {
    std::size_t end = 0;               // index behind its last network
    std::optional<SpfPageStart> next;  // nothing on the last page
  };
  std::size_t index_of(const SpfPageStart& start) const;
  std::vector<Page> pages_from(std::size_t begin) const;
  Page page_at(std::size_t begin) const;
  void cut();

  std::vector<IpPrefix> networks_;  // ascending, disjoint
  std::vector<std::string> terms_;
  std::vector<SpfPageStart> starts_ = {SpfPageStart()};
  std::size_t owner_octets_ = 0;
};

}  // namespace emailauth
