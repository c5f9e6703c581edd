#include "policy/domain_index.h"

#include <bit>
#include <functional>

#include "policy/spf_link.h"

namespace emailauth {

DomainIndex::DomainIndex(std::size_t expected_names) {
  nodes_.reserve(expected_names + expected_names / 16 + 16);
  slots_.assign(std::bit_ceil(expected_names * 2 + 32), 0);
}

// The slot that holds the name, or the free one where it belongs.
std::size_t DomainIndex::slot_of(std::string_view labels) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>()(labels) & mask;
  while (slots_[slot] != 0 && nodes_[slots_[slot] - 1].labels != labels) slot = (slot + 1) & mask;
  return slot;
}

void DomainIndex::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) slots_[slot_of(nodes_[i].labels)] = i + 1;
}

DomainIndex::Node& DomainIndex::at(std::string_view labels) {
  std::size_t slot = slot_of(labels);
  if (slots_[slot] == 0) {
    if ((nodes_.size() + 1) * 3 > slots_.size() * 2) {
      grow();
      slot = slot_of(labels);
    }
    nodes_.push_back({labels});
    slots_[slot] = static_cast<std::uint32_t>(nodes_.size());
  }
  return nodes_[slots_[slot] - 1];
}

void DomainIndex::mark_ancestors(const Node& node) {
  const Node flags = node;  // nodes_ may move
  std::string_view labels = flags.labels;
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
  const std::uint32_t found = slots_[slot_of(labels)];
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
