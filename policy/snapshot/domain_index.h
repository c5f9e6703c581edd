// policy/snapshot/domain_index.h - From a domain's labels to its policy, in constant time.
//
// One hash table over every managed domain, every alias and every name above one: below a name that is not in it there
// is nothing of ours. Knows nothing about answers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/base/huge_pages.h"
#include "policy/files/domain_unit.h"

namespace emailauth {

struct LinkedSpf;  // policy/snapshot/spf_link.h

class DomainIndex {
 public:
  // One line of the processor's cache, and the slot of the table itself: finding a name costs one access to memory.
  class alignas(64) Node {
   public:
    Node() = default;
    explicit Node(std::string_view labels);
    // Returns the labels in wire form without the root label, in lower case.
    std::string_view labels() const;

    const Domain* domain = nullptr;    // the domain, or the domain that an alias stands for
    const DomainUnit* unit = nullptr;  // the domain's file
    const LinkedSpf* spf = nullptr;    // the rules that decide SPF questions about it
    bool is_alias = false;
    bool has_spf = false;      // SPF questions are about this name or one below
    bool has_hosted = false;   // this name or one below has records of _dmarc, _domainkey …
    bool has_managed = false;  // this name or one below is a domain, not an alias
    HostedFamilies zones;      // that exist here; none at an alias

   private:
    friend class DomainIndex;
    static constexpr std::size_t kInside = 34;  // octets of labels that fit into the node
    std::uint8_t size_ = 0;                     // 0: a free slot
    std::array<char, kInside> text_{};          // the labels, or a pointer to longer ones
  };

  explicit DomainIndex(std::size_t expected_names);

  // Returns the node of exactly this name, for adding; a new node is empty. Call it for a name and, through
  // mark_ancestors(), for every name above it. `labels` must outlive the index; the next call moves the node.
  Node& at(std::string_view labels);

  // Prepares the processor for at(labels) or find(labels); changes nothing.
  void prefetch(std::string_view labels) const;

  // Copies the has_… flags of a node to every name above it.
  void mark_ancestors(const Node& node);

  // Returns the node of a name in the index for changing it.
  Node* find_to_change(std::string_view labels);

  // Returns nullptr if neither the name nor anything below it is known. `labels` must be in lower case.
  const Node* find(std::string_view labels) const;

  std::size_t size() const { return size_; }

  // Every node, in no particular order.
  class Iterator {
   public:
    Iterator(const Node* at, const Node* end) : at_(at), end_(end) { skip_free(); }
    const Node& operator*() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      skip_free();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void skip_free() {
      while (at_ != end_ && at_->size_ == 0) ++at_;
    }
    const Node* at_;
    const Node* end_;
  };
  Iterator begin() const { return {slots_.data(), slots_.data() + slots_.size()}; }
  Iterator end() const { return {slots_.data() + slots_.size(), slots_.data() + slots_.size()}; }

 private:
  std::size_t slot_of(std::string_view labels) const;
  void grow();

  std::vector<Node, HugePages<Node>> slots_;  // open addressing; some are always free
  std::size_t size_ = 0;
};

// Returns the policy file's rules for the domain. The node must have `spf`.
const SpfRules& rules_of(const DomainIndex::Node& node);

// Returns the octets of labels [begin, end) of a name, the form in which names are looked up.
std::string_view labels_between(const NameView& name, std::size_t begin, std::size_t end);

// The SPF policy for the domain in labels [begin, end) of `name`.
struct SpfPolicyHit {
  const DomainIndex::Node* exact = nullptr;   // the node of that very name, which may have no policy
  const DomainIndex::Node* policy = nullptr;  // that name's policy, or the nearest above that covers subdomains
  std::size_t policy_begin = 0;               // the label where the policy's own name begins
  const DomainIndex::Node* above = nullptr;   // the nearest domain with SPF strictly above the name
};
SpfPolicyHit find_spf_policy(const DomainIndex& domains, const NameView& name, std::size_t begin, std::size_t end);

}  // namespace emailauth
