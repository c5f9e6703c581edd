// Gives any octets to every parser of short texts: names, addresses, networks,
// selectors, report addresses, base64, days and times, DKIM records and their zone lines; and to the
// writer of TXT contents.
// An accepted text is written back and read again as the same value.
#include <cstdint>
#include <string>

#include "policy/base/base64.h"
#include "policy/base/utf8.h"
#include "policy/files/domain_policy.h"
#include "policy/net/domain_text.h"
#include "policy/net/ip_prefix.h"
#include "policy/records/dkim_record.h"
#include "policy/records/report_uri.h"
#include "policy/records/txt_content.h"
#include "policy/senders/sender_resolution.h"
#include "policy/spf/zone_data.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

// to_string() reads back as the same value; a refusal has a reason of one line.
template <typename T>
void check_round_trip(const Result<T>& parsed, const std::string& what) {
  if (!parsed) return require(!parsed.error().message.empty(), what + ": a refusal has a reason");
  const Result<T> again = T::parse(parsed->to_string());
  require(again.ok() && *again == *parsed, what + " round-trips");
}

void check_name(std::string_view text) {
  const Result<Name> wire = Name::from_wire(text);
  check_round_trip(wire, "a name of wire form");
  NameView view;
  require(view.assign(text) == wire.ok(), "NameView and Name agree");
  const std::string shown = to_presentation(text);
  for (const char c : shown) require(c > ' ' || !wire, "a name fits on a log line");
  check_round_trip(Name::parse(text), "a name");
  for (const auto& parse : {parse_domain_text, parse_mail_domain, parse_selector})
    check_round_trip(parse(text), "a domain");
  if (parse_mail_domain(text)) require(parse_domain_text(text).ok(), "a mail domain is a domain");
}

void check_address(std::string_view text) {
  check_round_trip(IpAddress::parse(text), "an address");
  check_round_trip(IpPrefix::parse(text), "a network");
  const Result<IpPrefix> authorised = parse_authorised_network(text, false);
  check_round_trip(authorised, "an authorised network");
  if (authorised) require(authorised->length() >= (authorised->family() == IpFamily::v4 ? 8 : 16), "no wide network");
}

void check_report_address(std::string_view text) {
  const Result<std::string> mail = check_report_uri(text, false);
  if (!mail) return;
  require(*mail == text && mailto_domain(text).has_value(), "a report address has a domain");
  require(check_report_uri(text, true).ok(), "mailto: is good where https: is");
}

// Reads character-strings back as RFC 1035, 5.1 says.
std::string unquoted(std::string_view content) {
  std::string text;
  std::size_t octets = 0;
  bool inside = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '"') {
      inside = !inside;
      octets = 0;
      continue;
    }
    require(inside ? content[i] >= ' ' && content[i] <= '~' : content[i] == ' ', "nothing stands between strings");
    if (!inside) continue;
    char octet = content[i];
    if (octet == '\\' && content[i + 1] >= '0' && content[i + 1] <= '9') {
      octet = static_cast<char>(std::stoi(std::string(content.substr(i + 1, 3))));
      i += 3;
    } else if (octet == '\\') {
      octet = content[++i];
    }
    text += octet;
    require(++octets <= 255, "a character-string has at most 255 octets");
  }
  require(!inside, "a quote is closed");
  return text;
}

void check_dkim_record(std::string_view text) {
  const Result<ZoneLineKey> line = parse_zone_line_key(text);
  require(line.ok() || !line.error().message.empty(), "a zone line is refused with a reason");
  const Result<DkimRecord> record = parse_dkim_record(text);
  if (!record) return require(!record.error().message.empty(), "a DKIM record is refused with a reason");
  DkimKey key;
  key.type = record->type;
  key.public_key = record->public_key;
  key.testing = record->testing;
  key.strict = record->strict;
  const Result<DkimRecord> again = parse_dkim_record(to_record(key));
  require(again && again->type == key.type && again->public_key == key.public_key && again->bits == record->bits &&
              again->testing == key.testing && again->strict == key.strict,
          "a DKIM record round-trips");
}

void check_others(std::string_view text) {
  require(unquoted(to_txt_content(text)) == text, "TXT content holds the text");
  if (const auto octets = from_base64(text)) require(to_base64(*octets).size() == text.size(), "base64 has one length");
  require(from_base64(to_base64(text)) == text, "base64 round-trips");
  if (const auto time = parse_rfc3339(text)) require(to_rfc3339(*time) == text, "a time round-trips");
  if (const auto day = parse_day(text)) require(to_string(*day) == text, "a day round-trips");
  const std::size_t bad = find_invalid_utf8(text);
  require(bad == std::string_view::npos || utf8_sequence_length(text, bad) == 0, "what is not UTF-8 is not a sequence");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_name(text);
  check_address(text);
  check_report_address(text);
  check_dkim_record(text);
  check_others(text);
  const auto zone = spf::ZoneData::parse(text);
  require(zone.ok() || !zone.error().message.empty(), "zone data is refused with a reason");
  return 0;
}
