// policy/records/spf_pages.h - A static SPF record, cut into pages.
//
// A page is named after the address it starts at. It says which networks may send from there on, as many as fit, and
// where the next page starts. So a page name never goes out of date: a receiver that holds a record of yesterday, or of
// another server, still reads every network of today. Pages start at round addresses, which stay where they are when a
// few networks come or go.
//
// Knows nothing about domains, senders or policies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/ip_set.h"

namespace emailauth {

// How many octets a record may have (RFC 7208, 3.4).
inline constexpr std::size_t kRecordOctets = 450;

// Where a page starts: at an address (IPv4 comes before IPv6), or after all addresses, where the terms that are not
// networks follow.
class SpfPageStart {
 public:
  SpfPageStart() = default;  // 0.0.0.0: the record itself
  static SpfPageStart at(const IpAddress& address);
  static SpfPageStart behind();

  // Reads a page's label in lower case: "_p4c6336" starts at 198.51.0.0, "_p62001" at 2001::, and "_p7" after all
  // addresses. Returns nullopt for any other label.
  static std::optional<SpfPageStart> parse(std::string_view label);

  // Returns the label, at most 35 characters. parse(start.label()) gives the start back.
  std::string label() const;

  // Returns nullopt for the start after all addresses.
  const std::optional<IpAddress>& address() const { return address_; }

  friend bool operator==(const SpfPageStart&, const SpfPageStart&) = default;

 private:
  std::optional<IpAddress> address_ = IpAddress();
};

class SpfPages {
 public:
  SpfPages() = default;  // one empty page

  // `terms` are the terms that are not networks, such as "include:_spf.example.com"; all of them go on the last page.
  // No page with networks, "v=spf1" and "-all" is longer than kRecordOctets for owners of up to `owner_octets`
  // characters, as far as two networks fit. Makes as few pages as possible, and uses the room that this leaves to start
  // them at round addresses.
  SpfPages(const IpSet& networks, std::vector<std::string> terms, std::size_t owner_octets);

  // Returns the starts of all pages; the first is SpfPageStart(). A receiver that reads
  // all of them follows starts().size() - 1 includes.
  const std::vector<SpfPageStart>& starts() const { return starts_; }

  // Returns the terms of the page that starts at `start` (any start will do), each after a space, with the next page's
  // "include:" last. `owner` is dotted text.
  std::string terms(const SpfPageStart& start, const std::string& owner) const;

 private:
  // One way to continue from a network: where the page ends, and what follows.
  struct Page {
    std::size_t end = 0;               // index after its last network
    std::optional<SpfPageStart> next;  // nullopt on the last page
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
