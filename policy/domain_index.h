// policy/domain_index.h - From a domain's labels to its policy, in constant time.
//
// One hash table over every managed domain, alias and name above one: a name
// that is not in it has nothing of ours below it. Knows nothing of answers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/domain_unit.h"
#include "policy/huge_pages.h"

namespace emailauth {

struct LinkedSpf;  // policy/spf_link.h

class DomainIndex {
 public:
  // One line of the processor's cache: a name that is found costs one look at memory besides the slot.
  class alignas(64) Node {
   public:
    explicit Node(std::string_view labels);
    // Wire form without the root label, lower case.
    std::string_view labels() const;

    const Domain* domain = nullptr;    // the domain or, for an alias, what it stands for
    const DomainUnit* unit = nullptr;  // the file the domain stands in
    const LinkedSpf* spf = nullptr;    // what SPF questions about it are decided by
    bool is_alias = false;
    bool has_spf = false;      // here or below: SPF questions end here
    bool has_hosted = false;   // here or below: _dmarc, _domainkey … exist
    bool has_managed = false;  // here or below: a domain that is no alias

   private:
    static constexpr std::size_t kInside = 35;  // octets of labels that fit in here
    std::uint8_t size_ = 0;
    std::array<char, kInside> text_{};  // the labels; where they are longer, a pointer to them
  };

  explicit DomainIndex(std::size_t expected_names);

  // The node of exactly this name, for adding; new nodes are empty. Call for a
  // name and, through mark_ancestors(), for every name above it. `labels` must
  // stay alive as long as the index.
  Node& at(std::string_view labels);

  // Tells the processor that at(labels) follows soon; changes nothing.
  void prefetch(std::string_view labels) const;

  // Copies the has_… flags of a node to every name above it.
  void mark_ancestors(const Node& node);

  // nullptr when neither the name nor anything below it is known. `labels` must
  // be in lower case.
  const Node* find(std::string_view labels) const;

  const std::vector<Node, HugePages<Node>>& nodes() const { return nodes_; }

 private:
  // Nodes are looked at only when the hash is the same: at a million names each
  // look costs more than everything else.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t node = 0;  // index into nodes_ plus one; 0: free
  };
  static std::uint32_t hash_of(std::string_view labels);
  std::size_t slot_of(std::string_view labels, std::uint32_t hash) const;
  void grow();

  std::vector<Node, HugePages<Node>> nodes_;
  std::vector<Slot, HugePages<Slot>> slots_;
};

// The octets of labels [begin, end) of a name: how names are looked up.
std::string_view labels_between(const NameView& name, std::size_t begin, std::size_t end);

// The SPF policy for the domain in labels [begin, end) of `name`.
struct SpfPolicyHit {
  const DomainIndex::Node* exact = nullptr;   // the node of that very name, which may hold no policy
  const DomainIndex::Node* policy = nullptr;  // that name's policy, or the nearest above that covers subdomains
  std::size_t policy_begin = 0;               // the label where the policy's own name begins
  const DomainIndex::Node* above = nullptr;   // the nearest domain with SPF strictly above the name
};
SpfPolicyHit find_spf_policy(const DomainIndex& domains, const NameView& name, std::size_t begin, std::size_t end);

}  // namespace emailauth
