// policy/files/sender_table.h - One table from network to the senders that use it.
//
// Shared by all domains: a look-up costs the same whether a domain enables one sender or all of them, and grows with
// the logarithm of the number of networks. Knows nothing about domains or DNS.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/files/sender_policy.h"
#include "policy/net/ip_set.h"
#include "policy/spf/macro_string.h"

namespace emailauth {

// A set of senders, by their index in the table. A set whose indices are within 64 of each other, as one or two senders
// often are, allocates no memory.
class SenderSet {
 public:
  void insert(std::size_t sender);
  bool contains(std::size_t sender) const;
  bool intersects(const SenderSet& other) const;
  // Returns the lowest sender that is in both sets; npos if there is none.
  std::size_t first_common(const SenderSet& other) const;
  bool empty() const { return first_ == 0; }
  std::size_t hash() const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  friend auto operator<=>(const SenderSet&, const SenderSet&) = default;

 private:
  std::uint64_t word(std::size_t at) const;

  std::size_t begin_ = 0;    // number of the first word that is not zero: senders 64 * begin_ to 64 * begin_ + 63
  std::uint64_t first_ = 0;  // that word; 0: no senders
  std::vector<std::uint64_t> more_;  // the words after it; no zero word at the end
};

// A pass-through term, ready for expansion with an address.
struct CompiledPassthrough {
  std::string mechanism;  // "exists:"
  spf::MacroString domain;
  std::string cidr;    // "/24", as written; ""
  std::string record;  // the value of %{d}: dotted text, "" when not needed
  int lookups = 1;
  IpSet except;  // addresses that the service's own record refuses before this term

  // Returns true if an answer about this address (unmapped) may contain the term.
  bool is_for(const IpAddress& address) const { return !except.contains(address); }
  // Returns true if answers about all addresses contain the same term, so that the address need not be known.
  bool is_same_for_all() const { return except.empty() && !domain.uses('i') && !domain.uses('v'); }
};

// Checks and compiles a term of a sender's own record. Only %{i}, %{v} and %{d}
// (bound to the term's record) can be expanded for a receiver; the error says so.
Result<CompiledPassthrough> compile_passthrough(const PassthroughTerm& term);

// Returns the expanded term: "exists:192.0.2.1._spf.mta.example.net".
std::string expand(const CompiledPassthrough& term, const IpAddress& address);

class SenderTable {
 public:
  struct Sender {
    std::string id;
    std::string name;
    std::vector<IpPrefix> networks;
    std::vector<CompiledPassthrough> passthrough;
    bool has_spf = false;    // it publishes SPF terms
    bool resolved = false;   // and the networks are known
    bool aligns_spf = true;  // with the owner's domain in the return path; both false: not known
    bool aligns_dkim = true;
  };

  // Takes `senders` in any order. Ids must be unique.
  explicit SenderTable(std::vector<Sender> senders);

  const std::vector<Sender>& senders() const { return senders_; }
  // Returns the index of a sender, or SenderSet::npos.
  std::size_t index_of(std::string_view id) const;

  // Returns the senders with a network that contains this address. Looks up IPv4-mapped addresses as IPv6: unmap first.
  const SenderSet& senders_of(const IpAddress& address) const;

  std::size_t network_count() const { return network_count_; }

 private:
  struct Range4 {
    std::uint32_t first = 0;  // up to the first of the next range
    std::uint32_t set = 0;    // index into sets_
  };
  struct Range6 {
    std::array<std::uint8_t, 16> first{};
    std::uint32_t set = 0;
  };

  void build(IpFamily family);
  std::uint32_t intern(const SenderSet& set, std::map<SenderSet, std::uint32_t>& known);

  std::vector<Sender> senders_;          // sorted by id
  std::vector<SenderSet> sets_;          // sets_[0] is empty
  std::vector<Range4> v4_;               // sorted; begins at 0.0.0.0
  std::vector<Range6> v6_;               // sorted; begins at ::
  std::vector<std::uint32_t> v4_start_;  // for each upper 16 bits: the range that holds them
  std::size_t network_count_ = 0;
};

}  // namespace emailauth
