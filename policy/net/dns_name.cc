#include "policy/net/dns_name.h"

#include <algorithm>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"

namespace emailauth {

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(ascii_lower(static_cast<unsigned char>(c)));
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ascii_lower(static_cast<unsigned char>(x)) == ascii_lower(static_cast<unsigned char>(y));
         });
}

bool NameView::assign(std::string_view wire) {
  size_ = 0;
  label_count_ = 0;
  if (wire.empty() || wire.size() > kMaxOctets) return false;
  std::size_t at = 0;
  std::size_t count = 0;
  while (true) {
    if (at >= wire.size()) return false;
    const auto length = static_cast<unsigned char>(wire[at]);
    if (length > 63) return false;
    offset_[count] = static_cast<std::uint8_t>(at);
    if (length == 0) break;
    if (++count > kMaxLabels) return false;
    at += 1U + length;
  }
  if (at + 1 != wire.size()) return false;
  data_ = wire.data();
  size_ = static_cast<std::uint8_t>(wire.size());
  label_count_ = static_cast<std::uint8_t>(count);
  return true;
}

std::optional<std::size_t> NameView::begin_of_suffix(std::string_view suffix) const {
  if (suffix.size() > size_ || wire().substr(size_ - suffix.size()) != suffix) return std::nullopt;
  const std::size_t begin = size_ - suffix.size();
  std::size_t at = label_count_;
  while (offset_[at] > begin) --at;
  if (offset_[at] != begin) return std::nullopt;  // the octets are inside a label
  return at;
}

namespace {

// Reads one possibly escaped octet of `text` at `at`. Returns false if the escape is cut or above 255.
bool read_octet(std::string_view text, std::size_t& at, char& octet) {
  if (text[at] != '\\') {
    octet = text[at++];
    return true;
  }
  if (++at >= text.size()) return false;
  if (!is_digit(text[at])) {
    octet = text[at++];
    return true;
  }
  if (at + 3 > text.size() || !is_digit(text[at + 1]) || !is_digit(text[at + 2])) return false;
  const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
  if (value > 255) return false;
  octet = static_cast<char>(static_cast<unsigned char>(value));
  at += 3;
  return true;
}

Error bad_name(std::string_view text, std::string_view why) {
  return Error{in_quotes(text) + " is not a domain name: " + std::string(why)};
}

void append_presentation(std::string& out, std::string_view label) {
  for (const char c : label) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet <= 0x20 || octet >= 0x7f) {
      out += '\\';
      out += static_cast<char>('0' + octet / 100);
      out += static_cast<char>('0' + octet / 10 % 10);
      out += static_cast<char>('0' + octet % 10);
    } else {
      if (std::string_view(".\\\"();@$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
}

}  // namespace

Result<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name();
  if (text.empty()) return bad_name(text, "it is empty");
  std::string wire;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length_at = wire.size();
    wire += '\0';
    while (at < text.size() && text[at] != '.') {
      char octet = 0;
      if (!read_octet(text, at, octet))
        return bad_name(text, "a backslash needs three digits up to 255, or one character");
      wire += static_cast<char>(ascii_lower(static_cast<unsigned char>(octet)));
    }
    const std::size_t length = wire.size() - length_at - 1;
    if (length == 0) return bad_name(text, "it has an empty label");
    if (length > 63) return bad_name(text, "a label is longer than 63 octets");
    wire[length_at] = static_cast<char>(length);
    if (at < text.size()) ++at;  // the dot
  }
  wire += '\0';
  if (wire.size() > NameView::kMaxOctets) return bad_name(text, "it is longer than 253 characters");
  return Name(std::move(wire));
}

Result<Name> Name::from_wire(std::string_view wire) {
  NameView view;
  if (!view.assign(wire)) return Error{"the octets are not one whole domain name in wire form"};
  return Name(ascii_lower(wire));  // length octets are below 64 and so never letters
}

std::string Name::to_string() const { return to_presentation(wire_); }

std::size_t Name::label_count() const {
  std::size_t count = 0;
  for (std::size_t at = 0; wire_[at] != 0; at += 1U + static_cast<unsigned char>(wire_[at])) ++count;
  return count;
}

Name Name::parent() const {
  if (is_root()) return *this;
  return Name(wire_.substr(1U + static_cast<unsigned char>(wire_[0])));
}

Result<Name> Name::with_label(std::string_view label) const {
  if (label.empty() || label.size() > 63) return Error{"a label has 1 to 63 octets, " + in_quotes(label) + " has not"};
  if (wire_.size() + label.size() + 1 > NameView::kMaxOctets)
    return bad_name(std::string(label) + "." + to_string(), "it is longer than 253 characters");
  std::string wire(1, static_cast<char>(label.size()));
  wire += ascii_lower(label);
  return Name(wire + wire_);
}

Result<Name> Name::operator+(const Name& suffix) const {
  std::string wire = wire_.substr(0, wire_.size() - 1) + suffix.wire_;
  if (wire.size() > NameView::kMaxOctets)
    return bad_name(to_string() + "." + suffix.to_string(), "it is longer than 253 characters");
  return Name(std::move(wire));
}

bool Name::is_at_or_below(const Name& ancestor) const {
  std::size_t at = 0;
  while (wire_.size() - at > ancestor.wire_.size()) at += 1U + static_cast<unsigned char>(wire_[at]);
  return std::string_view(wire_).substr(at) == ancestor.wire_;
}

std::string to_presentation(std::string_view wire) {
  NameView view;
  if (!view.assign(wire)) return "(not a name)";
  if (view.label_count() == 0) return ".";
  std::string out;
  for (std::size_t i = 0; i < view.label_count(); ++i) {
    if (i > 0) out += '.';
    append_presentation(out, view.label(i));
  }
  return out;
}

}  // namespace emailauth
