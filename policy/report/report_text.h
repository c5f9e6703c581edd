// policy/report/report_text.h - Makes text in reports fit to keep.
//
// Owns what is done to octets that others wrote: white space, case, octets that
// are not UTF-8. Knows nothing about what the text means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emailauth::report {

// A longer value of a single field is cut: no report needs more.
inline constexpr std::size_t kMaxField = 1024;

// Replaces octets that are not UTF-8 by U+FFFD; keeps everything else.
std::string with_valid_utf8(std::string_view text);

// Returns the value of one field: trimmed, with spaces for control characters (line ends and tabs too), as valid UTF-8
// of at most kMaxField octets.
std::string field_text(std::string_view text);

// Returns one domain as reports write it: in lower case, with A-labels instead of U-labels, without a final dot; of an
// address the part after the "@", of several words the first. Names are compared this way, and no local part is kept.
// Unlike Name it accepts text that is not a name: reports contain "", "unknown" and worse.
std::string domain_text(std::string_view text);

// Returns the domain that a report says it is about, in the same form; "" if mail cannot come from that domain
// ("_dmarc.x", "a b").
std::string mail_domain_text(std::string_view text);

// Returns `text` with each address replaced by its domain: "550 jane@example.com is unknown" becomes
// "550 example.com is unknown". Replaces encoded addresses ("jane%40example.com"), too.
std::string without_addresses(std::string_view text);

// Returns in_quotes(without_addresses(text)), for errors.
std::string quoted_value(std::string_view text);

// Parses a whole decimal number of 64 bits; allows white space around it and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

// "95 %", "99.9 %", "100 %", "0.4 %": rounded down, so that a value that misses a limit never looks as if it met it.
std::string percent_text(double value);
std::string percent_text(std::uint64_t part, std::uint64_t whole);  // 0 if `whole` is 0

// Returns true if `text` is `domain` or ends in "." + `domain`. Both must be in lower case.
bool is_at_or_below(std::string_view text, std::string_view domain);

}  // namespace emailauth::report
