#include "policy/spf/target_name.h"

#include <algorithm>

#include "policy/spf/visible_text.h"

namespace emailauth::spf {

Result<Name> target_name(std::string_view text) {
  const std::string shown = quoted_text(text);
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  std::string wire;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label.empty()) return Error{shown + " is not a domain name: it has an empty label"};
    if (label.size() > 63) return Error{shown + " is not a domain name: a label is longer than 63 octets"};
    wire += static_cast<char>(label.size());
    wire += label;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  wire += '\0';
  if (wire.size() > NameView::kMaxOctets) {
    return Error{shown + " is not a domain name: it is longer than 253 characters"};
  }
  return Name::from_wire(wire);
}

std::string plain_text(const Name& name) {
  NameView view;
  std::string out;
  if (!view.assign(name.wire())) return out;
  for (std::size_t i = 0; i < view.label_count(); ++i) {
    if (i > 0) out += '.';
    out += view.label(i);
  }
  return out;
}

bool is_sender_domain(const Name& name) {
  const bool ascii =
      std::all_of(name.wire().begin(), name.wire().end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii && name.label_count() > 1;
}

}  // namespace emailauth::spf
