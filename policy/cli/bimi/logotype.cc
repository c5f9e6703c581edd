#include "policy/cli/bimi/logotype.h"

#include <cstdint>
#include <optional>

#include "policy/base/base64.h"

namespace emailauth::cli {

namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kOid = 0x06;
constexpr std::uint8_t kIa5String = 0x16;
constexpr std::uint8_t kTag0 = 0xA0;  // [0], constructed
constexpr std::uint8_t kTag2 = 0xA2;

struct Element {
  std::uint8_t tag = 0;
  std::string_view content;
};

// Takes the first element off the front of `der`; returns nullopt if there is no whole element. Accepts only tags of
// one octet and definite lengths, as DER has them here.
std::optional<Element> take(std::string_view& der) {
  if (der.size() < 2) return std::nullopt;
  const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(der[at]); };
  const std::uint8_t tag = octet(0);
  std::size_t length = octet(1);
  std::size_t head = 2;
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7FU;
    if (octets == 0 || octets > 4 || der.size() < head + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8U | octet(head + i);
    head += octets;
  }
  if ((tag & 0x1FU) == 0x1FU || length > der.size() - head) return std::nullopt;
  const Element out{tag, der.substr(head, length)};
  der.remove_prefix(head + length);
  return out;
}

// The same, if it has that tag; otherwise leaves `der` unchanged.
std::optional<std::string_view> take(std::string_view& der, std::uint8_t tag) {
  std::string_view rest = der;
  const std::optional<Element> element = take(rest);
  if (!element || element->tag != tag) return std::nullopt;
  der = rest;
  return element->content;
}

// Returns "1.2.840"; "" if the octets are not an object identifier.
std::string oid_text(std::string_view octets) {
  std::string out;
  std::uint64_t number = 0;
  bool begun = false;
  for (const char c : octets) {
    const auto octet = static_cast<std::uint8_t>(c);
    if (number > (UINT64_MAX >> 8U)) return "";
    number = number << 7U | (octet & 0x7FU);
    begun = (octet & 0x80U) != 0;
    if (begun) continue;
    if (out.empty()) {
      const std::uint64_t first = number < 80 ? number / 40 : 2;
      out = std::to_string(first) + "." + std::to_string(number - first * 40);
    } else {
      out += "." + std::to_string(number);
    }
    number = 0;
  }
  return begun ? "" : out;
}

Error broken(const char* what) { return Error{std::string("the logotype extension cannot be read: ") + what}; }

Result<Logotype> parse_details(std::string_view details) {
  Logotype out;
  const auto media_type = take(details, kIa5String);
  auto hashes = take(details, kSequence);
  auto uris = take(details, kSequence);
  if (!media_type || !hashes || !uris) return broken("the details of the image are incomplete");
  out.media_type = *media_type;
  while (!hashes->empty()) {
    auto hash = take(*hashes, kSequence);
    auto algorithm = hash ? take(*hash, kSequence) : std::nullopt;
    const auto oid = algorithm ? take(*algorithm, kOid) : std::nullopt;
    const auto value = oid ? take(*hash, kOctetString) : std::nullopt;
    if (!value) return broken("a hash does not have the required form");
    out.hashes.push_back({oid_text(*oid), std::string(*value)});
  }
  while (!uris->empty()) {
    const auto uri = take(*uris, kIa5String);
    if (!uri) return broken("an address is not text");
    out.uris.emplace_back(*uri);
  }
  if (out.hashes.empty() || out.uris.empty()) return broken("the image has no hash or no address");
  return out;
}

}  // namespace

Result<Logotype> parse_logotype(std::string_view der) {
  auto extension = take(der, kSequence);
  if (!extension || !der.empty()) return broken("it is not a sequence");
  std::optional<std::string_view> subject;
  while (!extension->empty()) {
    const std::optional<Element> part = take(*extension);
    if (!part) return broken("part of it is cut off");
    if (part->tag == kTag2) subject = part->content;
  }
  if (!subject) return Error{"the logotype extension has no logo of the subject"};
  auto direct = take(*subject, kTag0);
  if (!direct) return Error{"the logotype extension points to a logo and does not contain it"};
  auto images = take(*direct, kSequence);
  auto image = images ? take(*images, kSequence) : std::nullopt;
  const auto details = image ? take(*image, kSequence) : std::nullopt;
  if (!details) return broken("it contains no image");
  return parse_details(*details);
}

Result<std::string> data_of_uri(std::string_view uri) {
  const std::size_t comma = uri.find(',');
  if (uri.substr(0, 5) != "data:" || comma == std::string_view::npos)
    return Error{"the logo is not in the certificate"};
  const std::string_view head = uri.substr(0, comma);
  if (head.size() < 7 || head.substr(head.size() - 7) != ";base64")
    return Error{"the logo in the certificate is not in base64"};
  std::optional<std::string> data = from_base64(uri.substr(comma + 1));
  if (!data) return Error{"the logo in the certificate is not in base64"};
  return *data;
}

}  // namespace emailauth::cli
