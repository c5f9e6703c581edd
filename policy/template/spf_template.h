// policy/template/spf_template.h - A term that owners publish, read backwards.
//
// Owns which SPF macro terms (RFC 7208, 7) can be inverted: from the name that a receiver queries back to the address
// and the domain that it was made from. Knows nothing about zones' contents or policies.
//
//     include: %{i} ._ip. %{h} ._ehlo. %{d} ._spf.provider.net
//              ^address   ^chosen      ^domain ^view apex
//              '----------- left -----------'
//
// The domain is read from the right, the address at the left end. What a sender can choose (%{h} %{l} %{s}) is between
// them and decides nothing.
//
// An address has 4 or 32 labels. Something to its right must show where it ends: otherwise "1.2.3.4" and 28 digits
// that a sender chooses would read like an IPv6 address.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth {

// A name that a receiver cut from the left (RFC 7208, 7.3) has at least this many
// characters: a label has up to 64 with its dot, and 253 are kept.
inline constexpr std::size_t kMaybeCutLength = 190;

// What %{v} expands to.
constexpr std::string_view version_label(bool v6) { return v6 ? "ip6" : "in-addr"; }

enum class SpfTermKind : std::uint8_t { include, redirect, exists };

// "include:", "redirect=", "exists:".
std::string_view to_text(SpfTermKind kind);

struct TemplateElement {
  enum class Kind : std::uint8_t {
    literal,  // one label, lower case
    address,  // %{i}, %{ir}: 4 decimal or 32 hexadecimal labels
    version,  // %{v}: "in-addr" or "ip6"
    chosen,   // %{h}, %{l}, %{s}, a second %{o} or %{d}: any number of labels, picked by the sender
  };
  Kind kind = Kind::literal;
  std::string label;      // literal
  bool reversed = false;  // address
};

class SpfTemplate {
 public:
  // Parses "include:%{i}._ip.%{d}._spf.provider.net". `zones` are the zones that the responder answers for; the term
  // must end inside one of them. The error says why a term cannot be inverted.
  static Result<SpfTemplate> parse(std::string_view text, const std::vector<Name>& zones);

  const std::string& text() const { return text_; }
  SpfTermKind kind() const { return kind_; }

  // Returns the elements left of the domain, leftmost first.
  const std::vector<TemplateElement>& left() const { return left_; }

  // Returns the literal labels right of the domain.
  const Name& view_apex() const { return view_apex_; }

  // True if answers depend on the address; otherwise the answer is the domain's static record.
  bool has_address() const { return has_address_; }
  // True if a sender can choose part of the name, and so its length.
  bool has_chosen() const { return has_chosen_; }
  // True if the domain, or digits that could be the address's last ones, follow the address: "%{ir}.%{d}".
  bool is_adjacent() const { return is_adjacent_; }
  // True for "exists:" with a part that a sender can choose: a receiver can cut such a name so that any address is at
  // its left end, and the answer does not restate the address. Served only where the operator accepts that
  // ("unsafe_exists_templates").
  bool is_unsafe() const { return kind_ == SpfTermKind::exists && has_chosen_; }
  std::size_t literal_count() const { return literal_count_; }

 private:
  SpfTemplate() = default;
  std::string text_;
  SpfTermKind kind_ = SpfTermKind::include;
  std::vector<TemplateElement> left_;
  Name view_apex_;
  bool has_address_ = false;
  bool has_chosen_ = false;
  bool is_adjacent_ = false;
  std::size_t literal_count_ = 0;
};

}  // namespace emailauth
