// policy/net/dns_name.h - A DNS name as the wire carries it (RFC 1035, 3.1).
//
// Owns the octets of a name and the positions of its labels. Labels are octets: they may contain a dot, a backslash,
// a space, a NUL or bytes above 0x7f. Only parse() and to_string() work on dotted text.
// Knows nothing about zones, policies or PowerDNS.
//
//     3 w w w 7 e x a m p l e 3 c o m 0        wire form, 17 octets
//     ^label(0)                ^label(2)       label_count() == 3
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/base/result.h"

namespace emailauth {

// Lower-cases A-Z and nothing else (RFC 4343: octets above 0x7f are untouched).
constexpr unsigned char ascii_lower(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 0x20) : c;
}
std::string ascii_lower(std::string_view text);

// Compares without regard to ASCII case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Refers to a name in wire form that somebody else keeps alive. Copying a suffix is cheap: a suffix of a name is a
// suffix of its octets.
class NameView {
 public:
  static constexpr std::size_t kMaxLabels = 127;
  static constexpr std::size_t kMaxOctets = 255;

  // Takes a name in wire form, with the root label at its end. Returns false, and leaves an unusable view, if `wire` is
  // not exactly one uncompressed name.
  [[nodiscard]] bool assign(std::string_view wire);

  std::size_t label_count() const { return label_count_; }

  // Label 0 is the leftmost. Requires i < label_count().
  std::string_view label(std::size_t i) const {
    const std::size_t at = offset_[i];
    return {data_ + at + 1, static_cast<unsigned char>(data_[at])};
  }

  // Returns the name without its first `labels` labels, in wire form, root included.
  std::string_view wire_from(std::size_t labels) const {
    const std::size_t at = offset_[labels];
    return {data_ + at, size_ - at};
  }
  std::string_view wire() const { return {data_, size_}; }

  // Returns the index of the label where `suffix` (a name in wire form, same case) begins, or nullopt if this name is
  // neither that name nor below it.
  std::optional<std::size_t> begin_of_suffix(std::string_view suffix) const;

  // Returns the length of the name as mail software counts it: characters of the dotted
  // text without escapes and without the final dot (RFC 7208, 7.3: at most 253).
  std::size_t text_length() const { return size_ >= 2 ? size_ - 2 : 0; }

 private:
  const char* data_ = nullptr;
  std::uint8_t size_ = 0;
  std::uint8_t label_count_ = 0;
  std::array<std::uint8_t, kMaxLabels + 1> offset_{};  // [label_count_] is the root label
};

// Owns a name in lower case: the form in which policies hold names.
class Name {
 public:
  Name() : wire_(1, '\0') {}  // the root

  // Parses presentation text: "example.com", "example.com.", with \DDD and \X
  // escapes (RFC 1035, 5.1; RFC 4343, 2.1). The result is lower-case.
  //
  //   Name::parse("Example.COM").value().to_string() == "example.com"
  static Result<Name> parse(std::string_view text);

  // Takes the wire form (see NameView::assign).
  static Result<Name> from_wire(std::string_view wire);

  // Returns presentation text in lower case without the final dot; "." for the root. Escapes every octet that could be
  // misread, so that the text is safe in a log line. parse(n.to_string()) gives n back.
  std::string to_string() const;

  // Wire form, lower case, root label at the end; 1 to 255 octets.
  const std::string& wire() const { return wire_; }

  std::size_t label_count() const;
  bool is_root() const { return wire_.size() == 1; }

  // Returns the name one label up; the root is its own parent.
  Name parent() const;

  // Returns the name that `label` (any 1 to 63 octets) and this name make.
  Result<Name> with_label(std::string_view label) const;

  // Returns this name followed by `suffix`: "_dmarc" + "example.com".
  Result<Name> operator+(const Name& suffix) const;

  // Returns true for `ancestor` itself and every name below it.
  bool is_at_or_below(const Name& ancestor) const;

  friend bool operator==(const Name& a, const Name& b) { return a.wire_ == b.wire_; }
  friend auto operator<=>(const Name& a, const Name& b) { return a.wire_ <=> b.wire_; }

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

// Returns the presentation text of a wire name in its own case, escaped like Name::to_string(), or "(not a name)" if
// `wire` is not a name.
std::string to_presentation(std::string_view wire);

}  // namespace emailauth
