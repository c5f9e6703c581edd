#include "policy/template/template_match.h"

#include "policy/net/address_labels.h"

namespace emailauth {

namespace {

using Element = TemplateElement;

bool fits_one_label(const Element& element, std::string_view label, bool nibbles) {
  if (element.kind == Element::Kind::version) return label == version_label(nibbles);
  return label == element.label;
}

// Matches elements [begin, end), none of them chosen by a sender, from label
// `at` on, below `limit`; moves `at` past them.
bool match_fixed(const SpfTemplate& t, std::size_t begin, std::size_t end, bool nibbles, const NameView& name,
                 std::size_t limit, std::size_t& at, std::optional<IpAddress>& address) {
  for (std::size_t i = begin; i < end; ++i) {
    const Element& element = t.left()[i];
    const bool is_address = element.kind == Element::Kind::address;
    const std::size_t width = !is_address ? 1 : nibbles ? kV6Labels : kV4Labels;
    if (at + width > limit) return false;
    if (!is_address) {
      if (!fits_one_label(element, name.label(at), nibbles)) return false;
    } else {
      address = nibbles ? parse_v6_labels(name, at, element.reversed) : parse_v4_labels(name, at, element.reversed);
      if (!address) return false;
    }
    at += width;
  }
  return true;
}

// Elements [begin, end) are parts that a sender chose, and literals or versions. The latter must occur in this order in
// labels [from, to); the rightmost ones count.
bool match_loose(const SpfTemplate& t, std::size_t begin, std::size_t end, bool nibbles, const NameView& name,
                 std::size_t from, std::size_t to) {
  for (std::size_t i = end; i-- > begin;) {
    const Element& element = t.left()[i];
    if (element.kind == Element::Kind::chosen) continue;
    while (to > from && !fits_one_label(element, name.label(to - 1), nibbles)) --to;
    if (to == from) return false;
    --to;
  }
  return true;
}

bool match_width(const SpfTemplate& t, const NameView& name, std::size_t count, bool nibbles,
                 std::optional<IpAddress>& address) {
  const std::size_t size = t.left().size();
  std::size_t head = 0;  // elements before the first run
  while (head < size && t.left()[head].kind != Element::Kind::chosen) ++head;
  std::size_t at = 0;
  if (!match_fixed(t, 0, head, nibbles, name, count, at, address)) return false;
  if (head == size) return at == count;
  std::size_t tail = size;  // elements after the last run: no address among them
  while (t.left()[tail - 1].kind != Element::Kind::chosen) --tail;
  if (at + (size - tail) > count) return false;
  std::size_t tail_at = count - (size - tail);
  return match_loose(t, head, tail, nibbles, name, at, tail_at) &&
         match_fixed(t, tail, size, nibbles, name, count, tail_at, address);
}

}  // namespace

std::optional<TemplateMatch> match_left(const SpfTemplate& t, const NameView& name, std::size_t count) {
  for (const bool nibbles : {true, false}) {
    TemplateMatch match;
    if (match_width(t, name, count, nibbles, match.address)) return match;
  }
  return std::nullopt;
}

std::optional<TemplateMatch> match_adjacent(const SpfTemplate& t, const NameView& name, std::size_t count,
                                            bool nibbles) {
  TemplateMatch match;
  if (!match_fixed(t, 0, t.left().size(), nibbles, name, count - 1, match.domain_begin, match.address))
    return std::nullopt;
  return match;
}

bool is_literal_ancestor(const SpfTemplate& t, const NameView& name, std::size_t count) {
  const std::size_t size = t.left().size();
  if (count >= size) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const Element& element = t.left()[size - 1 - i];
    const std::string_view label = name.label(count - 1 - i);
    if (element.kind == Element::Kind::address || element.kind == Element::Kind::chosen) return false;
    if (!fits_one_label(element, label, true) && !fits_one_label(element, label, false)) return false;
  }
  return true;
}

bool stops_at(const SpfTemplate& t, std::string_view label) {
  if (t.left().empty() || t.is_adjacent()) return false;
  const Element& last = t.left().back();
  return fits_one_label(last, label, true) || fits_one_label(last, label, false);
}

}  // namespace emailauth
