#include "policy/snapshot/domain_index.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "policy/snapshot/spf_link.h"

namespace emailauth {

DomainIndex::Node::Node(std::string_view labels) : size_(static_cast<std::uint8_t>(labels.size())) {
  static_assert(sizeof(Node) == 64);
  const char* const data = labels.data();
  if (labels.size() <= kInside)
    std::copy(labels.begin(), labels.end(), text_.begin());
  else
    std::memcpy(text_.data(), &data, sizeof data);
}

std::string_view DomainIndex::Node::labels() const {
  const char* data = text_.data();
  if (size_ > kInside) std::memcpy(&data, text_.data(), sizeof data);
  return {data, size_};
}

namespace {

// Spreads names of any kind evenly over any number of slots.
std::size_t place_of(std::string_view labels, std::size_t slots) {
  const std::uint64_t hash = std::hash<std::string_view>()(labels);
  return static_cast<std::size_t>(((hash ^ (hash >> 32U)) & 0xffffffffU) * slots >> 32U);
}

}  // namespace

DomainIndex::DomainIndex(std::size_t expected_names) : slots_(expected_names * 5 / 3 + 32) {}

// Returns the slot of the name, or the free one where it belongs.
std::size_t DomainIndex::slot_of(std::string_view labels) const {
  std::size_t at = place_of(labels, slots_.size());
  while (slots_[at].size_ != 0 && slots_[at].labels() != labels) at = at + 1 == slots_.size() ? 0 : at + 1;
  return at;
}

void DomainIndex::grow() {
  const auto before = std::exchange(slots_, decltype(slots_)(slots_.size() * 2));
  for (const Node& node : before) {
    if (node.size_ != 0) slots_[slot_of(node.labels())] = node;
  }
}

DomainIndex::Node& DomainIndex::at(std::string_view labels) {
  std::size_t at = slot_of(labels);
  if (slots_[at].size_ != 0) return slots_[at];
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    grow();
    at = slot_of(labels);
  }
  ++size_;
  return slots_[at] = Node(labels);
}

void DomainIndex::prefetch(std::string_view labels) const {
  __builtin_prefetch(&slots_[place_of(labels, slots_.size())]);
}

void DomainIndex::mark_ancestors(const Node& node) {
  const Node flags = node;  // the node moves when the table grows
  std::string_view labels = flags.labels();
  while (true) {
    labels.remove_prefix(1U + static_cast<unsigned char>(labels[0]));
    if (labels.empty()) return;
    Node& above = at(labels);
    if (above.has_spf >= flags.has_spf && above.has_hosted >= flags.has_hosted &&
        above.has_managed >= flags.has_managed)
      return;
    above.has_spf |= flags.has_spf;
    above.has_hosted |= flags.has_hosted;
    above.has_managed |= flags.has_managed;
  }
}

const DomainIndex::Node* DomainIndex::find(std::string_view labels) const {
  const Node& node = slots_[slot_of(labels)];
  if (node.size_ == 0) return nullptr;
  __builtin_prefetch(node.spf);
  return &node;
}

DomainIndex::Node* DomainIndex::find_to_change(std::string_view labels) {
  Node& node = slots_[slot_of(labels)];
  return node.size_ == 0 ? nullptr : &node;
}

const SpfRules& rules_of(const DomainIndex::Node& node) {
  return node.unit->spf_rules()[static_cast<std::size_t>(node.domain->spf)];
}

std::string_view labels_between(const NameView& name, std::size_t begin, std::size_t end) {
  const std::string_view from = name.wire_from(begin);
  return from.substr(0, from.size() - name.wire_from(end).size());
}

SpfPolicyHit find_spf_policy(const DomainIndex& domains, const NameView& name, std::size_t begin, std::size_t end) {
  SpfPolicyHit hit;
  for (std::size_t at = end; at-- > begin;) {
    const DomainIndex::Node* node = domains.find(labels_between(name, at, end));
    if (node == nullptr) break;  // then there is nothing of ours below, either
    if (at == begin) hit.exact = node;
    if (node->spf == nullptr) continue;
    if (at > begin) hit.above = node;
    if (at > begin && !node->spf->covers_subdomains) continue;
    hit.policy = node;
    hit.policy_begin = at;
  }
  return hit;
}

}  // namespace emailauth
