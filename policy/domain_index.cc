#include "policy/domain_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <utility>

#include "policy/spf_link.h"

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

DomainIndex::DomainIndex(std::size_t expected_names) {
  nodes_.reserve(expected_names + expected_names / 16 + 16);
  slots_.assign(std::bit_ceil(expected_names * 3 / 2 + 32), {});
}

std::uint32_t DomainIndex::hash_of(std::string_view labels) {
  const std::size_t hash = std::hash<std::string_view>()(labels);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

// The slot that holds the name, or the free one where it belongs.
std::size_t DomainIndex::slot_of(std::string_view labels, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].node != 0; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    const Node& node = nodes_[slots_[at].node - 1];
    __builtin_prefetch(node.spf);
    if (node.labels() == labels) break;
  }
  return at;
}

void DomainIndex::grow() {
  const auto before = std::exchange(slots_, decltype(slots_)(slots_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : before) {
    if (slot.node == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].node != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

DomainIndex::Node& DomainIndex::at(std::string_view labels) {
  const std::uint32_t hash = hash_of(labels);
  std::size_t at = slot_of(labels, hash);
  if (slots_[at].node == 0) {
    if ((nodes_.size() + 1) * 4 > slots_.size() * 3) {
      grow();
      at = slot_of(labels, hash);
    }
    nodes_.emplace_back(labels);
    slots_[at] = {hash, static_cast<std::uint32_t>(nodes_.size())};
  }
  return nodes_[slots_[at].node - 1];
}

void DomainIndex::prefetch(std::string_view labels) const {
  __builtin_prefetch(&slots_[hash_of(labels) & (slots_.size() - 1)]);
}

void DomainIndex::mark_ancestors(const Node& node) {
  const Node flags = node;  // nodes_ may move
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
  const std::uint32_t found = slots_[slot_of(labels, hash_of(labels))].node;
  return found == 0 ? nullptr : &nodes_[found - 1];
}

std::string_view labels_between(const NameView& name, std::size_t begin, std::size_t end) {
  const std::string_view from = name.wire_from(begin);
  return from.substr(0, from.size() - name.wire_from(end).size());
}

SpfPolicyHit find_spf_policy(const DomainIndex& domains, const NameView& name, std::size_t begin, std::size_t end) {
  SpfPolicyHit hit;
  for (std::size_t at = end; at-- > begin;) {
    const DomainIndex::Node* node = domains.find(labels_between(name, at, end));
    if (node == nullptr) break;  // then nothing of ours is below either
    if (at == begin) hit.exact = node;
    if (node->spf == nullptr) continue;
    if (at > begin) hit.above = node;
    if (at > begin && !node->spf->rules->policy.covers_subdomains) continue;
    hit.policy = node;
    hit.policy_begin = at;
  }
  return hit;
}

}  // namespace emailauth
