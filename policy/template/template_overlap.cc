#include "policy/template/template_overlap.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "policy/net/address_labels.h"

namespace emailauth {

namespace {

using Kind = TemplateElement::Kind;

// The values that one label of a name can have.
struct Slot {
  enum class Kind : std::uint8_t { literal, decimal, nibble };
  Kind kind = Kind::literal;
  std::string_view label;  // literal
};

// The labels up to the first one that a sender chooses: after that, anything can follow.
struct Head {
  std::vector<Slot> slots;
  std::size_t address_begin = 0;
};

Head head_of(const SpfTemplate& t, bool v6) {
  Head head;
  for (const TemplateElement& element : t.left()) {
    switch (element.kind) {
      case Kind::chosen: return head;
      case Kind::literal: head.slots.push_back({Slot::Kind::literal, element.label}); break;
      case Kind::version: head.slots.push_back({Slot::Kind::literal, version_label(v6)}); break;
      case Kind::address:
        head.address_begin = head.slots.size();
        head.slots.insert(head.slots.end(), v6 ? kV6Labels : kV4Labels,
                          Slot{v6 ? Slot::Kind::nibble : Slot::Kind::decimal, {}});
        break;
    }
  }
  return head;
}

bool fits(const Slot& slot, std::string_view label) {
  switch (slot.kind) {
    case Slot::Kind::literal: return slot.label == label;
    case Slot::Kind::decimal: return is_decimal_octet(label);
    case Slot::Kind::nibble: return is_nibble(label);
  }
  return false;
}

// Returns true if one label can be both.
bool meet(const Slot& a, const Slot& b) {
  if (a.kind == Slot::Kind::literal) return fits(b, a.label);
  return b.kind != Slot::Kind::literal || fits(a, b.label);  // a digit is a decimal octet and a nibble
}

const TemplateElement& address_of(const SpfTemplate& t) {
  return *std::find_if(t.left().begin(), t.left().end(), [](const auto& e) { return e.kind == Kind::address; });
}

bool can_misread(const SpfTemplate& source, bool source_v6, const SpfTemplate& reader, bool reader_v6) {
  const Head written = head_of(source, source_v6);
  const Head read = head_of(reader, reader_v6);
  const std::size_t both = std::min(written.slots.size(), read.slots.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (!meet(written.slots[i], read.slots[i])) return false;
  }
  // The domain is read right of the last label of any template: what `reader` leaves over cannot be a domain.
  const auto is_label = [](const Slot& slot) { return slot.kind == Slot::Kind::literal; };
  if (!reader.has_chosen() &&
      std::any_of(written.slots.begin() + static_cast<std::ptrdiff_t>(both), written.slots.end(), is_label))
    return false;
  const bool same_address = source.has_address() && source_v6 == reader_v6 &&
                            written.address_begin == read.address_begin &&
                            address_of(source).reversed == address_of(reader).reversed;
  return !same_address;
}

// The rest of a cut name begins anywhere in what the sender chose, and continues with the label right of it:
// a name that lost that label, too, is a long one.
bool can_read_cut(const SpfTemplate& source, const SpfTemplate& reader) {
  const auto last_chosen =
      std::find_if(source.left().rbegin(), source.left().rend(), [](const auto& e) { return e.kind == Kind::chosen; });
  const std::string& next = last_chosen.base()->label;
  return std::any_of(reader.left().begin(), reader.left().end(), [&](const TemplateElement& element) {
    switch (element.kind) {
      case Kind::literal: return element.label == next;
      case Kind::version: return next == version_label(false) || next == version_label(true);
      case Kind::address: return is_decimal_octet(next) || is_nibble(next);
      case Kind::chosen: return true;
    }
    return true;
  });
}

}  // namespace

bool can_misread(const SpfTemplate& source, const SpfTemplate& reader) {
  // A chosen part is followed by a label, and the domain is read right of it: a reader has that label, or reads
  // nothing.
  if (source.has_chosen()) return can_read_cut(source, reader);
  for (const bool source_v6 : {false, true}) {
    for (const bool reader_v6 : {false, true}) {
      if (can_misread(source, source_v6, reader, reader_v6)) return true;
    }
  }
  return false;
}

}  // namespace emailauth
